import type { CameraStatusItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CameraFleet, createCameraFleet } from '../cameras/camera-fleet.ts';
import { mediaRoutes } from '../cameras/media-routes.ts';
import { testCamera } from '../cameras/test-camera.ts';
import { parameters720, units } from '../video/test-units.ts';
import type { IntakeEvents, IntakeSource } from '../video/video-intake.ts';
import { jpeg, type OnvifDevice, onvifUser, startOnvifDevice } from './onvif-device.ts';

const authorization = 'Bearer token-of-the-hub';

describe('media routes', () => {
  let device: OnvifDevice;
  let fleet: CameraFleet;
  let fastify: FastifyInstance;
  let started: { source: IntakeSource; events: IntakeEvents }[];
  let items: CameraStatusItem[];
  const stopped = vi.fn();

  beforeEach(async () => {
    device = await startOnvifDevice('rtsp://192.0.2.7/sub');
    started = [];
    items = [];
    stopped.mockReset();
    const startIntake = (source: IntakeSource, events: IntakeEvents) => {
      started.push({ source, events });
      return { stop: async () => stopped() };
    };
    const onvif = { address: device.address };
    fleet = createCameraFleet({
      cameras: [
        testCamera({ id: 'K-1', onvif, ...onvifUser, ptz: true }),
        testCamera({ id: 'K-2', onvif, username: 'kuzet', password: 'hunter2', ptz: true }),
        testCamera({ id: 'K-3', enabled: false, rtsp: { address: 'rtsp://192.0.2.8/' } }),
        testCamera({ id: 'K-4' }),
      ],
      clock: systemClock,
      log: silentLog,
      onStateChange: (item) => items.push(item),
      intakes: { native: startIntake, ffmpeg: startIntake },
    });
    fastify = Fastify();
    await fastify.register(mediaRoutes, { cameras: fleet, token: 'token-of-the-hub' });
  });
  afterEach(async () => {
    await fleet.stop();
    await fastify.close();
    await device.close();
  });

  const get = (url: string) => fastify.inject({ url, headers: { authorization } });
  async function live(): Promise<void> {
    fleet.start();
    await vi.waitFor(() => expect(started.length).toBe(1), 5_000);
    started[0]!.events.onConnected();
    // From the first reading on segments are kept.
    fleet.get('K-1')!.session.packager.playlist();
    for (const unit of units(60, 25, 0, parameters720)) started[0]!.events.onAccessUnit(unit);
  }

  test.each(['', 'Bearer wrong', 'Bearer token-of-the-hub2', 'Basic token-of-the-hub'])(
    '"%s" is not let in',
    async (sent) => {
      for (const url of [
        '/cameras',
        '/cameras/K-1/live/index.m3u8',
        '/cameras/K-1/live/seg-1.m4s',
        '/cameras/K-1/snapshot.jpg',
      ]) {
        const answer = await fastify.inject({ url, headers: { authorization: sent } });
        expect(answer.statusCode).toBe(401);
        expect(answer.headers['content-type']).toContain('application/problem+json');
        expect(answer.json()).toMatchObject({ status: 401, code: 'sign-in-needed' });
      }
      const ptz = await fastify.inject({
        method: 'POST',
        url: '/cameras/K-1/ptz',
        payload: { action: 'stop' },
        headers: { authorization: sent },
      });
      expect(ptz.statusCode).toBe(401);
      expect(device.calls).toEqual([]);
    },
  );

  test('asks the camera for its stream over ONVIF, takes the H.264 profile, and serves the folder', async () => {
    await live();
    expect(started[0]!.source).toEqual({ address: 'rtsp://192.0.2.7/sub', ...onvifUser, transport: 'tcp' });
    const playlist = await get('/cameras/K-1/live/index.m3u8');
    expect(playlist.statusCode).toBe(200);
    expect(playlist.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/vnd.apple.mpegurl',
    });
    const [, init] = /URI="(init-\d+\.mp4)"/.exec(playlist.body)!;
    const pieces = [init!, ...[...playlist.body.matchAll(/^seg-\d+\.m4s$/gm)].map(([piece]) => piece)];
    expect(pieces.length).toBe(3);
    for (const piece of pieces) {
      const answer = await get(`/cameras/K-1/live/${piece}`);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': 'video/mp4',
        'cache-control': 'private, max-age=60, immutable',
      });
      expect(answer.rawPayload.toString('latin1', 4, 8)).toMatch(/ftyp|moof/);
    }
    const listed = (await get('/cameras')).json();
    expect(listed.items[0]).toMatchObject({
      id: 'K-1',
      state: 'live',
      lastError: null,
      width: 1280,
      height: 720,
      codec: 'avc1.4d401f',
    });
    expect(items.find((item) => item.camera === 'K-1')).toMatchObject({
      t: 'camera-status',
      state: 'live',
      lastError: null,
    });
  });

  test('[V61] a player that asks for what comes next has the answer with the next part', async () => {
    await live();
    const { onAccessUnit } = started[0]!.events;
    const last = Number(/MEDIA-SEQUENCE:(\d+)/.exec((await get('/cameras/K-1/live/index.m3u8')).body)![1]) + 1;
    const ask = (query: string) => get(`/cameras/K-1/live/index.m3u8?${query}`);
    let answered = 0;
    const part = ask(`_HLS_msn=${last + 1}&_HLS_part=1`).finally(() => answered++);
    const hinted = get(`/cameras/K-1/live/part-${last + 1}.1.m4s`).finally(() => answered++);
    const whole = ask(`_HLS_msn=${last + 1}`).finally(() => answered++);
    expect((await ask(`_HLS_msn=${last}&_HLS_part=99`)).body).toContain(`part-${last + 1}.0.m4s`);
    expect(answered).toBe(0);
    for (const unit of units(75, 25, 0, parameters720).slice(60, 65)) onAccessUnit(unit);
    expect((await part).body).toContain(`part-${last + 1}.1.m4s",`.slice(0, -1));
    expect((await hinted).statusCode).toBe(200);
    expect((await hinted).rawPayload.toString('latin1', 4, 8)).toBe('moof');
    expect(answered).toBe(2);
    for (const unit of units(76, 25, 0, parameters720).slice(65)) onAccessUnit(unit);
    expect((await whole).body).toContain(`seg-${last + 1}.m4s`);
  });

  test('[V61] the first who reads waits for the first segment', async () => {
    fleet.start();
    await vi.waitFor(() => expect(started.length).toBe(1), 5_000);
    const { onConnected, onAccessUnit } = started[0]!.events;
    onConnected();
    const pictures = units(80, 25, 0, parameters720);
    for (const unit of pictures.slice(0, 60)) onAccessUnit(unit);
    let answered = false;
    const first = get('/cameras/K-1/live/index.m3u8').finally(() => {
      answered = true;
    });
    await get('/cameras/K-1/live/seg-1.m4s');
    expect(answered).toBe(false);
    for (const unit of pictures.slice(60)) onAccessUnit(unit);
    expect((await first).body).toContain('#EXTINF:1.00000,');
  });

  test('[V61] nobody waits for what is far away, nor for ever', async () => {
    await live();
    const last = Number(/MEDIA-SEQUENCE:(\d+)/.exec((await get('/cameras/K-1/live/index.m3u8')).body)![1]) + 1;
    const status = async (query: string) => (await get(`/cameras/K-1/live/index.m3u8?${query}`)).statusCode;
    for (const query of [
      '_HLS_msn=-1',
      '_HLS_msn=x',
      '_HLS_part=1',
      `_HLS_msn=${last + 3}`,
      `_HLS_msn=${last}&_HLS_part=`,
    ])
      expect([query, await status(query)]).toEqual([query, 400]);
    expect((await get(`/cameras/K-1/live/part-${last + 5}.0.m4s`)).statusCode).toBe(404);
    const beganMs = performance.now();
    expect(await status(`_HLS_msn=${last + 1}`)).toBe(503);
    expect(performance.now() - beganMs).toBeGreaterThan(3_000);
  }, 10_000);

  test('a camera without a picture says why, and when to ask again', async () => {
    fleet.start();
    await vi.waitFor(() => expect(items.map((item) => item.camera).sort()).toEqual(['K-2', 'K-3', 'K-4']), 5_000);
    const wrong = await get('/cameras/K-2/live/index.m3u8');
    expect(wrong.statusCode).toBe(503);
    expect(wrong.headers['retry-after']).toBe('1');
    expect(wrong.json().detail).toBe(
      'camera refused the ONVIF sign-in: check username and password of K-2 in the site file',
    );
    expect((await get('/cameras/K-3/live/index.m3u8')).json()).toMatchObject({ status: 409, code: 'not-possible-now' });
    expect((await get('/cameras/K-4/live/index.m3u8')).json().detail).toContain(
      'names neither onvif.address nor rtsp.address',
    );
    expect(JSON.stringify(items)).not.toContain('hunter2');
  });

  test('what is not there is 404', async () => {
    for (const url of [
      '/cameras/K-9/live/index.m3u8',
      '/cameras/K-9/snapshot.jpg',
      '/cameras/K-1/live/seg-1.m4s',
      '/cameras/K-3/snapshot.jpg',
    ]) {
      expect((await get(url)).json()).toMatchObject({ status: 404, code: 'not-found' });
    }
    for (const url of ['/cameras/K-1/live/seg-x.m4s', '/cameras/K-1/live/..%2findex.m3u8'])
      expect((await get(url)).statusCode).toBe(404);
  });

  test('a snapshot is fetched with HTTP Digest from the camera’s own host', async () => {
    const answer = await get('/cameras/K-1/snapshot.jpg');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'image/jpeg', 'cache-control': 'no-store' });
    expect(answer.rawPayload.equals(jpeg)).toBe(true);
    const refused = await get('/cameras/K-2/snapshot.jpg');
    expect(refused.json()).toMatchObject({
      status: 502,
      code: 'upstream-failed',
      detail: 'camera refused the ONVIF sign-in',
    });
  });

  test('PTZ commands reach the camera, wrong ones do not', async () => {
    const ptz = (id: string, payload: object) =>
      fastify.inject({ method: 'POST', url: `/cameras/${id}/ptz`, payload, headers: { authorization } });
    expect((await ptz('K-1', { action: 'move', pan: 0.5, tilt: -1, zoom: 0 })).statusCode).toBe(204);
    expect(device.calls.at(-1)).toMatchObject({ name: 'ContinuousMove' });
    expect(device.calls.at(-1)!.body).toMatch(/<tptz:ProfileToken>sub<.*x="0.5" y="-1"/);
    expect((await ptz('K-1', { action: 'stop' })).statusCode).toBe(204);
    expect(device.calls.at(-1)).toMatchObject({ name: 'Stop' });
    expect((await ptz('K-1', { action: 'preset', preset: 'gate' })).statusCode).toBe(204);
    expect(device.calls.at(-1)!.body).toContain('<tptz:PresetToken>gate<');
    const count = device.calls.length;
    for (const wrong of [{}, { action: 'move', pan: 2, tilt: 0, zoom: 0 }, { action: 'stop', extra: 1 }, []]) {
      expect((await ptz('K-1', wrong)).json()).toMatchObject({ status: 400, code: 'invalid-request' });
    }
    expect((await ptz('K-3', { action: 'stop' })).json()).toMatchObject({ status: 409 });
    expect(device.calls.length).toBe(count);
  });

  test('stop ends every session', async () => {
    await live();
    await fleet.stop();
    expect(stopped).toHaveBeenCalledTimes(1);
  });
});
