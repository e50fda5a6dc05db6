import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Clock, systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CameraFarm, createCameraFarm } from '../camera/camera-farm.ts';

/** The part of node-onvif that is used here; it has no types. */
interface NodeOnvifDevice {
  init(): Promise<Record<string, string>>;
  getUdpStreamUrl(): string;
  getCurrentProfile(): {
    token: string;
    snapshot: string;
    stream: { rtsp: string };
    video: { encoder: { resolution: unknown } };
  };
  fetchSnapshot(): Promise<{ headers: Record<string, string>; body: Buffer }>;
  ptzMove(request: { speed: { x: number; y: number; z: number }; timeout: number }): Promise<void>;
  ptzStop(): Promise<void>;
  services: Record<
    'ptz' | 'events',
    Record<string, (parameters?: object) => Promise<{ data: Record<string, Record<string, unknown>> }>>
  >;
}
const { OnvifDevice } = createRequire(import.meta.url)('node-onvif') as {
  OnvifDevice: new (options: { xaddr: string; user: string; pass: string }) => NodeOnvifDevice;
};

const password = 'Str0ng-Pass.word';
let farm: CameraFarm;
let ports: { rtspPort: number; onvifPort: number };
const address = (camera: string, service = 'device_service') =>
  `http://127.0.0.1:${ports.onvifPort}/onvif/${camera}/${service}`;
const client = (camera: string, pass = password) => new OnvifDevice({ xaddr: address(camera), user: 'kuzet', pass });

beforeAll(async () => {
  const common = { username: 'kuzet', password };
  farm = createCameraFarm({
    cameras: [
      { ...common, id: 'K-0412', number: 412, name: 'Тұран × Сығанақ', clip: 'night-street', ptz: true },
      { ...common, id: 'K-1043', number: 1043, name: 'Ақку', clip: 'mall-entrance', ptz: false },
    ],
    rtspPort: 0,
    onvifPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    discovery: false,
  });
  ports = await farm.start();
});
afterAll(async () => {
  await farm.stop();
});

describe('node-onvif against the simulator', () => {
  it('initialises, and finds information, stream and snapshot', async () => {
    const device = client('K-0412');
    expect(await device.init()).toMatchObject({ Manufacturer: 'Kuzet', SerialNumber: 'K-0412' });
    const profile = device.getCurrentProfile();
    expect(profile.stream.rtsp).toBe(`rtsp://127.0.0.1:${ports.rtspPort}/K-0412/main`);
    expect(device.getUdpStreamUrl()).toBe(profile.stream.rtsp);
    expect(profile.video.encoder.resolution).toEqual({ width: 640, height: 360 });
    const { headers, body } = await device.fetchSnapshot();
    expect(headers['content-type']).toBe('image/jpeg');
    expect(Buffer.from(body).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  });

  it('moves, stops, and goes to presets', async () => {
    const device = client('K-0412');
    await device.init();
    const pan = () => farm.list()[0]!.ptz!;
    await device.ptzMove({ speed: { x: 1, y: 0, z: 0 }, timeout: 5 });
    await expect.poll(() => pan().panTiltMoving && pan().position.pan > 0).toBe(true);
    await device.ptzStop();
    expect(pan().panTiltMoving).toBe(false);
    const at = pan().position.pan;
    expect(at).toBeLessThan(1);

    const { ptz } = device.services;
    const set = await ptz.setPreset!({ ProfileToken: 'main', PresetName: 'gate' });
    const token = String(set.data.SetPresetResponse!.PresetToken);
    const listed = await ptz.getPresets!({ ProfileToken: 'main' });
    expect(JSON.stringify(listed.data.GetPresetsResponse)).toContain('gate');
    await ptz.absoluteMove!({ ProfileToken: 'main', Position: { x: 0.1, y: 0.1, z: 0 }, Speed: { x: 1, y: 1, z: 1 } });
    await expect.poll(() => pan().position.pan).toBeCloseTo(0.1, 5);
    await ptz.gotoPreset!({ ProfileToken: 'main', PresetToken: token, Speed: { x: 1, y: 1, z: 1 } });
    await expect.poll(() => pan().position.pan).toBeCloseTo(at, 5);
    const status = await ptz.getStatus!({ ProfileToken: 'main' });
    expect(JSON.stringify(status.data.GetStatusResponse)).toContain('IDLE');
  });

  it('is refused with a wrong password, and again while the camera has another one', async () => {
    await expect(client('K-0412', 'guess').init()).rejects.toThrow(/Sender not authorized/);
    farm.fault('K-1043', 'wrong-password', 60);
    await expect(client('K-1043').init()).rejects.toThrow(/Sender not authorized/);
    farm.fault('K-1043', 'wrong-password', 0);
    await client('K-1043').init();
  });

  it('gets no answer from a disconnected camera', async () => {
    farm.fault('K-1043', 'disconnect', 60);
    await expect(client('K-1043').init()).rejects.toThrow(/Network Error/);
    farm.fault('K-1043', 'disconnect', 0);
  });
});

const namespaces =
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"';

function token(pass = password, createdMs = Date.now(), nonce = randomBytes(16)): string {
  const created = new Date(createdMs).toISOString();
  const digest = createHash('sha1')
    .update(Buffer.concat([nonce, Buffer.from(created + pass)]))
    .digest('base64');
  return (
    `<Security xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><UsernameToken><Username>kuzet</Username>` +
    `<Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">${digest}</Password>` +
    `<Nonce>${nonce.toString('base64')}</Nonce><Created>${created}</Created></UsernameToken></Security>`
  );
}

async function soap(url: string, body: string, header = token()): Promise<{ status: number; text: string }> {
  const envelope = `<?xml version="1.0"?><s:Envelope ${namespaces}><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
  const response = await fetch(url, { method: 'POST', body: envelope });
  return { status: response.status, text: await response.text() };
}

describe('events by pull point', () => {
  it('tells the state first, then changes at once, and ends when told', async () => {
    const created = await soap(
      address('K-0412', 'event_service'),
      '<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PT60S</tev:InitialTerminationTime></tev:CreatePullPointSubscription>',
    );
    expect(created.status).toBe(200);
    const subscription = /<wsa:Address>([^<]+)</.exec(created.text)![1]!;
    const pull = (timeout: string) =>
      soap(
        subscription,
        `<tev:PullMessages><tev:Timeout>${timeout}</tev:Timeout><tev:MessageLimit>10</tev:MessageLimit></tev:PullMessages>`,
      );
    const first = await pull('PT5S');
    expect(first.text.match(/PropertyOperation="Initialized"/g)).toHaveLength(4);
    expect(first.text).toContain('tns1:VideoSource/MotionAlarm');
    expect(first.text).toContain('tns1:Device/Trigger/DigitalInput');

    const waiting = pull('PT30S');
    farm.setEvent('K-0412', 'motion', false);
    farm.setEvent('K-0412', 'motion', true);
    const second = await waiting;
    expect(second.text.match(/PropertyOperation="Changed"/g)).toHaveLength(1);
    expect(second.text).toContain('Name="State" Value="true"');
    expect((await pull('PT0.05S')).text).not.toContain('NotificationMessage');
    farm.setEvent('K-0412', 'motion', false);

    const renewed = await soap(
      subscription,
      '<wsnt:Renew><wsnt:TerminationTime>PT120S</wsnt:TerminationTime></wsnt:Renew>',
    );
    expect(renewed.text).toContain('TerminationTime>');
    expect((await soap(subscription, '<wsnt:Unsubscribe/>')).status).toBe(200);
    const gone = await pull('PT1S');
    expect(gone.status).toBe(400);
    expect(gone.text).toContain('ResourceUnknownFault');
  });
});

describe('bad requests get a fault, and the camera goes on', () => {
  const information = '<tds:GetDeviceInformation/>';

  it.each([
    ['nothing', ''],
    ['no XML', 'hello'],
    ['torn XML', '<s:Envelope><s:Body>'],
    ['no operation', `<s:Envelope ${namespaces}><s:Body/></s:Envelope>`],
    [
      'an entity bomb',
      `<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><s:Envelope ${namespaces}><s:Body><a>&c;</a></s:Body></s:Envelope>`,
    ],
    ['a name of Object.prototype', `<s:Envelope ${namespaces}><s:Body><constructor/></s:Body></s:Envelope>`],
  ])('%s', async (_, body) => {
    const response = await fetch(address('K-0412'), { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/<s:Fault>.*ter:(WellFormed|ActionNotSupported)/);
    expect((await soap(address('K-0412'), information)).status).toBe(200);
  });

  it('knows the time without sign-in, and nothing else without', async () => {
    expect((await soap(address('K-0412'), '<tds:GetSystemDateAndTime/>', '')).text).toContain('UTCDateTime');
    const refused = await soap(address('K-0412'), information, '');
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('ter:NotAuthorized');
    const snapshot = await fetch(address('K-0412', 'snapshot.jpg'));
    expect(snapshot.status).toBe(401);
    expect(snapshot.headers.get('www-authenticate')).toContain('Digest');
  });

  it('takes a token once, and only from the last five minutes', async () => {
    const once = token();
    expect((await soap(address('K-0412'), information, once)).status).toBe(200);
    expect((await soap(address('K-0412'), information, once)).text).toContain('ter:NotAuthorized');
    expect((await soap(address('K-0412'), information, token(password, Date.now() - 4 * 60_000))).status).toBe(200);
    expect((await soap(address('K-0412'), information, token(password, Date.now() - 6 * 60_000))).status).toBe(400);
    expect((await soap(address('K-0412'), information, token(password, Date.now() + 6 * 60_000))).status).toBe(400);
  });

  it('says no to PTZ where there is none, to unknown presets, profiles and cameras', async () => {
    const move = '<tptz:ContinuousMove><tptz:ProfileToken>main</tptz:ProfileToken></tptz:ContinuousMove>';
    expect((await soap(address('K-1043', 'ptz_service'), move)).text).toContain('ter:PTZNotSupported');
    const goTo = (profile: string, preset: string) =>
      soap(
        address('K-0412', 'ptz_service'),
        `<tptz:GotoPreset><tptz:ProfileToken>${profile}</tptz:ProfileToken><tptz:PresetToken>${preset}</tptz:PresetToken></tptz:GotoPreset>`,
      );
    expect((await goTo('main', '99')).text).toContain('ter:NoToken');
    expect((await goTo('other', '1')).text).toContain('ter:NoProfile');
    expect((await soap(address('K-9999'), information)).status).toBe(404);
  });
});

describe('a farm', () => {
  const camera = { id: 'A', number: 1, name: 'A', clip: 'plaza', username: 'u', password: 'p', ptz: false };
  const farmOf = (cameras: (typeof camera)[], clock: Clock = systemClock) =>
    createCameraFarm({
      cameras,
      rtspPort: 0,
      onvifPort: 0,
      host: '127.0.0.1',
      clock,
      log: silentLog,
      discovery: false,
    });

  it('refuses two cameras of one id or number, and an unknown clip', () => {
    expect(() => farmOf([camera, camera])).toThrow('two cameras are called A');
    expect(() => farmOf([camera, { ...camera, id: 'B' }])).toThrow('number 1 is taken');
    expect(() => farmOf([{ ...camera, clip: 'moon' }])).toThrow('no clip "moon"; there are');
  });

  it('says so when its port is taken, and leaves nothing open', async () => {
    const taken = createCameraFarm({
      cameras: [camera],
      rtspPort: 0,
      onvifPort: ports.onvifPort,
      host: '127.0.0.1',
      clock: systemClock,
      log: silentLog,
      discovery: false,
    });
    await expect(taken.start()).rejects.toThrow('EADDRINUSE');
    await taken.stop();
  });
});
