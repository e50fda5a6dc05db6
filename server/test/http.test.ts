import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { adminPassword, agencyToken, connectTestEdge, password, startTestHub, type TestHub } from './test-hub.ts';

let hub: TestHub;
let edge: Awaited<ReturnType<typeof connectTestEdge>>;
let officer: string;
let admin: string;
let police: string;

beforeAll(async () => {
  hub = await startTestHub();
  edge = await connectTestEdge(hub.mqttPort ?? 0);
  officer = await hub.signIn('officer');
  admin = await hub.signIn('admin', adminPassword);
  police = await hub.signIn('police');
  await edge.announce();
  await vi.waitFor(async () => expect((await get('/api/v1/devices', officer)).body.items).toHaveLength(3), 10_000);
});
afterAll(async () => {
  await edge?.close();
  await hub?.stop();
});

const get = (path: string, token?: string) => hub.call('GET', path, { token });
const post = (path: string, token: string, body?: unknown) => hub.call('POST', path, { token, body });

/** Every operation that the document lists, with its parameters filled in. */
async function operations(): Promise<{ method: string; path: string }[]> {
  const { body } = await get('/openapi.json');
  return Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replace(/\{[^}]+\}/g, 'x') })),
  );
}

describe('open list', () => {
  it('[H4] health, readiness, the document and its pages answer strangers', async () => {
    expect((await get('/healthz')).body).toEqual({ status: 'ok', process: 'hub', pid: process.pid, version: '0.1.0' });
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(ready.body.checks).toMatchObject({ database: { ok: true }, broker: { ok: true }, migrations: { ok: true } });
    for (const path of ['/openapi.json', '/docs', '/docs/static/swagger-ui-bundle.js']) {
      expect((await get(path)).status, path).toBe(200);
    }
    expect((await get('/metrics')).body).toContain('kuzet_live_connections 0');
    const start = await get('/');
    expect(start.status).toBe(503);
    expect(start.body).toContain('npm run build');
    expect(start.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('[H4] everything else answers 401, also where there is nothing', async () => {
    const open = new Set(['GET /healthz', 'GET /readyz', 'POST /api/v1/session']);
    const all = await operations();
    expect(all.length).toBeGreaterThan(45);
    for (const { method, path } of all) {
      if (open.has(`${method} ${path}`)) continue;
      const answer = await hub.call(method, path, method === 'GET' ? {} : { body: {} });
      expect(answer.status, `${method} ${path}`).toBe(401);
      expect(answer.body.code).toBe('sign-in-needed');
    }
    for (const path of ['/api/v1/nothing', '/nothing', '/api/v2/devices']) expect((await get(path)).status).toBe(401);
    expect((await get('/api/v1/devices', 'not-a-token')).status).toBe(401);
  });

  it('metrics are not for a caller behind a proxy', async () => {
    const answer = await hub.call('GET', '/metrics', { headers: { 'x-forwarded-for': '10.0.0.9' } });
    expect(answer.status).toBe(401);
  });
});

describe('sign-in', () => {
  it('[H6] sets a cookie that scripts cannot read, and that counts for our own pages only', async () => {
    const answer = await hub.call('POST', '/api/v1/session', { body: { username: 'officer', password } });
    expect(answer.body.user).toMatchObject({ username: 'officer', role: 'duty-officer', agencyId: null });
    const header = answer.headers.get('set-cookie') ?? '';
    expect(header).toMatch(/^kuzet_session=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/);
    const cookie = header.split(';')[0] as string;
    expect((await hub.call('GET', '/api/v1/session', { headers: { cookie } })).body.user.username).toBe('officer');

    const report = (headers: Record<string, string>) =>
      hub.call('POST', '/api/v1/incidents', { body: { type: 'road' }, headers: { cookie, ...headers } });
    expect((await report({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await report({ origin: hub.url, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await report({})).status).toBe(403);
    expect((await report({ origin: hub.url })).status).toBe(201);

    const out = await hub.call('DELETE', '/api/v1/session', { headers: { cookie, origin: hub.url } });
    expect(out.status).toBe(204);
    expect((await hub.call('GET', '/api/v1/session', { headers: { cookie } })).status).toBe(401);
  });

  it('[H2] [H3] wrong and unknown read the same, and too many must wait', async () => {
    const attempt = (username: string) =>
      hub.call('POST', '/api/v1/session', { body: { username, password: 'wrong-password' } });
    const unknown = await attempt('nobody');
    const wrong = await attempt('engineer');
    expect(unknown.status).toBe(401);
    expect(unknown.body).toEqual(wrong.body);
    let last = wrong;
    for (let n = 0; n < 5; n++) last = await attempt('engineer');
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await attempt('supervisor')).status).toBe(401);
  });

  it('[H5] a disabled user is out at once', async () => {
    const body = { username: 'temp', displayName: 'Temp', role: 'duty-officer', password: 'temporary-1' };
    const made = await post('/api/v1/users', admin, body);
    expect(made.status).toBe(201);
    expect(JSON.stringify(made.body)).not.toContain('scrypt');
    const token = await hub.signIn('temp', 'temporary-1');
    expect((await get('/api/v1/session', token)).status).toBe(200);
    const path = `/api/v1/users/${made.body.id}`;
    expect((await hub.call('PATCH', path, { token: admin, body: { disabled: true } })).body.disabled).toBe(true);
    expect((await get('/api/v1/session', token)).status).toBe(401);
    expect(await hub.signIn('temp', 'temporary-1')).toBeUndefined();
    expect((await post('/api/v1/users', admin, body)).status).toBe(409);
  });
});

describe('refusals', () => {
  it('[H4] beyond the role is 403', async () => {
    expect((await get('/api/v1/audit', officer)).status).toBe(403);
    expect((await get('/api/v1/dead-letters', officer)).status).toBe(403);
    expect((await get('/api/v1/devices', police)).status).toBe(403);
    expect((await post('/api/v1/incidents', police, { type: 'fire' })).status).toBe(403);
    expect((await get('/api/v1/users', officer)).body.code).toBe('forbidden');
  });

  it('[H7] what does not fit is listed by path, with a request id', async () => {
    const answer = await post('/api/v1/incidents', officer, { type: 'flood', colour: 'red' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'invalid-request',
    });
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['/colour', '/type']);
    expect((await get('/api/v1/walls?page=1', officer)).body.errors).toEqual([
      { path: '/page', message: 'is not known here' },
    ]);
    expect((await get('/api/v1/devices?limit=0', officer)).body.errors[0].path).toBe('/limit');
  });

  it('[H7] what is not there, not JSON, too large', async () => {
    expect((await get('/api/v1/devices/none', officer)).body).toMatchObject({ status: 404, code: 'not-found' });
    expect((await get('/api/v1/incidents/INC-2026-999999', officer)).status).toBe(404);
    expect((await get('/nothing', officer)).status).toBe(404);
    const headers = { authorization: `Bearer ${officer}`, 'content-type': 'application/json' };
    const raw = (body: string) => fetch(new URL('/api/v1/incidents', hub.url), { method: 'POST', headers, body });
    expect((await raw('{')).status).toBe(400);
    expect((await raw(JSON.stringify({ type: 'fire', description: 'x'.repeat(300_000) }))).status).toBe(413);
    expect((await get('/api/v1/dead-letters?cursor=abc', admin)).status).toBe(400);
  });
});

describe('lists and actions', () => {
  it('[H8] a cursor leads through all of a list', async () => {
    const ids: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 5; pages++) {
      const at: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const { body } = await get(`/api/v1/devices?limit=2${at}`, officer);
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(ids).toEqual(['smoke-1', 'smoke-2', 'smoke-3']);
    const users = await get('/api/v1/users?limit=2', admin);
    const next = await get(`/api/v1/users?limit=50&cursor=${users.body.nextCursor}`, admin);
    const names = [...users.body.items, ...next.body.items].map(({ username }: { username: string }) => username);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toContain('admin');
  });

  it('a fire, from the detector to the desk’s acceptance, and the figures after it', async () => {
    await edge.smoke('smoke-1', true);
    const fire = await vi.waitFor(
      async () => {
        const { body } = await get('/api/v1/incidents?type=fire', officer);
        expect(body.items).toHaveLength(1);
        return body.items[0];
      },
      { timeout: 10_000 },
    );
    expect(fire.cameras.map(({ id }: { id: string }) => id)).toEqual(['cam-1']);
    const acknowledged = await post(`/api/v1/incidents/${fire.id}/acknowledge`, officer);
    expect(acknowledged.body).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'Айгүл Сейтқали' });

    const mine = await get('/api/v1/dispatches', police);
    expect(mine.body.items).toMatchObject([{ agencyId: '102', incidentId: fire.id }]);
    const [dispatch] = mine.body.items;
    const fire101 = `${agencyToken}.101`;
    expect((await post(`/api/v1/dispatches/${dispatch.id}/accept`, fire101, { by: 'X' })).status).toBe(403);
    expect((await post(`/api/v1/dispatches/${dispatch.id}/accept`, officer, {})).status).toBe(403);
    const accepted = await post(`/api/v1/dispatches/${dispatch.id}/accept`, police, { unit: 'P-7' });
    expect(accepted.body).toMatchObject({ state: 'accepted', unit: 'P-7' });
    expect((await get('/api/v1/agencies', fire101)).body.items.map(({ id }: { id: string }) => id)).toEqual(['101']);

    const { body: figures } = await get('/api/v1/statistics', officer);
    expect(figures.byType.fire).toBe(1);
    expect(figures.byDistrict[0]).toMatchObject({ count: expect.any(Number) });
    expect(figures.medianAcceptS).toBeGreaterThan(0);
    const readings = await get('/api/v1/readings?deviceId=smoke-1&metric=smoke', officer);
    expect(readings.body.items[0]).toMatchObject({ value: true, quality: 'good' });
  });

  it('[H11] an agency sees its incidents’ cameras only, and a silent edge is named', async () => {
    expect((await get('/api/v1/cameras', police)).body.items.map(({ id }: { id: string }) => id)).toEqual(['cam-1']);
    expect((await get('/api/v1/cameras/cam-far', police)).status).toBe(404);
    expect((await get('/api/v1/cameras/cam-far/snapshot.jpg', police)).status).toBe(404);
    expect((await get('/api/v1/cameras/cam-1/live/index.m3u8', police)).body.code).toBe('upstream-failed');
    expect((await get('/api/v1/cameras/cam-1/live/..%2F..%2Fhealthz', officer)).status).toBe(400);
  });

  it('walls are arranged, shown on and called back', async () => {
    const put = (path: string, body: unknown) => hub.call('PUT', path, { token: officer, body });
    const screens = [{ id: '1', tiles: ['cam-1'] }];
    expect((await put('/api/v1/walls/main', { screens })).body).toMatchObject({
      id: 'main',
      screens,
      languages: ['kk', 'ru'],
    });
    expect((await put('/api/v1/walls/side', { screens })).status).toBe(400);
    expect((await post('/api/v1/walls/main/show', officer, { cameraId: 'cam-1', screen: '1' })).body.show).toEqual({
      cameraId: 'cam-1',
      screen: '1',
    });
    expect((await post('/api/v1/walls/main/show', officer, { cameraId: null })).body.show).toEqual({});
    const name = { kk: 'Түн', ru: 'Ночь', en: 'Night' };
    const scene = { name, screens: [{ id: '1', tiles: [] }] };
    expect((await put('/api/v1/walls/main/scenes/night', scene)).body).toEqual({
      id: 'night',
      wallId: 'main',
      ...scene,
    });
    expect((await post('/api/v1/walls/main/scenes/night/recall', officer)).body.screens).toEqual(scene.screens);
    expect((await get('/api/v1/scenes', officer)).body.items).toHaveLength(1);
  });

  it('an agency’s token is made once and ended', async () => {
    const { token } = (await post('/api/v1/agencies/104/token', admin)).body;
    expect((await get('/api/v1/session', token)).body.user).toMatchObject({ role: 'agency', agencyId: '104' });
    expect((await hub.call('DELETE', '/api/v1/agencies/104/token', { token: admin })).status).toBe(204);
    expect((await get('/api/v1/session', token)).status).toBe(401);
  });

  it('[H9] a refused address that no database can store is in the audit log all the same', async () => {
    expect((await hub.call('PATCH', '/api/v1/users/%00', { token: admin, body: { disabled: true } })).status).toBe(400);
    const { items } = (await get('/api/v1/audit?action=user.change', admin)).body;
    expect(items[0]).toMatchObject({ actor: 'admin', subject: '\ufffd', outcome: 'invalid-request' });
  });

  it('[H9] sign-ins, actions and refusals are in the audit log', async () => {
    const { body } = await get('/api/v1/audit?limit=1000', admin);
    const lines = body.items.map(
      ({ actor, action, outcome }: Record<string, string>) => `${actor} ${action} ${outcome}`,
    );
    for (const line of [
      'officer session.create ok',
      'nobody session.create sign-in-failed',
      'officer incident.acknowledge ok',
      'police dispatch.accept ok',
      'agency-101 dispatch.accept forbidden',
      'police incident.open forbidden',
      'admin user.create conflict',
      'officer wall.show ok',
    ])
      expect(lines).toContain(line);
    expect(body.items[0]).toMatchObject({ address: '127.0.0.1', role: expect.any(String) });
    const accept = await get('/api/v1/audit?action=dispatch.accept&actor=police', admin);
    expect(accept.body.items).toHaveLength(1);
  });
});

describe('document', () => {
  const promised = [
    'POST /api/v1/session',
    'GET /api/v1/devices',
    'GET /api/v1/devices/{id}',
    'GET /api/v1/cameras',
    'GET /api/v1/cameras/{id}',
    'GET /api/v1/cameras/{id}/snapshot.jpg',
    'POST /api/v1/cameras/{id}/ptz',
    'GET /api/v1/cameras/{id}/presets',
    'GET /api/v1/readings',
    'GET /api/v1/incidents',
    'GET /api/v1/incidents/{id}',
    'POST /api/v1/incidents',
    ...['acknowledge', 'assign', 'dispatch', 'resolve', 'close', 'note', 'merge', 'split'].map(
      (action) => `POST /api/v1/incidents/{id}/${action}`,
    ),
    'GET /api/v1/agencies',
    'POST /api/v1/agencies',
    'PATCH /api/v1/agencies/{id}',
    'GET /api/v1/dispatches',
    ...['accept', 'reject', 'update', 'complete', 'redeliver'].map(
      (action) => `POST /api/v1/dispatches/{id}/${action}`,
    ),
    'GET /api/v1/walls/{id}',
    'PUT /api/v1/walls/{id}',
    'GET /api/v1/walls/{id}/scenes',
    'POST /api/v1/walls/{id}/show',
    'GET /api/v1/audit',
    'GET /api/v1/statistics',
    'GET /healthz',
    'GET /readyz',
  ];

  it('[H10] is OpenAPI 3.1 and lists what the contract promises', async () => {
    const { body } = await get('/openapi.json');
    expect(body.openapi).toMatch(/^3\.1\.\d+$/);
    expect(body.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    const listed: string[] = [];
    for (const [path, item] of Object.entries(body.paths as Record<string, Record<string, OpenapiOperation>>)) {
      for (const [method, operation] of Object.entries(item)) {
        listed.push(`${method.toUpperCase()} ${path}`);
        const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name).sort();
        const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(declared.map(({ name }) => name).sort(), path).toEqual(named);
        for (const parameter of declared) expect(parameter.required).toBe(true);
        expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
        for (const [status, response] of Object.entries(operation.responses)) {
          expect(status).toMatch(/^([1-5]\d\d|default)$/);
          expect(response.description, `${method} ${path} ${status}`).toEqual(expect.any(String));
        }
        for (const scheme of operation.security ?? [])
          for (const name of Object.keys(scheme)) expect(body.components.securitySchemes).toHaveProperty(name);
      }
    }
    for (const operation of promised) expect(listed).toContain(operation);
  });
});
interface OpenapiOperation {
  parameters?: { in: string; name: string; required?: boolean }[];
  responses: Record<string, { description: string }>;
  security?: Record<string, string[]>[];
}
