import type { Gone, Lane, UplinkBatch, UplinkItem } from '@kuzet/contracts/uplink.ts';

/** What one transaction applies: items of one edge, lane and epoch with consecutive sequence numbers. */
export interface Stretch {
  edge: string;
  lane: Lane;
  epoch: string;
  firstSeq: number;
  oldestSeq?: number | undefined;
  gone?: Gone | undefined;
  items: UplinkItem[];
}

/** More rows in one statement gain nothing and hold up alarms (measured: best at 1,000 to 5,000). */
const maxItems = 5_000;
/** Several windows of an edge. What comes beyond is not taken: the edge still has it and sends it again. */
const maxWaitingItems = 50_000;

interface LaneQueue {
  lane: Lane;
  waiting: Stretch[];
  waitingItems: number;
  /** Fewer than `maxItems` while an item is looked for that the database refuses. */
  limit: number;
}

/** Waiting batches by edge and lane. Alarm lanes go first; edges take turns. */
export function createLaneQueues() {
  const queues = new Map<string, LaneQueue>();
  const keyOf = ({ edge, lane }: { edge: string; lane: Lane }) => `${edge} ${lane}`;
  const queueOf = (at: { edge: string; lane: Lane }): LaneQueue => {
    const key = keyOf(at);
    let queue = queues.get(key);
    if (!queue) {
      queue = { lane: at.lane, waiting: [], waitingItems: 0, limit: maxItems };
      queues.set(key, queue);
    }
    return queue;
  };

  return {
    /** False when too much waits already. */
    add({ v: _, ...stretch }: UplinkBatch): boolean {
      const queue = queueOf(stretch);
      if (queue.waitingItems + stretch.items.length > maxWaitingItems) return false;
      queue.waiting.push(stretch);
      queue.waitingItems += stretch.items.length;
      return true;
    },
    /**
     * The next stretch to apply, waiting batches that follow on each other made one; null when nothing waits.
     * @param mostTelemetry items of telemetry in it.
     */
    take(mostTelemetry = maxItems): Stretch | null {
      const ready = [...queues].filter(([, queue]) => queue.waiting.length > 0);
      const [key, queue] = ready.find(([, { lane }]) => lane === 'alarm') ?? ready[0] ?? [];
      if (key === undefined || !queue) return null;
      // To the end of the line, so that the other edges come before this one's next stretch.
      queues.delete(key);
      queues.set(key, queue);
      return cut(queue, queue.lane === 'telemetry' ? Math.min(queue.limit, mostTelemetry) : queue.limit);
    },
    /** Puts a stretch that was not applied back at the head of its lane. */
    putBack(stretch: Stretch): void {
      const queue = queueOf(stretch);
      queue.waiting.unshift(stretch);
      queue.waitingItems += stretch.items.length;
    },
    /** After a gap: forgets what lies behind it, since the edge sends all of it again from the cursor on. */
    dropBeyond(at: { edge: string; lane: Lane; epoch: string }, seq: number): void {
      const queue = queueOf(at);
      queue.waiting = queue.waiting.filter((stretch) => stretch.epoch !== at.epoch || stretch.firstSeq <= seq + 1);
      queue.waitingItems = queue.waiting.reduce((sum, { items }) => sum + items.length, 0);
    },
    narrow(at: { edge: string; lane: Lane }, limit: number): void {
      queueOf(at).limit = Math.max(1, limit);
    },
    widen(at: { edge: string; lane: Lane }): void {
      const queue = queueOf(at);
      queue.limit = Math.min(maxItems, queue.limit * 2);
    },
    waitsFor: (lane: Lane) => [...queues.values()].some((queue) => queue.lane === lane && queue.waiting.length > 0),
    waitingItems: () => [...queues.values()].reduce((sum, queue) => sum + queue.waitingItems, 0),
  };
}

function cut(queue: LaneQueue, limit: number): Stretch {
  const head = queue.waiting.shift()!;
  const stretch = { ...head };
  for (let next = queue.waiting[0]; next && stretch.items.length < limit; next = queue.waiting[0]) {
    if (next.epoch !== stretch.epoch || next.firstSeq !== stretch.firstSeq + stretch.items.length) break;
    stretch.items = stretch.items.concat(next.items);
    queue.waiting.shift();
  }
  // What follows an inventory is judged by it, so an inventory only ever stands first.
  const nextInventory = stretch.items.findIndex((item, index) => index > 0 && item.t === 'inventory');
  const length = Math.min(limit, nextInventory < 0 ? stretch.items.length : nextInventory);
  if (length < stretch.items.length) {
    queue.waiting.unshift({ ...stretch, firstSeq: stretch.firstSeq + length, items: stretch.items.slice(length) });
    stretch.items = stretch.items.slice(0, length);
  }
  queue.waitingItems -= stretch.items.length;
  return stretch;
}

export type LaneQueues = ReturnType<typeof createLaneQueues>;
