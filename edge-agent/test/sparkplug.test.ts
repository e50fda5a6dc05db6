import { type EventEmitter, once } from 'node:events';
import type { UplinkItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, expect, test, vi } from 'vitest';
import { createIntake } from '../intake/intake.ts';
import { createSensorBroker } from '../intake/sensor-broker.ts';
import { profiles } from '../profiles/index.ts';
import { decodePayload } from '../profiles/sparkplug/payload.ts';
import { testDevice } from '../test-site.ts';

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** One varint, little-endian groups of seven bits. */
function varint(n: bigint): Buffer {
  const bytes: number[] = [];
  let rest = n;
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}
const field = (no: number, value: bigint | Buffer): Buffer =>
  typeof value === 'bigint'
    ? Buffer.concat([varint(BigInt(no << 3)), varint(value)])
    : Buffer.concat([varint(BigInt((no << 3) | 2)), varint(BigInt(value.length)), value]);
const atMs = BigInt(Date.now() - 2_000);
/** A payload of Sparkplug B, written by hand: metrics with a name or an alias and a boolean, or a number. */
function payload(seq: bigint | null, metrics: { name?: string; alias?: bigint; value: boolean | bigint }[]): Buffer {
  return Buffer.concat([
    field(1, atMs),
    ...metrics.map(({ name, alias, value }) =>
      field(
        2,
        Buffer.concat([
          ...(name === undefined ? [] : [field(1, Buffer.from(name))]),
          ...(alias === undefined ? [] : [field(2, alias)]),
          field(4, typeof value === 'boolean' ? 11n : 8n),
          typeof value === 'boolean' ? field(14, value ? 1n : 0n) : field(11, value),
        ]),
      ),
    ),
    ...(seq === null ? [] : [field(3, seq)]),
  ]);
}

test('[E46] a node at the sensor broker is heard by alias, asked for what went missing, and missed when it dies', async () => {
  const items: UplinkItem[] = [];
  const intake = createIntake({
    site: { devices: [testDevice({ id: 'detector', profile: 'sparkplug-b', topic: 'spBv1.0/Mall/Hall/Smoke1' })] },
    profiles,
    sink: {
      appendText(_lane, text, done) {
        items.push(JSON.parse(text));
        done(null);
      },
    },
    clock: systemClock,
    log: silentLog,
    maxPayloadBytes: 65_536,
  });
  stops.push(() => intake.close());
  const broker = await createSensorBroker(
    { host: '127.0.0.1', port: 0, username: null, password: null, anonymous: 'loopback', maxPacketBytes: 200_000 },
    { intake, log: silentLog },
  );
  stops.push(() => broker.close());
  const node: MqttClient = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, {
    reconnectPeriod: 0,
    will: {
      topic: 'spBv1.0/Mall/NDEATH/Hall',
      payload: payload(null, [{ name: 'bdSeq', value: 7n }]),
      qos: 1,
      retain: false,
    },
  });
  stops.push(() => node.endAsync(true));
  node.on('error', () => undefined);
  await once(node as unknown as EventEmitter, 'connect');
  const commands: { topic: string; payload: Buffer }[] = [];
  node.on('message', (topic, body) => commands.push({ topic, payload: body }));
  await node.subscribeAsync('spBv1.0/Mall/NCMD/Hall', { qos: 1 });
  const say = (type: string, body: Buffer) => node.publishAsync(`spBv1.0/Mall/${type}`, body, { qos: 0 });

  await say(
    'NBIRTH/Hall',
    payload(0n, [
      { name: 'bdSeq', value: 7n },
      { name: 'Node Control/Rebirth', value: false },
    ]),
  );
  await say('DBIRTH/Hall/Smoke1', payload(1n, [{ name: 'smoke', alias: 9n, value: false }]));
  await say('DDATA/Hall/Smoke1', payload(2n, [{ alias: 9n, value: true }]));
  await vi.waitFor(() => expect(items).toHaveLength(3));
  expect(items).toMatchObject([
    { t: 'device-status', device: 'detector', online: true },
    { t: 'reading', device: 'detector', values: { smoke: false }, observedAt: new Date(Number(atMs)).toISOString() },
    { t: 'reading', device: 'detector', values: { smoke: true } },
  ]);

  await say('DDATA/Hall/Smoke1', payload(5n, [{ alias: 9n, value: true }]));
  await vi.waitFor(() => expect(commands).toHaveLength(1));
  expect(commands[0]!.topic).toBe('spBv1.0/Mall/NCMD/Hall');
  expect(decodePayload(commands[0]!.payload)).toMatchObject({
    metrics: [{ name: 'Node Control/Rebirth', dataType: 11, value: true }],
  });
  expect(items.at(-1)).toMatchObject({ t: 'dead-letter', reason: 'messages of this node are missing before this one' });

  node.stream.destroy();
  await vi.waitFor(() => expect(items.at(-1)).toMatchObject({ t: 'device-status', device: 'detector', online: false }));
});
