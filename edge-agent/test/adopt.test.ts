import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiscoveredList } from '@kuzet/contracts/provisioning.ts';
import { DiscoveredList as DiscoveredListSchema } from '@kuzet/contracts/provisioning.ts';
import type { InventoryItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { createLifecycle } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import mqtt, { type MqttClient } from 'mqtt';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startEdgeAgent } from '../app.ts';
import { loadEdgeConfig } from '../config.ts';
import { testSite } from '../test-site.ts';
import { createHubMemory, type HubMemory, startHubStub } from './hub-stub.ts';

const token = 'token-of-the-stub';
let folder: string;
let memory: HubMemory;
const stops: (() => Promise<unknown> | unknown)[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-adopt-'));
  memory = createHubMemory();
  const hub = await startHubStub(memory);
  stops.push(() => hub.close());
  writeFileSync(join(folder, 'test.site.yaml'), stringify(testSite()));
  writeFileSync(
    join(folder, 'edge.yaml'),
    stringify({
      id: 'edge-1',
      siteFile: 'test.site.yaml',
      dataDir: join(folder, 'data'),
      sensors: { broker: { port: 0 } },
      http: { port: 0 },
      uplink: { port: hub.port, token, retryMs: 50, ackTimeoutMs: 1_000 },
    }),
  );
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  const lifecycle = createLifecycle(silentLog);
  stops.push(() => lifecycle.stop());
  const config = loadEdgeConfig(join(folder, 'edge.yaml'), {});
  const { ports } = await startEdgeAgent(lifecycle, { config, clock: systemClock, log: silentLog, env: {} });
  const client: MqttClient = await mqtt.connectAsync(`mqtt://127.0.0.1:${ports.sensors}`);
  stops.push(() => client.endAsync(true));
  const ask = async (path: string, body?: unknown, authorization = `Bearer ${token}`) => {
    const answer = await fetch(`http://127.0.0.1:${ports.http}${path}`, {
      headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return {
    say: (topic: string, payload: object | string) =>
      client.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 }),
    ask,
    discovered: async () => {
      const { body } = await ask('/discovered');
      expect(Value.Check(DiscoveredListSchema, body)).toBe(true);
      return (body as DiscoveredList).items;
    },
    stop: () => lifecycle.stop(),
  };
}
const word = (en: string) => ({ kk: en, ru: en, en });
const attic = {
  id: 'attic-1',
  siteId: 'mall',
  zoneId: 'mall-f1',
  kind: 'smoke-detector',
  name: word('Attic'),
  position: { lon: 71.43, lat: 51.13, floor: 3 },
  profile: 'zigbee2mqtt',
  topic: 'zigbee2mqtt/attic smoke',
};
const alarms = () => memory.committed.alarm.map(({ item }) => item);
const inventories = () => alarms().filter((item): item is InventoryItem => item.t === 'inventory');
const letters = () => memory.committed.telemetry.map(({ item }) => item).filter(({ t }) => t === 'dead-letter');
const readingsOf = (id: string) => alarms().filter((item) => item.t === 'reading' && item.device === id);

test('[E34] [E35] [E36] who speaks and is in no site file is listed, adopted while it runs, and stays adopted', async () => {
  const edge = await start();
  await edge.say(attic.topic, { smoke: true, battery: 90 });
  await edge.say(attic.topic, { smoke: true, temperature: 22 });
  await vi.waitFor(() => expect(letters()).toHaveLength(2));
  expect(letters()[0]).toMatchObject({ topic: attic.topic, reason: 'unknown device attic smoke' });
  expect(alarms().filter(({ t }) => t === 'reading')).toEqual([]);
  const [seen, ...others] = await edge.discovered();
  expect(others).toEqual([]);
  expect(seen).toMatchObject({ topic: attic.topic, profile: 'zigbee2mqtt', suggestedKind: 'smoke-detector', count: 2 });
  expect(seen!.metrics).toEqual([
    { name: 'smoke', unit: '' },
    { name: 'battery', unit: '%' },
    { name: 'temperature', unit: 'Cel' },
  ]);

  const adopted = await edge.ask('/adopt', attic);
  expect(adopted).toMatchObject({ status: 201, body: { changed: true, device: { ...attic, metrics: seen!.metrics } } });
  expect(await edge.discovered()).toEqual([]);
  await edge.say(attic.topic, { smoke: true });
  await edge.say(attic.topic, { smoke: true });
  await vi.waitFor(() => expect(readingsOf('attic-1')).toHaveLength(2));
  expect(alarms().findLastIndex(({ t }) => t === 'inventory')).toBeLessThan(
    alarms().findIndex((item) => item.t === 'reading'),
  );
  expect(inventories().map(({ inventory }) => inventory.devices.at(-1)!.id)).toEqual(['zigbee-1', 'attic-1']);
  expect(letters()).toHaveLength(2);

  expect(await edge.ask('/adopt', attic)).toMatchObject({ status: 200, body: { changed: false } });
  await edge.stop();
  expect(inventories()).toHaveLength(2);
  const again = await start();
  await again.say(attic.topic, { smoke: false });
  await vi.waitFor(() => expect(readingsOf('attic-1')).toHaveLength(3));
  expect(inventories().at(-1)!.inventory.devices.at(-1)).toMatchObject({ id: 'attic-1', zoneId: 'mall-f1' });
  expect(await again.ask('/adopt', attic)).toMatchObject({ status: 200, body: { changed: false } });
});

test('[E35] what clashes or does not fit is refused with its reason, and leaves nothing behind', async () => {
  const edge = await start();
  const metrics = [{ name: 'smoke', unit: '' }];
  const refused = async (over: object) => {
    const { status, body } = await edge.ask('/adopt', { ...attic, metrics, ...over });
    return [status, body.code, body.detail];
  };
  expect(await refused({ id: 'air-1' })).toEqual([
    409,
    'conflict',
    expect.stringContaining('"air-1" is already the id'),
  ]);
  expect(await refused({ topic: 'zigbee2mqtt/hall smoke' })).toEqual([
    409,
    'conflict',
    expect.stringContaining('already the topic of device "zigbee-1"'),
  ]);
  expect(await refused({ zoneId: 'attic' })).toEqual([409, 'conflict', expect.stringContaining('no zone "attic"')]);
  expect(await refused({ topic: 'a/+/b' })).toEqual([409, 'conflict', expect.stringContaining('no + or #')]);
  expect(await refused({ metrics: undefined })).toEqual([400, 'invalid-request', expect.stringContaining('metrics')]);
  expect(await refused({ name: word(['$', '{KUZET_EDGE_TOKEN}'].join('')) })).toEqual([
    400,
    'invalid-request',
    expect.anything(),
  ]);
  expect(await refused({ profile: 'telepathy' })).toEqual([
    400,
    'invalid-request',
    expect.stringContaining('/profile'),
  ]);
  expect(await refused({ extra: 1 })).toEqual([400, 'invalid-request', expect.anything()]);
  expect((await edge.ask('/adopt', attic, 'Bearer wrong')).status).toBe(401);
  expect((await edge.ask('/discovered', undefined, 'Bearer wrong')).status).toBe(401);
  expect(existsSync(join(folder, 'data', 'adopted.site.yaml'))).toBe(false);
  expect(inventories()).toHaveLength(1);

  // Two at once: one takes the id, the other is told so.
  const answers = await Promise.all([
    edge.ask('/adopt', { ...attic, metrics }),
    edge.ask('/adopt', { ...attic, metrics, topic: 'zigbee2mqtt/other' }),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  const file = readFileSync(join(folder, 'data', 'adopted.site.yaml'), 'utf8');
  expect(file.match(/"attic-1"/g)).toHaveLength(1);
});

test('[E37] [E33] a device of Home Assistant’s discovery is adopted, and understood after a restart without its config', async () => {
  const edge = await start();
  await edge.say('homeassistant/binary_sensor/0xb2/smoke/config', {
    unique_id: 'b2_smoke',
    device_class: 'smoke',
    state_topic: 'esp/b2/smoke',
    device: { identifiers: ['b2'], name: 'Cellar' },
  });
  const [seen] = await edge.discovered();
  expect(seen).toMatchObject({ profile: 'home-assistant', name: 'Cellar', suggestedKind: 'smoke-detector' });
  const wanted = { ...attic, id: 'cellar-1', profile: 'home-assistant', topic: seen!.topic };
  expect((await edge.ask('/adopt', wanted)).status).toBe(201);
  await edge.stop();
  const again = await start();
  await again.say('esp/b2/smoke', 'ON');
  await vi.waitFor(() => expect(readingsOf('cellar-1')).toMatchObject([{ values: { smoke: true } }]));
  expect(letters()).toEqual([]);
});
