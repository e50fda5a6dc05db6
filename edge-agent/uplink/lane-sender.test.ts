import { gunzipSync } from 'node:zlib';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { expect, test, vi } from 'vitest';
import type { SpoolLane } from '../spool/spool-lane.ts';
import { createLaneSender } from './lane-sender.ts';

/** A lane that holds numbers 1 to `head`, each an item of its number. */
function setUp(lingerMs: number) {
  const clock = createTestClock();
  const sent: string[][] = [];
  let head = 0;
  let acked = 0;
  const lane = {
    name: 'telemetry',
    epoch: 'epoch',
    get head() {
      return head;
    },
    get acked() {
      return acked;
    },
    ack: (seq: number) => {
      acked = seq;
    },
    read: async (from: number, maxItems: number) => {
      if (from > head) return { kind: 'empty' };
      const lastSeq = Math.min(head, from + maxItems - 1);
      const texts = Array.from({ length: lastSeq - from + 1 }, (_, i) => String(from + i));
      return { kind: 'items', epoch: 'epoch', firstSeq: from, lastSeq, oldestSeq: 1, texts, gone: null };
    },
  } as unknown as SpoolLane;
  const sender = createLaneSender({
    edge: 'edge',
    lane,
    settings: { maxBatchItems: 10, maxBatchBytes: 100_000, lingerMs, window: 4, ackTimeoutMs: 5_000 },
    publish: (_lane, body) => sent.push(JSON.parse(gunzipSync(body).toString()).items),
    allowed: () => true,
    onWentBack: () => undefined,
    clock,
    log: silentLog,
  });
  sender.connected();
  return {
    clock,
    sent,
    sender,
    write(count: number) {
      head += count;
      sender.wake();
    },
    ack: (seq = head) => sender.acknowledged('epoch', seq),
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('[E56] a lone item goes at once, what follows within lingerMs goes together', async () => {
  const { clock, sent, write, ack } = setUp(20);
  write(1);
  await vi.waitFor(() => expect(sent).toEqual([[1]]));
  ack();
  write(1);
  write(2);
  await turn();
  clock.advance(19);
  await turn();
  expect(sent).toHaveLength(1);
  clock.advance(1);
  await vi.waitFor(() => expect(sent).toEqual([[1], [2, 3, 4]]));
});

test('[E56] a full batch waits for nothing, nor does what comes after the clock was set back', async () => {
  const { clock, sent, write, ack } = setUp(20);
  write(1);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  ack();
  write(10);
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]).toHaveLength(10);
  ack();
  clock.advance(-3_600_000);
  write(1);
  await vi.waitFor(() => expect(sent).toHaveLength(3));
});

test('[E56] a lane that does not linger sends each at once', async () => {
  const { sent, write, ack } = setUp(0);
  write(1);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  ack();
  write(1);
  await vi.waitFor(() => expect(sent).toEqual([[1], [2]]));
});

test('[P24] while a batch is on the way, less than a whole one waits for its acknowledgement and goes with the rest', async () => {
  const { sent, write, ack, clock } = setUp(20);
  write(1);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  for (let i = 0; i < 5; i++) write(1);
  clock.advance(1_000);
  await turn();
  expect(sent).toHaveLength(1);
  // A whole batch does not wait.
  write(7);
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]).toHaveLength(10);
  await turn();
  expect(sent).toHaveLength(2);
  ack(11);
  clock.advance(20);
  await vi.waitFor(() => expect(sent[2]).toEqual([12, 13]));
});

test('[P24] in a lane that does not linger one more is sent ahead', async () => {
  const { sent, write, ack } = setUp(0);
  for (let i = 1; i <= 4; i++) {
    write(1);
    await turn();
  }
  expect(sent).toEqual([[1], [2]]);
  ack(1);
  await vi.waitFor(() => expect(sent).toEqual([[1], [2], [3, 4]]));
});
