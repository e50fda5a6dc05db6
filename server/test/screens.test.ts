import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { closeCodes, type LiveChange, type ServerMessage } from '@kuzet/contracts/live.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { adminPassword, agencyToken, connectTestEdge, edgeToken, startTestHub, type TestHub } from './test-hub.ts';

let hub: TestHub;
const presetsOfCamera = JSON.stringify({ items: [{ token: '1', name: 'gate' }], nextCursor: null });
let edgeHttp: Server;
let edge: Awaited<ReturnType<typeof connectTestEdge>>;
let officer: string;
const asked: { url: string; method: string; authorization: string | undefined; body: string }[] = [];
const sockets: WebSocket[] = [];
const patiently = { timeout: 10_000 };

beforeAll(async () => {
  edgeHttp = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { url = '', method = '', headers } = request;
      asked.push({ url, method, authorization: headers.authorization, body });
      if (url.endsWith('.jpg')) return; // An edge that hangs.
      if (method === 'POST') response.writeHead(204).end();
      else if (url.endsWith('/presets'))
        response.writeHead(200, { 'content-type': 'application/json' }).end(presetsOfCamera);
      else if (url.includes('index.m3u8'))
        response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl', 'x-inner': 'no' }).end('#EXTM3U');
      else response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"not-found"}');
    });
  }).listen(0, '127.0.0.1');
  await once(edgeHttp, 'listening');
  hub = await startTestHub({
    config: (config) => {
      config.live.maxBufferedBytes = 65_536;
    },
  });
  edge = await connectTestEdge(hub.mqttPort ?? 0, `http://127.0.0.1:${(edgeHttp.address() as AddressInfo).port}`);
  await edge.announce();
  officer = await hub.signIn('officer');
  await vi.waitFor(async () => {
    const { body } = await hub.call('GET', '/api/v1/devices', { token: officer });
    expect(body.items).toHaveLength(3);
  }, patiently);
});
afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await edge?.close();
  await hub?.stop();
  edgeHttp?.closeAllConnections();
  edgeHttp?.close();
});

function connect(headers: Record<string, string>) {
  const socket = new WebSocket(new URL('/ws', hub.url.replace('http', 'ws')), { headers });
  sockets.push(socket);
  const messages: ServerMessage[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(data.toString()) as ServerMessage));
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  const refused = new Promise<number>((resolve) =>
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0)),
  );
  socket.on('error', () => undefined);
  const of = <T extends ServerMessage['t']>(t: T) =>
    messages.filter((message): message is Extract<ServerMessage, { t: T }> => message.t === t);
  const changes = (): LiveChange[] => of('patch').flatMap((patch) => patch.changes);
  return { socket, messages, closed, refused, of, changes };
}
async function screen(token: string) {
  const connection = connect({ authorization: `Bearer ${token}` });
  await once(connection.socket, 'open');
  connection.socket.send(JSON.stringify({ t: 'hello', protocol: 1, page: 'test' }));
  await vi.waitFor(() => expect(connection.of('snapshot')).toHaveLength(1), patiently);
  return connection;
}

describe('/ws', () => {
  it('[W6] strangers: a program gets 401, a browser 4401, a foreign origin 403', async () => {
    expect(await connect({}).refused).toBe(401);
    expect(await connect({ origin: hub.url }).closed).toBe(closeCodes.signInNeeded);
    expect(await connect({ origin: 'http://evil.example', cookie: `kuzet_session=${officer}` }).refused).toBe(403);
    const own = connect({ origin: hub.url, cookie: `kuzet_session=${officer}` });
    await once(own.socket, 'open');
    own.socket.close();
  });

  it('[W1] a fire goes from the detector to every screen; ticks name the last patch', async () => {
    const wall = await screen(await hub.signIn('screen'));
    const desk = await screen(await hub.signIn('police'));
    const snapshot = wall.of('snapshot')[0]?.data;
    expect(snapshot?.device).toHaveLength(3);
    expect(snapshot?.agency).toHaveLength(4);
    expect(snapshot?.system[0]).toMatchObject({ id: 'hub', demo: true });
    expect(desk.of('snapshot')[0]?.data.device).toEqual([]);

    await edge.smoke('smoke-1', true);
    const fireOf = (changes: LiveChange[]) =>
      changes.flatMap((change) => (change.kind === 'incident' ? (change.value ?? []) : []));
    await vi.waitFor(
      () => expect(fireOf(wall.changes())[0]).toMatchObject({ type: 'fire', zoneId: 'atrium' }),
      patiently,
    );
    await vi.waitFor(() => expect(fireOf(desk.changes()).length).toBeGreaterThan(0), patiently);
    expect(desk.changes().map(({ kind }) => kind)).not.toContain('device');
    await vi.waitFor(() => {
      const device = wall.changes().findLast(({ kind, id }) => kind === 'device' && id === 'smoke-1');
      expect(device?.value).toMatchObject({ latest: { smoke: { value: true } } });
    }, patiently);
    await vi.waitFor(() => expect(wall.of('tick').at(-1)?.rev).toBe(wall.of('patch').at(-1)?.rev), patiently);
    expect(wall.of('patch').map(({ rev }) => rev)).toEqual(wall.of('patch').map((_, at) => at + 1));

    // [W9] The desk has it on its screen.
    const dispatch = fireOf(desk.changes())[0]?.dispatches.find(({ agencyId }) => agencyId === '102');
    expect(dispatch?.deliveredAt).toBeNull();
    desk.socket.send(JSON.stringify({ t: 'received', dispatchId: dispatch?.id }));
    await vi.waitFor(() => {
      const last = fireOf(wall.changes())
        .at(-1)
        ?.dispatches.find(({ agencyId }) => agencyId === '102');
      expect(last).toMatchObject({ state: 'delivered', deliveredAt: expect.any(String) });
    }, patiently);
  });

  it('[W6] signing out closes the screen', async () => {
    const token = await hub.signIn('engineer');
    const page = await screen(token);
    await hub.call('DELETE', '/api/v1/session', { token });
    expect(await page.closed).toBe(closeCodes.signInNeeded);
  });

  it('[W5] a page that stops reading is dropped with 4408, the others go on', async () => {
    const slow = await screen(officer);
    const other = await screen(officer);
    slow.socket.pause();
    const long = 'x'.repeat(200_000);
    const put = (n: number) =>
      hub.call('PUT', '/api/v1/walls/long', {
        token: officer,
        body: { name: { kk: `${n}`, ru: long, en: '' }, screens: [{ id: '1', tiles: [] }] },
      });
    const seen = () => {
      const last = other.changes().findLast((change) => change.kind === 'wall' && change.id === 'long');
      return last?.kind === 'wall' ? last.value?.name.kk : undefined;
    };
    let sent = 0;
    // The system's own buffers take some megabytes first.
    for (; sent < 200; sent++) {
      expect((await put(sent)).status).toBe(200);
      if ((await hub.call('GET', '/metrics')).body.includes(`kuzet_screens_dropped_total 1`)) break;
    }
    expect(sent).toBeLessThan(200);
    slow.socket.resume();
    expect(await slow.closed).toBe(closeCodes.tooSlow);
    await vi.waitFor(() => expect(seen()).toBe(`${sent}`), patiently);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe('dispatch', () => {
  it('[D5] a call leaves when it is committed, not when the worker happens to look again', async () => {
    const call = async () => {
      const { body } = await hub.call('POST', '/api/v1/incidents', {
        token: officer,
        body: { type: 'road', drill: true },
      });
      const path = `/api/v1/incidents/${body.id}`;
      await hub.call('POST', `${path}/dispatch`, { token: officer, body: { agencyIds: ['102'] } });
      return async () => {
        const { dispatches } = (await hub.call('GET', path, { token: officer })).body;
        expect(dispatches).toMatchObject([{ agencyId: '102', sentAt: expect.any(String) }]);
      };
    };
    // The first one ends in a look of the worker, which then pauses for five seconds.
    await vi.waitFor(await call(), patiently);
    await vi.waitFor(await call(), { timeout: 3_000, interval: 50 });
  });
});

describe('video through the hub', () => {
  it('[H11] the edge is asked with the hub’s token and answers through the hub', async () => {
    const live = await hub.call('GET', '/api/v1/cameras/cam-1/live/index.m3u8?_HLS_msn=3', { token: officer });
    expect(live).toMatchObject({ status: 200, body: '#EXTM3U' });
    expect(live.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    expect(live.headers.get('x-inner')).toBeNull();
    expect(asked.at(-1)).toMatchObject({
      url: '/cameras/cam-1/live/index.m3u8?_HLS_msn=3',
      authorization: `Bearer ${edgeToken}`,
    });
    expect((await hub.call('GET', '/api/v1/cameras/cam-1/live/seg-9.m4s', { token: officer })).status).toBe(404);

    const ptz = (id: string, token: string, body: unknown) =>
      hub.call('POST', `/api/v1/cameras/${id}/ptz`, { token, body });
    const move = { action: 'move', pan: 0.5, tilt: 0, zoom: 0 };
    expect((await ptz('cam-1', officer, move)).status).toBe(204);
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual(move);
    expect((await ptz('cam-1', officer, { action: 'jump' })).status).toBe(400);
    expect((await ptz('cam-far', officer, move)).body.code).toBe('not-possible-now');
    expect((await ptz('cam-1', `${agencyToken}.101`, move)).status).toBe(403);
  });

  it('[O8] who moves a camera holds it; a higher role takes it over; each command stands in the audit log', async () => {
    const admin = await hub.signIn('admin', adminPassword);
    const ptz = (token: string, action: object = { action: 'stop' }) =>
      hub.call('POST', '/api/v1/cameras/cam-1/ptz', { token, body: action });
    expect((await ptz(officer)).status).toBe(204);
    expect((await ptz(admin)).status).toBe(204);
    const count = asked.length;
    const refused = await ptz(officer, { action: 'move', pan: 1, tilt: 0, zoom: 0 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(refused.body.detail).toMatch(/\(admin\) moves camera cam-1 now\./);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(asked.length).toBe(count);
    const { body } = await hub.call('GET', '/api/v1/audit?action=camera.ptz&subject=cam-1', { token: admin });
    expect(body.items.slice(0, 3).map(({ actor, outcome }: Record<string, string>) => `${actor} ${outcome}`)).toEqual([
      'officer conflict',
      'admin ok',
      'officer ok',
    ]);
  });

  it('[O8] presets come from the camera, for those who may move it', async () => {
    const presets = await hub.call('GET', '/api/v1/cameras/cam-1/presets', { token: officer });
    expect(presets).toMatchObject({ status: 200, body: { items: [{ token: '1', name: 'gate' }] } });
    expect((await hub.call('GET', '/api/v1/cameras/cam-far/presets', { token: officer })).status).toBe(409);
  });

  it('[H11] an edge that hangs is a 502 that names it', async () => {
    const answer = await hub.call('GET', '/api/v1/cameras/cam-1/snapshot.jpg', { token: officer });
    expect(answer).toMatchObject({ status: 502, body: { code: 'upstream-failed' } });
    expect(answer.body.detail).toContain(`127.0.0.1:${(edgeHttp.address() as AddressInfo).port}`);
  });
});

describe('start and stop', () => {
  it('[I3] a second start on the same data folder keeps incidents as they were acknowledged, devices and sessions', async () => {
    const first = await startTestHub();
    const token = await first.signIn('officer');
    const made = await first.call('POST', '/api/v1/incidents', { token, body: { type: 'road', drill: true } });
    const seen = await first.call('POST', `/api/v1/incidents/${made.body.id}/acknowledge`, { token, body: {} });
    expect(seen.body).toMatchObject({ state: 'acknowledged', acknowledgedAt: expect.any(String) });
    const source = await connectTestEdge(first.mqttPort ?? 0);
    await source.announce();
    await vi.waitFor(async () => {
      expect((await first.call('GET', '/api/v1/devices/smoke-1', { token })).status).toBe(200);
    }, patiently);
    await source.close();
    await first.stop();

    const second = await startTestHub({ dataDir: first.dataDir });
    try {
      const kept = await second.call('GET', `/api/v1/incidents/${made.body.id}`, { token });
      expect(kept.body).toEqual(seen.body);
      const devices = await second.call('GET', '/api/v1/devices', { token });
      expect(devices.body.items).toHaveLength(3);
    } finally {
      await second.stop();
    }
  });

  it('a port that is taken is named with its settings', async () => {
    const port = Number(new URL(hub.url).port);
    const second = startTestHub({
      config: (config) => {
        config.http.port = port;
      },
    });
    const error = await second.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*KUZET_HTTP_PORT.*http\\.port`));
  });

  it('the process says the admin password once, and SIGTERM ends it with 0', async () => {
    // As people run it; `npm test` builds it.
    const main = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
    const env = {
      ...process.env,
      KUZET_DATA_DIR: mkdtempSync(join(tmpdir(), 'kuzet-main-')),
      KUZET_HTTP_PORT: '0',
      KUZET_MQTT_PORT: '0',
      KUZET_LOG_LEVEL: 'info',
      KUZET_ADMIN_PASSWORD: '',
    };
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    try {
      await vi.waitFor(() => expect(lines.some((line) => line.includes('the hub answers'))).toBe(true), {
        timeout: 60_000,
        interval: 100,
      });
      expect(lines.filter((line) => line.includes('user admin, password'))).toHaveLength(1);
      const ended = once(child, 'exit');
      const askedAtMs = Date.now();
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(Date.now() - askedAtMs).toBeLessThan(5_000);
    } finally {
      child.kill('SIGKILL');
    }
  }, 40_000);
});
