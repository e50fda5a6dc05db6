import { type EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UplinkItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadCorpus } from '../fuzz/corpus.ts';
import { createMutator } from '../fuzz/mutator.ts';
import { createNoise } from '../fuzz/random.ts';
import { createIntake, type Intake } from '../intake/intake.ts';
import { createSensorBroker } from '../intake/sensor-broker.ts';
import { profiles } from '../profiles/index.ts';
import { openSpool, type Spool } from '../spool/spool.ts';

let folder: string;
let spool: Spool;
let port: number;
let intake: Intake;
const stops: (() => Promise<unknown> | unknown)[] = [];
const corpus = loadCorpus();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-bad-'));
  spool = await openSpool({
    folder,
    settings: { maxBytes: 2 ** 30, segmentBytes: 2 ** 20 },
    clock: systemClock,
    log: silentLog,
    newEpoch: () => 'epoch-of-the-test',
  });
  stops.push(() => spool.close());
  intake = createIntake({
    site: { devices: corpus.devices },
    profiles,
    sink: spool,
    clock: systemClock,
    log: silentLog,
    maxPayloadBytes: 65_536,
  });
  stops.push(() => intake.close());
  const broker = await createSensorBroker(
    {
      host: '127.0.0.1',
      port: 0,
      username: null,
      password: null,
      anonymous: 'loopback',
      maxPacketBytes: 200_000,
    },
    { intake, log: silentLog },
  );
  stops.push(() => broker.close());
  port = broker.port;
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function sensor(): Promise<{ client: MqttClient; closed: ReturnType<typeof vi.fn> }> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  stops.push(() => client.endAsync(true));
  const closed = vi.fn();
  client.on('close', closed).on('error', closed);
  await once(client as unknown as EventEmitter, 'connect');
  return { client, closed };
}
async function itemsOf(lane: 'alarm' | 'telemetry'): Promise<UplinkItem[]> {
  const items: UplinkItem[] = [];
  for (;;) {
    const read = await spool[lane].read(items.length + 1, 5_000, 50_000_000);
    if (read.kind !== 'items') return items;
    for (const text of read.texts) items.push(JSON.parse(text) as UplinkItem);
  }
}
const letters = async () => (await itemsOf('telemetry')).filter((item) => item.t === 'dead-letter');

const bad: readonly [what: string, payload: Buffer][] = [
  ['no payload that anyone reads', Buffer.from('???')],
  ['JSON cut in the middle', Buffer.from('{"values":{"smoke":tr')],
  ['bytes that are no text', Buffer.from([0, 255, 254, 128, 1])],
  ['JSON nested three thousand deep', Buffer.from('[{"a":'.repeat(3_000))],
  ['protobuf of another schema', Buffer.from('0aff01083c120174', 'hex')],
  ['more than the intake reads', Buffer.alloc(70_000, '{')],
];

test.each(bad)(
  '[E49] %s, to every topic of every profile: acknowledged, kept, and the sensor stays',
  async (_what, payload) => {
    const { client, closed } = await sensor();
    const topics = [...new Set(corpus.samples.map(({ topic }) => topic))];
    await Promise.all(topics.map((topic) => client.publishAsync(topic, payload, { qos: 1 })));
    expect(closed).not.toHaveBeenCalled();
    const kept = await letters();
    expect(kept).toHaveLength(intake.figures().deadLetters);
    expect(kept.length).toBeGreaterThan(topics.length / 2);
    for (const { topic, reason, payloadBytes } of kept) {
      expect(topics).toContain(topic);
      expect(reason).not.toBe('');
      expect(payloadBytes).toBe(payload.length);
    }
    // Still the same connection, and still heard.
    await client.publishAsync('kuzet/v1/mall/canonical-0/reading', '{"values":{"smoke":true}}', { qos: 1 });
    expect(closed).not.toHaveBeenCalled();
    expect((await itemsOf('alarm')).at(-1)).toMatchObject({ device: 'canonical-0', values: { smoke: true } });
  },
);

test('[E49] a thousand damaged messages by QoS 0, 1 and 2 over one connection: all answered, none closes it', async () => {
  const { client, closed } = await sensor();
  const random = createNoise(49);
  const next = createMutator(corpus, random);
  const publishes: Promise<unknown>[] = [];
  while (publishes.length < 1_000) {
    const { topic, payload } = next();
    // What MQTT itself does not let a client say is no payload of ours.
    if (topic === '' || /[+#\0]/.test(topic) || topic.startsWith('$')) continue;
    publishes.push(client.publishAsync(topic, payload, { qos: random.below(3) as 0 | 1 | 2 }));
  }
  await Promise.all(publishes);
  expect(closed).not.toHaveBeenCalled();
  const kept = await letters();
  expect(kept).toHaveLength(intake.figures().deadLetters);
  expect(kept.length).toBeGreaterThan(100);
});
