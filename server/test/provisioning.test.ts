import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiscoveredDevice } from '@kuzet/contracts/provisioning.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { createLifecycle } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import fastify, { type FastifyInstance } from 'fastify';
import mqtt from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEdgeAgent } from '../../edge-agent/app.ts';
import { loadEdgeConfig } from '../../edge-agent/config.ts';
import { testSite } from '../../edge-agent/test-site.ts';
import { adminPassword, connectTestEdge, edgeToken, startTestHub, type TestHub } from './test-hub.ts';

const name = (en: string) => ({ kk: en, ru: en, en });
const attic: DiscoveredDevice = {
  topic: 'zigbee2mqtt/attic',
  profile: 'zigbee2mqtt',
  suggestedId: 'attic',
  suggestedKind: 'smoke-detector',
  name: null,
  metrics: [{ name: 'smoke', unit: '' }],
  expectedIntervalS: null,
  firstSeenAt: '2026-11-22T12:00:00.000Z',
  lastSeenAt: '2026-11-22T12:01:00.000Z',
  count: 2,
};
const wanted = {
  edgeId: 'edge-1',
  id: 'attic',
  siteId: 'mall',
  kind: 'smoke-detector',
  name: name('Attic'),
  position: { lon: 71.43, lat: 51.128 },
  profile: 'zigbee2mqtt',
  topic: 'zigbee2mqtt/attic',
};
const { edgeId: _, ...asked } = wanted;
const device = { ...asked, metrics: attic.metrics, expectedIntervalS: 3600 };

let hub: TestHub;
let engineer: string;
const stops: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  hub = await startTestHub();
  engineer = await hub.signIn('engineer');
});
afterAll(() => hub?.stop());
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** An edge's HTTP with answers of the test's own. */
async function edgeHttp(answer: (app: FastifyInstance) => void): Promise<string> {
  const app = fastify();
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${edgeToken}`) return reply.code(401).send();
  });
  answer(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  stops.push(() => app.close());
  const address = app.server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}
async function edgeOnline(url: string) {
  const edge = await connectTestEdge(hub.mqttPort as number, url);
  stops.push(() => edge.close());
  await vi.waitFor(async () => {
    const { body } = await hub.call('GET', '/api/v1/discovered-devices', { token: engineer });
    expect(body.items.length + body.unreachable.length).toBe(1);
  });
  return edge;
}
/** A real edge agent with the site of edge-agent/test-site.ts, and a client at its sensor broker. */
async function realEdge(): Promise<mqtt.MqttClient> {
  const folder = mkdtempSync(join(tmpdir(), 'kuzet-adopt-'));
  stops.push(async () => rmSync(folder, { recursive: true }));
  // JSON is YAML too.
  writeFileSync(join(folder, 'test.site.yaml'), JSON.stringify(testSite()));
  const settings = {
    id: 'edge-3',
    siteFile: 'test.site.yaml',
    dataDir: join(folder, 'data'),
    sensors: { broker: { port: 0 } },
    http: { port: 0 },
    uplink: { port: hub.mqttPort, token: edgeToken, retryMs: 50 },
  };
  writeFileSync(join(folder, 'edge.yaml'), JSON.stringify(settings));
  const lifecycle = createLifecycle(silentLog);
  stops.push(() => lifecycle.stop());
  const config = loadEdgeConfig(join(folder, 'edge.yaml'), {});
  const { ports } = await startEdgeAgent(lifecycle, { config, clock: systemClock, log: silentLog, env: {} });
  const sensors = await mqtt.connectAsync(`mqtt://127.0.0.1:${ports.sensors}`);
  stops.push(() => sensors.endAsync(true));
  return sensors;
}

const list = async () => (await hub.call('GET', '/api/v1/discovered-devices', { token: engineer })).body;
const adopt = (over: object = {}) =>
  hub.call('POST', '/api/v1/discovered-devices/adopt', { token: engineer, body: { ...wanted, ...over } });

describe('discovered devices', () => {
  it('[H13] of an edge that is online are listed with its name; without one there are none', async () => {
    expect(await list()).toEqual({ items: [], nextCursor: null, unreachable: [] });
    await edgeOnline(await edgeHttp((app) => app.get('/discovered', async () => ({ items: [attic] }))));
    expect(await list()).toEqual({ items: [{ ...attic, edgeId: 'edge-1' }], nextCursor: null, unreachable: [] });
  });

  it('[H13] an edge that answers with anything else, or not at all, is named', async () => {
    let answer: unknown = { items: [{ topic: 1 }] };
    await edgeOnline(await edgeHttp((app) => app.get('/discovered', async () => answer)));
    expect(await list()).toMatchObject({
      items: [],
      unreachable: [{ edgeId: 'edge-1', detail: expect.stringMatching(/as new as the hub/) }],
    });
    answer = { items: [] };
    expect(await list()).toMatchObject({ unreachable: [] });
    await stops.shift()!();
    expect(await list()).toMatchObject({
      items: [],
      unreachable: [{ edgeId: 'edge-1', detail: expect.stringMatching(/does not answer/) }],
    });
  });

  it('[H14] adopting goes to the edge as asked; the same again is no change; both are in the audit log', async () => {
    const heard: unknown[] = [];
    await edgeOnline(
      await edgeHttp((app) => {
        app.get('/discovered', async () => ({ items: [attic] }));
        app.post('/adopt', async (request, reply) => {
          heard.push(request.body);
          return reply.code(heard.length === 1 ? 201 : 200).send({ changed: heard.length === 1, device });
        });
      }),
    );
    expect(await adopt()).toMatchObject({ status: 201, body: { changed: true, device: { id: 'attic' } } });
    expect(await adopt()).toMatchObject({ status: 200, body: { changed: false, device: { id: 'attic' } } });
    expect(heard).toEqual([asked, asked]);
    const admin = await hub.signIn('admin', adminPassword);
    const { body } = await hub.call('GET', '/api/v1/audit?action=device.adopt', { token: admin });
    expect(body.items.map(({ role, outcome }: Record<string, string>) => [role, outcome])).toEqual([
      ['engineer', 'ok'],
      ['engineer', 'ok'],
    ]);
  });

  it('[H14] an edge that refuses is heard with its reason; one that is away or unknown is named', async () => {
    const detail = 'devices.3.siteId: there is no site "mall" under sites';
    await edgeOnline(
      await edgeHttp((app) => {
        app.get('/discovered', async () => ({ items: [attic] }));
        app.post('/adopt', async (_request, reply) =>
          reply
            .code(409)
            .type('application/problem+json')
            .send(JSON.stringify({ type: 'about:blank', title: 'x', status: 409, code: 'conflict', detail })),
        );
      }),
    );
    expect(await adopt()).toMatchObject({ status: 409, body: { code: 'conflict', detail } });
    expect(await adopt({ edgeId: 'edge-9' })).toMatchObject({
      status: 404,
      body: { detail: 'There is no edge edge-9.' },
    });
    expect(await adopt({ profile: 'telepathy' })).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    for (const stop of stops.splice(0)) await stop();
    await vi.waitFor(async () =>
      expect(await adopt()).toMatchObject({ status: 502, body: { code: 'upstream-failed' } }),
    );
  });

  it('[H15] an id that another edge has is refused, and that edge is named', async () => {
    const heard = vi.fn();
    const url = await edgeHttp((app) => {
      app.get('/discovered', async () => ({ items: [attic] }));
      app.post('/adopt', async () => heard());
    });
    const edge = await edgeOnline(url);
    await edge.announce();
    await vi.waitFor(async () =>
      expect((await hub.call('GET', '/api/v1/devices/smoke-1', { token: engineer })).status).toBe(200),
    );
    const other = await connectTestEdge(hub.mqttPort as number, url, 'edge-2');
    stops.push(() => other.close());
    await vi.waitFor(async () => {
      const answer = await adopt({ edgeId: 'edge-2', id: 'smoke-1' });
      expect(answer).toMatchObject({ status: 409, body: { detail: '"smoke-1" is already a device of edge edge-1.' } });
    });
    expect(heard).not.toHaveBeenCalled();
  });

  it('[H13] [H14] [E34] [E36] a stranger raises nothing; adopted, its next word is stored, and a fire is a fire', async () => {
    const sensors = await realEdge();
    const get = async (path: string) => (await hub.call('GET', `/api/v1/${path}`, { token: engineer })).body;
    const say = (values: object) => sensors.publishAsync(attic.topic, JSON.stringify(values), { qos: 1 });
    await say({ smoke: true, temperature: 20 });
    await vi.waitFor(async () => expect((await get('dead-letters')).items).toHaveLength(1));
    await vi.waitFor(async () => expect((await list()).items).toHaveLength(1));
    const [seen] = (await list()).items;
    expect(seen).toMatchObject({ edgeId: 'edge-3', topic: attic.topic, suggestedKind: 'smoke-detector' });
    expect((await get('incidents')).items).toEqual([]);

    const { edgeId, profile, topic, suggestedId: id, suggestedKind: kind } = seen;
    expect((await adopt({ edgeId, profile, topic, id, kind })).status).toBe(201);
    // At once, and in the lane that the inventory does not travel in.
    await say({ temperature: 21 });
    await vi.waitFor(async () => {
      expect(await get('devices/attic')).toMatchObject({ name: name('Attic'), latest: { temperature: { value: 21 } } });
    });
    expect((await get('dead-letters')).items).toHaveLength(1);
    await say({ smoke: true });
    await vi.waitFor(async () =>
      expect((await get('incidents')).items).toMatchObject([{ type: 'fire', siteId: 'mall' }]),
    );
  });
});
