import { connect as connectTcp, createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { topics } from '@kuzet/contracts/topics.ts';
import type { UplinkBatch } from '@kuzet/contracts/uplink.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBrokerClient } from '../broker/broker-client.ts';
import { createEmbeddedBroker, type EmbeddedBroker } from '../broker/embedded-broker.ts';
import { createAckSender } from '../ingest/ack.ts';
import { createReceiver } from '../ingest/receiver.ts';

const edgeToken = 'a-token-of-the-edges';
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
});

async function startBroker(port = 0): Promise<EmbeddedBroker> {
  const broker = await createEmbeddedBroker({ host: '127.0.0.1', port, edgeToken, log: silentLog });
  stops.push(() => broker.close());
  return broker;
}
const urlOf = ({ port }: EmbeddedBroker) => `mqtt://127.0.0.1:${port}`;
async function connectEdge(broker: EmbeddedBroker, username = 'edge-1', password = edgeToken): Promise<MqttClient> {
  const client = await mqtt.connectAsync(urlOf(broker), {
    username,
    password,
    clientId: `${username}-x`,
    reconnectPeriod: 0,
  });
  client.on('error', () => undefined);
  stops.push(() => client.endAsync(true));
  return client;
}

describe('embedded broker', () => {
  it('[T2] lets in edges with the token, and nobody else', async () => {
    const broker = await startBroker();
    await expect(connectEdge(broker, 'edge-1', 'wrong')).rejects.toThrow(/Not authorized|Bad (u|U)ser/i);
    await expect(connectEdge(broker, '$hub', edgeToken)).rejects.toThrow(/Not authorized|Bad (u|U)ser/i);
    await expect(connectEdge(broker, 'a/b', edgeToken)).rejects.toThrow(/Not authorized|Bad (u|U)ser/i);
    await expect(mqtt.connectAsync(urlOf(broker), { reconnectPeriod: 0 })).rejects.toThrow();
    expect((await connectEdge(broker)).connected).toBe(true);
  });

  it('[T2] a stranger cannot make it gather a large packet', async () => {
    const broker = await startBroker();
    const socket = connectTcp(broker.port, '127.0.0.1');
    stops.push(async () => void socket.destroy());
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    // CONNECT that announces 1 MiB.
    socket.write(Buffer.from([0x10, 0x80, 0x80, 0x40, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0]));
    await closed;
    const edge = await connectEdge(broker);
    await edge.publishAsync(topics.uplink('edge-1', 'alarm'), Buffer.alloc(1_048_576), { qos: 1 });
  });

  it('[T3] an edge speaks for itself only', async () => {
    const broker = await startBroker();
    const heard: string[] = [];
    const { client: hub } = broker;
    await hub.subscribe(topics.uplinks, (topic) => heard.push(topic));
    const thief = await connectEdge(broker, 'edge-2');
    const closed = new Promise<void>((resolve) => thief.once('close', () => resolve()));
    thief.publish(topics.uplink('edge-1', 'alarm'), 'x', { qos: 1 });
    await closed;
    const honest = await connectEdge(broker, 'edge-1');
    await honest.publishAsync(topics.uplink('edge-1', 'alarm'), 'x', { qos: 1 });
    await vi.waitFor(() => expect(heard).toEqual([topics.uplink('edge-1', 'alarm')]));
  });

  it('[T3] an edge hears its own acknowledgements only', async () => {
    const edge = await connectEdge(await startBroker());
    const granted = async (topic: string) =>
      edge.subscribeAsync(topic, { qos: 1 }).then(
        ([grant]) => grant?.qos,
        () => 'refused',
      );
    expect(await granted(topics.acks('edge-1'))).toBe(1);
    for (const topic of [topics.acks('edge-2'), topics.uplinks, '#', 'kuzet/v1/ack/+/alarm']) {
      expect(await granted(topic), topic).not.toBe(1);
    }
  });

  it('names port and setting when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    stops.push(() => new Promise((resolve) => other.close(resolve)));
    const { port } = other.address() as { port: number };
    const failed = startBroker(port);
    await expect(failed).rejects.toThrow(StartError);
    await expect(failed).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${port}: the port is taken.*KUZET_MQTT_PORT`));
  });
});

describe('broker client', () => {
  it('subscribes to a broker that comes up after it, and says when that is done', async () => {
    const before = await createEmbeddedBroker({ host: '127.0.0.1', port: 0, edgeToken, log: silentLog });
    await before.close();
    const client = createBrokerClient({
      url: urlOf(before),
      username: 'edge-1',
      password: edgeToken,
      clientId: 'c',
      log: silentLog,
    });
    stops.push(() => client.close());
    const heard: string[] = [];
    const mine = client.subscribe(topics.acks('edge-1'), (topic) => heard.push(topic));
    const anothers = client.subscribe(topics.acks('edge-2'), () => undefined);
    const refused = expect(anothers).rejects.toThrow('refuses the subscription to kuzet/v1/ack/edge-2/+');
    await vi.waitFor(() => expect(client.state().detail).toContain('ECONNREFUSED'), { timeout: 5_000 });
    const { client: hub } = await startBroker(before.port);
    await mine;
    await refused;
    await hub.publish(topics.ack('edge-1', 'alarm'), '{}');
    await vi.waitFor(() => expect(heard).toEqual([topics.ack('edge-1', 'alarm')]));
  });

  it('comes up after the broker, tells its state, and hears again after the broker was gone', async () => {
    const first = await createEmbeddedBroker({ host: '127.0.0.1', port: 0, edgeToken, log: silentLog });
    const { port } = first;
    const heard: string[] = [];
    // The edges' sign-in stands in for a broker that keeps its passwords over a restart.
    const client = createBrokerClient({
      url: urlOf(first),
      username: 'edge-1',
      password: edgeToken,
      clientId: 'c',
      log: silentLog,
    });
    stops.push(() => client.close());
    await client.subscribe(topics.acks('edge-1'), (topic) => heard.push(topic));
    expect(client.state()).toEqual({ ok: true });
    await first.close();
    await vi.waitFor(() => expect(client.state().ok).toBe(false));
    expect(client.state().detail).toContain(String(port));
    await expect(client.publish('kuzet/v1/x', '')).rejects.toThrow('no connection');
    const second = await startBroker(port);
    await vi.waitFor(() => expect(client.state().ok).toBe(true), { timeout: 10_000 });
    const { client: hub } = second;
    await vi.waitFor(
      async () => {
        await hub.publish(topics.ack('edge-1', 'alarm'), '{}');
        expect(heard).toContain(topics.ack('edge-1', 'alarm'));
      },
      { timeout: 10_000 },
    );
  });
});

describe('receiver', () => {
  const batch: UplinkBatch = {
    v: 1,
    edge: 'edge-1',
    epoch: 'e1',
    lane: 'alarm',
    firstSeq: 1,
    items: [{ t: 'device-status', device: 'd', online: true, at: '2026-11-22T12:00:00Z' }],
  };
  async function start() {
    const broker = await startBroker();
    const { client } = broker;
    const submitted: UplinkBatch[] = [];
    const letters: { reason: string; topic: string }[] = [];
    const statuses: { edge: string; online: boolean }[] = [];
    const effects: object[] = [];
    const receiver = createReceiver({
      client,
      pipeline: { submit: (given) => void submitted.push(given), whenSpare: (work) => work() },
      database: {
        query: async () => [],
        rows: () => ({ count: 0 }),
        transaction: () => Promise.reject(new Error('not needed')),
      },
      edges: {
        setStatus: async (status) => void statuses.push(status),
        markAllOffline: async () => undefined,
        dependants: async () => ({ devices: ['d'], cameras: ['c'] }),
      },
      deadLetters: { add: async (_, given) => void letters.push(...given) },
      clock: createTestClock(),
      log: silentLog,
      onCommitted: (given) => void effects.push(given),
    });
    stops.push(() => receiver.stop());
    await receiver.start();
    await vi.waitFor(() => expect(receiver.state()).toEqual({ ok: true }));
    const edge = await connectEdge(broker);
    const send = (message: string | Buffer) => edge.publishAsync(topics.uplink('edge-1', 'alarm'), message, { qos: 1 });
    return { broker, client, edge, send, submitted, letters, statuses, effects, receiver };
  }

  it('[U1] hands on what an edge sends, and acknowledgements find their way back', async () => {
    const { client, edge, send, submitted } = await start();
    await send(gzipSync(JSON.stringify(batch)));
    await vi.waitFor(() => expect(submitted).toEqual([batch]));
    const heard = new Promise((resolve) =>
      edge.once('message', (topic, body) => resolve([topic, JSON.parse(`${body}`)])),
    );
    await edge.subscribeAsync(topics.acks('edge-1'), { qos: 1 });
    const ack = { v: 1, edge: 'edge-1', lane: 'alarm', epoch: 'e1', seq: 1 } as const;
    await createAckSender(client)(ack);
    expect(await heard).toEqual([topics.ack('edge-1', 'alarm'), ack]);
  });

  it('[U8] an unreadable message is kept once, however often it is repeated, and stops nothing', async () => {
    const { send, submitted, letters, receiver } = await start();
    for (const message of ['rubbish', 'rubbish', gzipSync('{'), gzipSync(JSON.stringify({ ...batch, edge: 'edge-2' }))])
      await send(message);
    await send(gzipSync(JSON.stringify(batch)));
    await vi.waitFor(() => expect(submitted).toEqual([batch]));
    await vi.waitFor(() => expect(letters).toHaveLength(3));
    expect(letters.map(({ reason }) => reason)).toEqual([
      'not gzip',
      'not JSON',
      'edge or lane is not the one of its topic',
    ]);
    expect(receiver.figures()).toEqual({ messages: 5, malformed: 4 });
  });

  it('[U9] an edge comes and goes, by its last will too', async () => {
    const { broker, edge, statuses, effects } = await start();
    const status = { edge: 'edge-1', at: '2026-11-22T12:00:00Z', version: '1', httpUrl: null };
    await edge.publishAsync(topics.edgeStatus('edge-1'), JSON.stringify({ ...status, online: true }), {
      qos: 1,
      retain: true,
    });
    const dying = await mqtt.connectAsync(urlOf(broker), {
      username: 'edge-9',
      password: edgeToken,
      reconnectPeriod: 0,
      will: {
        topic: topics.edgeStatus('edge-9'),
        payload: Buffer.from(JSON.stringify({ ...status, edge: 'edge-9', online: false })),
        qos: 1,
        retain: true,
      },
    });
    dying.stream.destroy();
    await vi.waitFor(() =>
      expect(statuses.map((each) => `${each.edge} ${each.online}`)).toEqual(['edge-1 true', 'edge-9 false']),
    );
    await vi.waitFor(() => expect(effects).toContainEqual({ edges: ['edge-9'], devices: ['d'], cameras: ['c'] }));
  });
});
