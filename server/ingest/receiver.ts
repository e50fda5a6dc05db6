import { createHash } from 'node:crypto';
import { topics } from '@kuzet/contracts/topics.ts';
import { EdgeStatus } from '@kuzet/contracts/uplink.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createTally } from '@kuzet/lib/tally.ts';
import { Compile } from 'typebox/compile';
import type { Pipeline } from './pipeline.ts';
import type { BrokerClient, Database, DeadLetters, Edges, Effects } from './ports.ts';
import { letter } from './quarantine.ts';
import { readBatch } from './read-batch.ts';

export interface ReceiverOptions {
  client: BrokerClient;
  pipeline: Pick<Pipeline, 'submit' | 'whenSpare'>;
  database: Database;
  edges: Edges;
  deadLetters: DeadLetters;
  clock: Clock;
  log: Log;
  onCommitted(effects: Effects): void;
}
export interface Receiver {
  /** Forgets who was online in an earlier run, then listens as soon as there is a broker to listen to. */
  start(): Promise<void>;
  /** For /readyz: whether uplinks would be heard. */
  state(): { ok: boolean; detail?: string };
  figures(): { messages: number; malformed: number };
  stop(): Promise<void>;
}

const edgeStatus = Compile(EdgeStatus);
/** Of unreadable messages that an edge repeats, one copy is kept; this many different ones are remembered. */
const rememberedMessages = 1_000;
const firstRetryMs = 500;
const longestRetryMs = 10_000;

export function createReceiver(options: ReceiverOptions): Receiver {
  const { client, pipeline, database, edges, deadLetters, clock, log, onCommitted } = options;
  const figures = { messages: 0, malformed: 0 };
  const tally = createTally(clock);
  const keptMessages = new Set<string>();
  let last: Promise<void> = Promise.resolve();
  let stopped = false;
  let listening: { ok: boolean; detail?: string } = { ok: false, detail: 'not yet subscribed to uplinks' };

  function takeUplink(topic: string, message: Buffer): void {
    figures.messages += 1;
    pipeline.whenSpare(() => read(topic, message));
  }

  function read(topic: string, message: Buffer): void {
    const result = readBatch(topic, message, timestamp(clock.now()));
    if (result.ok) {
      if (result.refused > 0) figures.malformed += 1;
      pipeline.submit(result.batch);
    } else refuse(topic, message, result.reason);
  }

  /** No acknowledgement can be given for numbers that cannot be read: the edge repeats it until a person looks. */
  function refuse(topic: string, message: Buffer, reason: string): void {
    figures.malformed += 1;
    const edge = topic.split('/').at(-2) ?? '';
    tally.count(`malformed ${edge}`, (times) =>
      log.warn(
        { edge, topic, reason, times, bytes: message.length },
        'unreadable uplink message, kept as a dead letter',
      ),
    );
    const digest = createHash('sha256').update(message).digest('base64');
    if (keptMessages.has(digest)) return;
    keptMessages.add(digest);
    if (keptMessages.size > rememberedMessages) keptMessages.delete(keptMessages.values().next().value as string);
    inOrder(`dead letter of ${edge}`, async () => {
      await deadLetters.add(database, [letter(edge, topic, new Date(clock.now()), message, reason)]);
      onCommitted({ deadLetters: 1 });
    });
  }

  function takeStatus(topic: string, message: Buffer): void {
    const edge = topic.split('/').at(-2) ?? '';
    let status: unknown;
    try {
      status = JSON.parse(message.toString('utf8'));
    } catch {
      status = null;
    }
    if (!edgeStatus.Check(status) || status.edge !== edge) {
      refuse(topic, message, 'not an edge status');
      return;
    }
    inOrder(`status of ${edge}`, async () => {
      await edges.setStatus(status, new Date(clock.now()));
      const { devices, cameras } = await edges.dependants(edge);
      log.info({ edge, online: status.online, version: status.version }, status.online ? 'edge came' : 'edge went');
      onCommitted({ edges: [edge], devices, cameras });
    });
  }

  /** One after the other, each until it is written: a goodbye must not be overtaken by the hello before it. */
  function inOrder(what: string, write: () => Promise<void>): void {
    last = last.then(async () => {
      for (let retryMs = firstRetryMs; !stopped; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
        try {
          return await write();
        } catch (err) {
          if (retryMs === firstRetryMs) log.error({ err }, `${what} not written; trying until it is`);
          await new Promise<void>((resolve) => {
            clock.after(retryMs, resolve);
          });
        }
      }
    });
  }

  return {
    async start() {
      await edges.markAllOffline(new Date(clock.now()));
      Promise.all([
        client.subscribe(topics.edgeStatuses, takeStatus),
        client.subscribe(topics.uplinks, takeUplink),
      ]).then(
        () => {
          listening = { ok: true };
        },
        (err: unknown) => {
          if (stopped) return;
          listening = { ok: false, detail: `no uplinks: ${(err as Error).message}` };
          log.error({ err }, 'the MQTT broker does not let the hub hear its edges: allow it kuzet/v1/#');
        },
      );
    },
    state: () => listening,
    figures: () => ({ ...figures }),
    async stop() {
      stopped = true;
      tally.stop();
      await last;
    },
  };
}
