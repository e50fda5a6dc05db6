import { spawn, spawnSync } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lane, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { type Log, silentLog } from '@kuzet/lib/log.ts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createIntake, type ItemSink } from '../intake/intake.ts';
import { createSensorBroker, type SensorBrokerSettings } from '../intake/sensor-broker.ts';
import { createSensorClient } from '../intake/sensor-client.ts';
import { profiles } from '../profiles/index.ts';
import { nodeDisk } from '../spool/disk.ts';
import { openSpool, type Spool } from '../spool/spool.ts';
import { testSite } from '../test-site.ts';

let folder: string;
const stops: (() => Promise<unknown> | unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-intake-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const settings: SensorBrokerSettings = {
  host: '127.0.0.1',
  port: 0,
  username: null,
  password: null,
  anonymous: 'loopback',
  maxPacketBytes: 200_000,
};
const intakeFor = (sink: ItemSink, log: Log = silentLog) =>
  createIntake({ site: testSite(), profiles, sink, clock: systemClock, log, maxPayloadBytes: 65_536 });
async function broker(sink: ItemSink, over: Partial<SensorBrokerSettings> = {}, log: Log = silentLog) {
  const started = await createSensorBroker({ ...settings, ...over }, { intake: intakeFor(sink, log), log });
  stops.push(() => started.close());
  return started;
}
async function sensor(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
  client.on('error', () => undefined);
  stops.push(() => client.endAsync(true));
  await happens(client, 'connect');
  return client;
}
async function spoolHere(over: Partial<Parameters<typeof openSpool>[0]> = {}): Promise<Spool> {
  const spool = await openSpool({
    folder,
    settings: { maxBytes: 2 ** 30, segmentBytes: 2 ** 20 },
    clock: systemClock,
    log: silentLog,
    newEpoch: () => 'epoch-of-the-test',
    retryMs: 10,
    ...over,
  });
  stops.push(() => spool.close());
  return spool;
}
/** Keeps what comes; answers only when told, so that a test sees what waits. */
function heldSink() {
  const items: { lane: Lane; item: UplinkItem }[] = [];
  const waiting: ((err: Error | null) => void)[] = [];
  const sink: ItemSink = {
    appendText(lane, text, done) {
      items.push({ lane, item: JSON.parse(text) });
      waiting.push(done);
    },
  };
  return { sink, items, waiting };
}
const textsOf = async (spool: Spool, lane: Lane) => {
  const read = await spool[lane].read(1, 1_000, 1_000_000);
  return read.kind === 'items' ? read.texts : [];
};
const happens = (client: MqttClient, event: string) => once(client as unknown as EventEmitter, event);
const smokeTopic = 'kuzet/v1/mall/smoke-1/reading';

test('[E26] a sensor’s publish is acknowledged when, and only when, the spool has it', async () => {
  const { sink, waiting } = heldSink();
  const { port } = await broker(sink);
  const client = await sensor(port);
  const acked = vi.fn();
  client.publish(smokeTopic, '{"values":{"smoke":true}}', { qos: 1 }, acked);
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  // A second client's round trip shows that the broker had every chance to answer.
  await (await sensor(port)).subscribeAsync('x/y');
  expect(acked).not.toHaveBeenCalled();
  waiting[0]!(null);
  await vi.waitFor(() => expect(acked).toHaveBeenCalledTimes(1));
  expect(acked.mock.calls[0]![0]).toBeFalsy();
});

test('[E26] with a disk that fails, no publish is acknowledged; once it works, the waiting ones are', async () => {
  let broken = true;
  const spool = await spoolHere({
    disk: {
      ...nodeDisk,
      async open(path, how) {
        const file = await nodeDisk.open(path, how);
        const sync = async () => {
          if (broken) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
          return file.sync();
        };
        return { ...file, sync };
      },
    },
  });
  const { port } = await broker(spool);
  const client = await sensor(port);
  const acked = vi.fn();
  client.publish(smokeTopic, '{"values":{"smoke":true}}', { qos: 1 }, acked);
  await vi.waitFor(() => expect(spool.fault).toMatch(/ENOSPC/));
  expect(acked).not.toHaveBeenCalled();
  broken = false;
  await vi.waitFor(() => expect(acked).toHaveBeenCalledTimes(1));
  expect(await textsOf(spool, 'alarm')).toHaveLength(1);
});

test('[E26] many publishes on the way at once are all on disk before the last acknowledgement, in order', async () => {
  const spool = await spoolHere();
  const { port } = await broker(spool);
  const client = await sensor(port);
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 300 }, (_, n) =>
      client
        .publishAsync('kuzet/v1/mall/air-1/reading', JSON.stringify({ values: { n } }), { qos: 1 })
        .then(() => order.push(n)),
    ),
  );
  expect(order).toEqual(Array.from({ length: 300 }, (_, n) => n));
  const kept = (await textsOf(spool, 'telemetry')).map(
    (text) => (JSON.parse(text) as { values: { n: number } }).values.n,
  );
  expect(kept).toEqual(order);
});

test('[E24] garbage neither closes the connection nor goes lost', async () => {
  const spool = await spoolHere();
  const { port } = await broker(spool);
  const client = await sensor(port);
  const closed = vi.fn();
  client.on('close', closed);
  await client.publishAsync(smokeTopic, 'not json at all', { qos: 1 });
  await client.publishAsync('kuzet/v1/mall/ghost/reading', '{"values":{"x":1}}', { qos: 2 });
  await client.publishAsync('some/where/else', Buffer.from([0, 255, 1]), { qos: 0 });
  await client.publishAsync(smokeTopic, '{"values":{"smoke":true}}', { qos: 1 });
  expect(closed).not.toHaveBeenCalled();
  await vi.waitFor(async () => expect(await textsOf(spool, 'telemetry')).toHaveLength(3));
  const reasons = (await textsOf(spool, 'telemetry')).map((text) => (JSON.parse(text) as { reason: string }).reason);
  expect(reasons).toEqual(['not JSON', 'unknown device ghost', 'no device in the site file has this topic']);
  expect(await textsOf(spool, 'alarm')).toHaveLength(1);
});

test('[E24] a payload above the limit becomes a dead letter; a packet that claims far more is cut off', async () => {
  const spool = await spoolHere();
  const warn = vi.fn();
  const { port } = await broker(spool, {}, { ...silentLog, warn, debug: vi.fn() } as unknown as Log);
  const client = await sensor(port);
  await client.publishAsync(smokeTopic, Buffer.alloc(70_000, 'x'), { qos: 1 });
  const [letter] = await textsOf(spool, 'telemetry');
  expect(JSON.parse(letter!)).toMatchObject({ t: 'dead-letter', payloadBytes: 70_000 });

  const socket = connectTcp(port, '127.0.0.1');
  stops.push(() => void socket.destroy());
  // CONNECT "a", then PUBLISH that announces 64 MiB.
  socket.write(Buffer.from('100d00044d515454040200000001', 'hex'));
  socket.write(Buffer.from('61', 'hex'));
  await once(socket, 'data');
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.write(Buffer.concat([Buffer.from([0x32, 0x80, 0x80, 0x80, 0x20]), Buffer.alloc(1_000, 'x')]));
  await closed;
  expect(warn.mock.calls.some(([, text]) => /maxPacketBytes/.test(String(text)))).toBe(true);
  await client.publishAsync(smokeTopic, '{"values":{"smoke":true}}', { qos: 1 });
});

test('[E27] sensors can hear each other’s messages, as a gateway and its commands do', async () => {
  const { port } = await broker(await spoolHere());
  const gateway = await sensor(port);
  const heard: string[] = [];
  gateway.on('message', (topic) => heard.push(topic));
  await gateway.subscribeAsync('zigbee2mqtt/+/set');
  await (await sensor(port)).publishAsync('zigbee2mqtt/hall smoke/set', '{"state":"ON"}', { qos: 1 });
  await vi.waitFor(() => expect(heard).toEqual(['zigbee2mqtt/hall smoke/set']));
});

test('[E28] with a username set, only who knows the password gets in', async () => {
  const { port } = await broker(await spoolHere(), { username: 'gateway', password: 'right' });
  await sensor(port, { username: 'gateway', password: 'right' });
  for (const options of [{}, { username: 'gateway', password: 'wrong' }, { username: 'other', password: 'right' }]) {
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
    stops.push(() => client.endAsync(true));
    const [err] = (await happens(client, 'error')) as [Error & { code: number }];
    expect(err.code).toBe(4);
  }
});

test('[E28] nobody gets in without a name where none is allowed', async () => {
  const { port } = await broker(await spoolHere(), { anonymous: 'nobody' });
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  stops.push(() => client.endAsync(true));
  const [err] = (await happens(client, 'error')) as [Error & { code: number }];
  expect(err.code).toBe(5);
});

test('[E29] a taken port stops the start, naming the port and its variable', async () => {
  const spool = await spoolHere();
  const { port } = await broker(spool);
  const second = createSensorBroker({ ...settings, port }, { intake: intakeFor(spool), log: silentLog });
  await expect(second).rejects.toThrow(StartError);
  await expect(second).rejects.toThrow(new RegExp(`${port}.*KUZET_EDGE_MQTT_PORT`));
});

test('[E25] a foreign broker keeps what the spool does not have yet, and readings it had kept are no news', async () => {
  // Another broker of the same kind stands in for the Mosquitto beside a Zigbee2MQTT.
  const foreign = await broker({ appendText: (_lane, _text, done) => done(null) });
  const gateway = await sensor(foreign.port);
  await gateway.publishAsync('zigbee2mqtt/hall smoke', '{"smoke":true}', { qos: 1, retain: true });
  const { sink, items, waiting } = heldSink();
  const client = createSensorClient(
    { url: `mqtt://127.0.0.1:${foreign.port}`, topics: ['zigbee2mqtt/#'] },
    { intake: intakeFor(sink), clientId: 'edge-sensors', clock: systemClock, log: silentLog, retryMs: 10 },
  );
  stops.push(() => client.close());
  await vi.waitFor(() => expect(client.fault).toBe(null));
  await gateway.publishAsync('zigbee2mqtt/hall smoke', '{"smoke":false}', { qos: 1 });
  await gateway.publishAsync('zigbee2mqtt/hall smoke', '{"smoke":true,"battery":1}', { qos: 1 });
  await vi.waitFor(() => expect(items).toHaveLength(1));
  expect(items[0]).toMatchObject({ lane: 'alarm', item: { device: 'zigbee-1', values: { smoke: false } } });
  // Refused by the spool: tried again, and the next one waits behind it.
  waiting.shift()!(new Error('full'));
  await vi.waitFor(() => expect(items).toHaveLength(2));
  expect(items[1]).toMatchObject({ item: { values: { smoke: false } } });
  waiting.shift()!(null);
  await vi.waitFor(() => expect(items).toHaveLength(3));
  expect(items[2]).toMatchObject({ item: { values: { smoke: true, battery: 1 } } });
  waiting.shift()!(null);
});

const mosquittoPub = spawnSync('mosquitto_pub', ['--help']).error === undefined;
if (!mosquittoPub) console.warn('SKIPPED: mosquitto_pub feeds the sensor broker (mosquitto-clients is not installed)');

test.skipIf(!mosquittoPub).each([0, 1, 2])('[E30] mosquitto_pub feeds it with QoS %i', async (qos) => {
  const spool = await spoolHere();
  const { port } = await broker(spool);
  const args = [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-q',
    String(qos),
    '-t',
    smokeTopic,
    '-m',
    '{"values":{"smoke":true}}',
  ];
  const [code] = await once(spawn('mosquitto_pub', args, { stdio: 'inherit' }), 'exit');
  expect(code).toBe(0);
  await vi.waitFor(async () => expect(await textsOf(spool, 'alarm')).toHaveLength(1));
  expect(JSON.parse((await textsOf(spool, 'alarm'))[0]!)).toMatchObject({ device: 'smoke-1', values: { smoke: true } });
});

test('[E27] a subscriber that stops reading loses its connection, and sensors are heard', async () => {
  const { port } = await broker({ appendText: (_lane, _text, done) => done(null) });
  const stuck = connectTcp(port, '127.0.0.1');
  stops.push(() => stuck.destroy());
  stuck.on('error', () => undefined);
  const gone = once(stuck, 'close');
  // CONNECT of client `z` without keep-alive, then SUBSCRIBE to `#`.
  stuck.write(Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 0x7a]));
  await once(stuck, 'data');
  stuck.write(Buffer.from([0x82, 6, 0, 1, 0, 1, 0x23, 0]));
  await once(stuck, 'data');
  stuck.pause();

  const client = await sensor(port);
  const payload = JSON.stringify({ values: { smoke: false }, more: 'x'.repeat(50_000) });
  await Promise.all(Array.from({ length: 400 }, () => client.publishAsync(smokeTopic, payload, { qos: 1 })));
  stuck.resume();
  await gone;
}, 15_000);

test('[E27] nothing is kept for a subscriber that went: every subscription is granted QoS 0', async () => {
  const { port } = await broker({ appendText: (_lane, _text, done) => done(null) });
  const client = await sensor(port, { clientId: 'away', clean: false });
  expect((await client.subscribeAsync('#', { qos: 1 })).map(({ qos }) => qos)).toEqual([0]);
  const heard = vi.fn();
  client.on('message', heard);
  await client.publishAsync('zigbee2mqtt/lamp/set', 'on', { qos: 1 });
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1));
});
