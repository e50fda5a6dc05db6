import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@kuzet/lib/clock.ts';
import { createLifecycle, type Lifecycle } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AppDeps, startSimulators } from '../app.ts';
import { createCameraFarm as createRealFarm, type FarmResult } from '../camera/camera-farm.ts';
import { demoSecret, loadSimulatorsConfig, loadSite } from '../config.ts';

const file = fileURLToPath(new URL('../../config/simulators.yaml', import.meta.url));
let lifecycle: Lifecycle;
let url: string;
let farmCalls: string[];
let hub: Server;
let hubRequests: { url: string; authorization: string | undefined; body: unknown }[];

/** Stands for the cameras, which have tests of their own: notes what it is told. */
const createCameraFarm: AppDeps['createCameraFarm'] = ({ cameras }) => {
  const told = (what: string): FarmResult => {
    farmCalls.push(what);
    return 'done';
  };
  return {
    start: async () => ({ rtspPort: 0, onvifPort: 0 }),
    stop: async () => void told('stop'),
    fault: (cameraId, kind, seconds, params) =>
      told(`${cameraId} ${kind} ${seconds}${params ? ` ${JSON.stringify(params)}` : ''}`),
    setClip: (cameraId, clip) => (clip === 'no-such' ? 'unknown-clip' : told(`${cameraId} ${clip}`)),
    list: () => cameras.map((camera) => ({ ...camera, viewers: 0, faults: [], ptz: null })),
  };
};

beforeEach(async () => {
  farmCalls = [];
  hubRequests = [];
  hub = createServer((request, response) => {
    read(request).then((body) => {
      hubRequests.push({ url: request.url!, authorization: request.headers.authorization, body: JSON.parse(body) });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  const env = { KUZET_DEMO_AGENCY_TOKEN: 'agency-token', KUZET_SCENARIO: 'none' };
  const config = loadSimulatorsConfig(file, env);
  config.control.port = 0;
  config.sensors.port = 1; // Nobody there: the control API must not care.
  config.hub.port = (hub.address() as AddressInfo).port;
  const site = loadSite(config, env);
  lifecycle = createLifecycle(silentLog);
  const started = await startSimulators({
    config,
    site,
    createCameraFarm,
    clock: systemClock,
    log: silentLog,
    lifecycle,
    version: '0',
  });
  url = started.controlUrl;
});
afterEach(async () => {
  await lifecycle.stop();
  hub.closeAllConnections();
  await new Promise((resolve) => hub.close(resolve));
});

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
async function call(method: 'GET' | 'POST', path: string, body?: unknown) {
  const answer = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: (await answer.json()) as Record<string, unknown>,
  };
}
function deliver(
  body: string,
  { secret = demoSecret, name = '101', endpoint = 'webhook', id = 'msg_1', at = new Date() } = {},
) {
  return fetch(`${url}/receivers/${name}/${endpoint}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
    body,
  });
}

describe('control API of the simulators', () => {
  it('says that it lives, and lists scenarios and cameras', async () => {
    expect((await call('GET', '/healthz')).body).toMatchObject({
      status: 'ok',
      process: 'simulators',
      pid: process.pid,
    });
    const scenarios = (await call('GET', '/scenarios')).body as {
      items: { name: string }[];
      running: { name: string }[];
    };
    expect(scenarios.items.map(({ name }) => name)).toEqual([
      'camera-trouble',
      'city-life',
      'door-forced',
      'mall-fire',
      'none',
      'stream-trouble',
      'switch-failure',
    ]);
    expect(scenarios.running.map(({ name }) => name)).toEqual(['none']);
    const cameras = (await call('GET', '/cameras')).body as { items: unknown[] };
    expect(cameras.items).toContainEqual(
      expect.objectContaining({ id: 'K-0412', number: 412, clip: 'night-crossing' }),
    );
  });

  it('runs a scenario once at a time and stops it with everything restored', async () => {
    expect(await call('POST', '/scenarios/mall-fire/run')).toMatchObject({ status: 202, body: { name: 'mall-fire' } });
    expect(await call('POST', '/scenarios/mall-fire/run')).toMatchObject({
      status: 409,
      type: expect.stringContaining('application/problem+json'),
      body: { code: 'conflict', status: 409 },
    });
    expect((await call('POST', '/scenarios/stop')).body).toMatchObject({
      stopped: 'mall-fire',
      running: [{ name: 'none' }],
    });
    expect((await call('POST', '/scenarios/mall-fire/run')).status).toBe(202);
    expect(await call('POST', '/scenarios/flood/run')).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });

  it('breaks cameras and devices, and says what it cannot break', async () => {
    expect(await call('POST', '/faults', { target: 'K-0412', kind: 'freeze', seconds: 10 })).toMatchObject({
      status: 202,
    });
    expect(farmCalls).toEqual(['K-0412 freeze 10']);
    expect(await call('POST', '/faults', { target: 'akku-smoke-301', kind: 'silent', seconds: 5 })).toMatchObject({
      status: 202,
    });
    const refused = [
      { target: 'K-0412', kind: 'melt', seconds: 1 },
      { target: 'akku-smoke-301', kind: 'melt', seconds: 1 },
      { target: 'qala-weather-01', kind: 'fault', seconds: 1 },
      { target: 'akku-smoke-301', kind: 'silent' },
      { target: 'akku-smoke-301', kind: 'silent', seconds: 1, loud: true },
    ];
    for (const body of refused) {
      expect(await call('POST', '/faults', body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    }
    expect(await call('POST', '/faults', { target: 'nothing', kind: 'silent', seconds: 1 })).toMatchObject({
      status: 404,
    });
  });

  it('[C2] takes parameters of a camera fault, and refuses what the fault does not have', async () => {
    const skew = { target: 'K-0412', kind: 'clock-skew', seconds: 10 };
    expect(await call('POST', '/faults', { ...skew, params: { offsetS: -60 } })).toMatchObject({ status: 202 });
    expect(farmCalls).toEqual(['K-0412 clock-skew 10 {"offsetS":-60}']);
    const refused = [
      { ...skew, params: { offsetS: 'much' } },
      { ...skew, params: { offset: 1 } },
      { ...skew, params: 5 },
      { target: 'K-0412', kind: 'freeze', seconds: 1, params: { offsetS: 1 } },
      { target: 'K-0412', kind: 'udp-loss', seconds: 1, params: { percent: 0 } },
      { target: 'K-0412', kind: 'toString', seconds: 1 },
      { target: 'akku-smoke-301', kind: 'silent', seconds: 1, params: { percent: 1 } },
    ];
    for (const body of refused) {
      expect(await call('POST', '/faults', body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    }
    expect(farmCalls).toHaveLength(1);
  });

  it('[C2] breaks a group whole or not at all', async () => {
    const fault = { kind: 'disconnect', seconds: 30 };
    const site = await call('POST', '/faults', { target: 'site:akku', ...fault });
    expect(site.body.targets).toEqual(['K-1043', 'K-1047', 'K-1051', 'K-1058', 'K-1062', 'K-1066']);
    expect(farmCalls).toHaveLength(6);
    const two = await call('POST', '/faults', { targets: ['site:akku', 'K-0412'], ...fault });
    expect(two.status).toBe(202);
    expect(farmCalls).toHaveLength(13);
    for (const targets of [['K-0412', 'nothing'], ['site:nowhere']]) {
      expect((await call('POST', '/faults', { targets, ...fault })).status).toBe(404);
    }
    for (const body of [fault, { target: 'K-0412', targets: ['K-0118'], ...fault }, { targets: [], ...fault }]) {
      expect((await call('POST', '/faults', body)).status).toBe(400);
    }
    expect(farmCalls).toHaveLength(13);
  });

  it('changes a clip, and refuses a camera that is not there', async () => {
    expect(await call('POST', '/cameras/K-1047/clip', { clip: 'mall-atrium-fire' })).toMatchObject({ status: 200 });
    expect(farmCalls).toEqual(['K-1047 mall-atrium-fire']);
    expect(await call('POST', '/cameras/K-1047/clip', { clip: 'no-such' })).toMatchObject({ status: 400 });
    expect(await call('POST', '/cameras/K-9999/clip', { clip: 'plaza' })).toMatchObject({ status: 404 });
  });

  it('takes a signed webhook, keeps it byte for byte, and answers the hub as the agency', async () => {
    await call('POST', '/receivers/101/behaviour', {
      answer: { kind: 'accept', afterS: 0, by: 'Ахметов Д.', unit: 'АЦ-14' },
    });
    // Spaces and letters that a parser would not give back as they were.
    const body =
      '{ "type":"incident.raised", "data": {"dispatchId":"dsp_1","sequence":1,"incident":{"name":"«Аққу»"}} }';
    expect((await deliver(body)).status).toBe(204);
    const { items } = (await call('GET', '/receivers/101/requests')).body as {
      items: { body: string; headers: Record<string, string>; verified: boolean }[];
    };
    expect(items).toMatchObject([{ endpoint: 'webhook', body, verified: true }]);
    new Webhook(demoSecret).verify(items[0]!.body, items[0]!.headers);
    await vi.waitFor(() =>
      expect(hubRequests).toEqual([
        {
          url: '/api/v1/dispatches/dsp_1/accept',
          authorization: 'Bearer agency-token.101',
          body: { by: 'Ахметов Д.', unit: 'АЦ-14' },
        },
      ]),
    );
  });

  it('tells a drill apart by the address it came in at', async () => {
    const body = '{"type":"incident.raised","data":{"dispatchId":"dsp_9","sequence":1,"incident":{"drill":true}}}';
    expect((await deliver(body, { endpoint: 'drill' })).status).toBe(204);
    const { items } = (await call('GET', '/receivers/101/requests')).body as { items: unknown[] };
    expect(items).toMatchObject([{ endpoint: 'drill', verified: true }]);
    expect((await deliver(body, { endpoint: 'elsewhere' })).status).toBe(404);
  });

  it('refuses a forged, tampered or old webhook with 401', async () => {
    const body = '{"type":"incident.raised","data":{"dispatchId":"dsp_1","sequence":1}}';
    const foreign = `whsec_${Buffer.from('somebody else entirely, 32 bytes').toString('base64')}`;
    expect((await deliver(body, { secret: foreign })).status).toBe(401);
    expect((await deliver(body, { at: new Date(Date.now() - 600_000) })).status).toBe(401);
    const { items } = (await call('GET', '/receivers/101/requests')).body as { items: { verified: boolean }[] };
    expect(items.map(({ verified }) => verified)).toEqual([false, false]);
    expect(hubRequests).toEqual([]);
  });

  it('misbehaves as told: another status, and no answer at all', async () => {
    await call('POST', '/receivers/104/behaviour', { status: 503 });
    expect((await deliver('{}', { name: '104' })).status).toBe(503);
    expect(await call('POST', '/receivers/104/behaviour', { status: 99 })).toMatchObject({ status: 400 });
    expect(await call('POST', '/receivers/104/behaviour', { reset: true, hang: true })).toMatchObject({
      body: { status: 204, hang: true },
    });
    const patience = AbortSignal.timeout(300);
    const hanging = fetch(`${url}/receivers/104/webhook`, { method: 'POST', body: '{}', signal: patience });
    // A forged request is refused even so; a signed one hangs.
    expect((await hanging).status).toBe(401);
    await expect(
      Promise.race([
        deliver('{}', { name: '104', id: 'msg_2' }),
        new Promise((_, no) => patience.addEventListener('abort', () => no(new Error('hangs')))),
      ]),
    ).rejects.toThrow('hangs');
    expect((await fetch(`${url}/receivers/nobody/webhook`, { method: 'POST', body: '{}' })).status).toBe(404);
  });

  it('answers an unknown address and a broken body with a problem', async () => {
    expect(await call('GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    const broken = await fetch(`${url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ code: 'invalid-request' });
  });
});

describe('start of the simulators', () => {
  const start = (change: (config: ReturnType<typeof loadSimulatorsConfig>) => void, farm = createCameraFarm) => {
    const config = loadSimulatorsConfig(file, { KUZET_SCENARIO: 'none' });
    config.control.port = 0;
    config.sensors.port = 1;
    change(config);
    const other = createLifecycle(silentLog);
    const site = loadSite(config, {});
    const log = silentLog;
    const deps = { config, site, createCameraFarm: farm, clock: systemClock, log, lifecycle: other, version: '0' };
    return startSimulators(deps);
  };

  it('stops the cameras again and names the setting when the control port is taken', async () => {
    const taken = Number(new URL(url).port);
    const failed = start((config) => {
      config.control.port = taken;
    });
    await expect(failed).rejects.toThrow(new RegExp(`control port ${taken}.*KUZET_SIM_PORT`));
    expect(farmCalls).toEqual(['stop']);
  });

  it('names port and setting when the cameras cannot have theirs', async () => {
    const taken = Number(new URL(url).port);
    const failed = start(
      (config) => {
        config.cameras.rtspPort = taken;
        config.cameras.onvifPort = 0;
      },
      (deps) => createRealFarm({ ...deps, discovery: false }),
    );
    await expect(failed).rejects.toThrow(new RegExp(`camera port ${taken}.*KUZET_SIM_RTSP_PORT`));
  });

  it('lists the scenarios when the one to start with is not there', async () => {
    const failed = start((config) => {
      config.scenario = 'flood';
    });
    await expect(failed).rejects.toThrow(/"flood" \(KUZET_SCENARIO\).*city-life, door-forced, mall-fire, none/);
  });
});
