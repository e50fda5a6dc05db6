import { type AddressInfo, createServer, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { topics } from '@kuzet/contracts/topics.ts';
import { EdgeStatus, type Lane, type UplinkAck, UplinkBatch, type UplinkItem } from '@kuzet/contracts/uplink.ts';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { Compile } from 'typebox/compile';

const batchCheck = Compile(UplinkBatch);
const statusCheck = Compile(EdgeStatus);

export interface Committed {
  seq: number;
  epoch: string;
  item: UplinkItem;
}

/** What a hub holds: cursors and items, by the U-rules of contracts/SPEC.md. Outlives the broker in front of it. */
export interface HubMemory {
  committed: Record<Lane, Committed[]>;
  cursors: Partial<Record<Lane, { epoch: string; seq: number }>>;
  /** Sequence numbers that were told to be gone for good. */
  lost: Record<Lane, number>;
  batches: { lane: Lane; firstSeq: number; count: number }[];
  statuses: EdgeStatus[];
  acks: number;
  /** How many of the next acknowledgements do not go out. */
  dropAcks: number;
  /** How many of the next batches never arrive. */
  dropBatches: number;
}

export const createHubMemory = (): HubMemory => ({
  committed: { alarm: [], telemetry: [] },
  cursors: {},
  lost: { alarm: 0, telemetry: 0 },
  batches: [],
  statuses: [],
  acks: 0,
  dropAcks: 0,
  dropBatches: 0,
});

/** Takes a batch as a hub must; null: nothing is answered. */
export function receiveBatch(memory: HubMemory, topic: string, payload: Buffer): UplinkAck | null {
  if (memory.dropBatches > 0) {
    memory.dropBatches--;
    return null;
  }
  const batch: unknown = JSON.parse(gunzipSync(payload).toString('utf8'));
  if (!batchCheck.Check(batch)) throw new Error(`not a batch: ${JSON.stringify(batchCheck.Errors(batch)[0])}`);
  if (topic !== topics.uplink(batch.edge, batch.lane)) throw new Error(`batch of another topic: ${topic}`);
  const { lane, epoch, firstSeq, oldestSeq, items, edge } = batch;
  memory.batches.push({ lane, firstSeq, count: items.length });
  const cursor = memory.cursors[lane];
  let seq = cursor?.epoch === epoch ? cursor.seq : 0;
  if (firstSeq > seq + 1 && oldestSeq === firstSeq) {
    memory.lost[lane] += firstSeq - seq - 1;
    seq = firstSeq - 1;
  }
  if (firstSeq <= seq + 1) {
    for (const [index, item] of items.entries()) {
      if (firstSeq + index <= seq) continue;
      seq = firstSeq + index;
      memory.committed[lane].push({ seq, epoch, item });
    }
    memory.cursors[lane] = { epoch, seq };
  }
  if (memory.dropAcks > 0) {
    memory.dropAcks--;
    return null;
  }
  memory.acks++;
  return { v: 1, edge, lane, epoch, seq };
}

function receiveStatus(memory: HubMemory, payload: Buffer): void {
  const status: unknown = JSON.parse(payload.toString('utf8'));
  if (!statusCheck.Check(status)) throw new Error('not an edge status');
  memory.statuses.push(status);
}

export interface HubStub {
  port: number;
  /** Pulls the plug: connections are cut without goodbye. */
  close(): Promise<void>;
}

/** A hub's broker with the rules of the uplink behind it. */
export async function startHubStub(
  memory: HubMemory,
  { port = 0, token = 'token-of-the-stub' } = {},
): Promise<HubStub> {
  const aedes = await Aedes.createBroker({
    authenticate(_client, username, password, done) {
      if (username === 'edge-1' && password?.toString() === token) return done(null, true);
      done(Object.assign(new Error('bad user name or password'), { returnCode: 4 }), false);
    },
  });
  const ack = (answer: UplinkAck | null) => {
    if (!answer) return;
    const packet = { topic: topics.ack(answer.edge, answer.lane), payload: JSON.stringify(answer), qos: 1 as const };
    aedes.publish({ cmd: 'publish', dup: false, retain: false, ...packet }, () => undefined);
  };
  aedes.on('publish', ({ topic, payload }, client) => {
    if (topic.startsWith('$SYS') || topic.startsWith('kuzet/v1/ack/')) return;
    if (topic === topics.edgeStatus('edge-1')) receiveStatus(memory, payload as Buffer);
    else if (client) ack(receiveBatch(memory, topic, payload as Buffer));
  });
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(resolve));
      await closed;
    },
  };
}

/** The same rules as a client of a broker that is not ours. */
export async function joinAsHub(memory: HubMemory, url: string): Promise<{ close(): Promise<void> }> {
  const client = await mqtt.connectAsync(url, { clientId: 'hub-stub' });
  client.on('message', (topic, payload) => {
    if (topic === topics.edgeStatus('edge-1')) return receiveStatus(memory, payload);
    const answer = receiveBatch(memory, topic, payload);
    if (answer) client.publish(topics.ack(answer.edge, answer.lane), JSON.stringify(answer), { qos: 1 });
  });
  await client.subscribeAsync([topics.uplinks, topics.edgeStatuses], { qos: 1 });
  return { close: () => client.endAsync(true) };
}
