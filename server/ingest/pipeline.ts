import { randomUUID } from 'node:crypto';
import type { UplinkAck, UplinkBatch } from '@kuzet/contracts/uplink.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createPause } from '@kuzet/lib/pause.ts';
import { createTally } from '@kuzet/lib/tally.ts';
import { together } from '@kuzet/lib/together.ts';
import { applyItems } from './apply-items.ts';
import { DeviceChangedError, type HeardLately, loadDevices } from './device-state.ts';
import { lockCursor, moveCursor, placeStretch } from './edge-cursor.ts';
import { toReadingRows } from './insert-readings.ts';
import { createLaneQueues, type Stretch } from './lane-queue.ts';
import { noteGap } from './note-gap.ts';
import type { Database, DeadLetters, Effects, IncidentBook, InventoryBook } from './ports.ts';
import { refusedLetter } from './quarantine.ts';
import { readingsByDevice } from './readings-by-device.ts';
import { createSpareTime, type SpareTime } from './spare-time.ts';

export interface PipelineOptions {
  database: Database;
  inventory: InventoryBook;
  deadLetters: DeadLetters;
  book: IncidentBook;
  clock: Clock;
  log: Log;
  newId?: () => string;
  sendAck(ack: UplinkAck): Promise<void>;
  /** After a commit, never before; must not throw. */
  onCommitted(effects: Effects): void;
}
export interface PipelineFigures {
  batches: number;
  items: number;
  readings: number;
  replays: number;
  gaps: number;
  /** Items that edges gave up (U10). */
  lostItems: number;
  failures: number;
  deadLetters: number;
  waitingItems: number;
}
export interface Pipeline {
  /** Takes a batch that has passed its schema. Returns at once; batches of one edge and lane are applied in order. */
  submit(batch: UplinkBatch): void;
  /** Reads a message: at once, or as soon as a transaction that is being prepared is on its way to the database. */
  whenSpare: SpareTime['whenSpare'];
  /** For /readyz: false while the transaction cannot be committed. */
  state(): { ok: boolean; detail?: string };
  figures(): PipelineFigures;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  /** Lets the transaction in progress end and takes no more. */
  stop(): Promise<void>;
}

type Outcome =
  | { kind: 'applied'; ack: UplinkAck; effects: Effects; readings: number; deadLetters: number; lost: number }
  | { kind: 'replay'; ack: UplinkAck }
  | { kind: 'gap'; ack: UplinkAck }
  | { kind: 'retired' };

const firstRetryMs = 100;
const longestRetryMs = 5_000;
/** An alarm lane that was heard within this time is one where an alarm may come next. */
const alarmsComeMs = 1_000;
/** Items in a transaction of telemetry that an alarm may have to wait for. */
const mostWhileAlarmsCome = 2_000;
/** A shorter transaction holds up no alarm that anybody would notice. */
const worthAPauseMs = 5;
/** SQLSTATE classes that speak of the data: cardinality, data exception, integrity. Trying again changes nothing. */
const dataFault = /^2[123]/;

/** A person or the silence watch wrote a device in the same moment: what was read of it is read again. */
async function untilUndisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let disturbed = 0; ; disturbed++) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof DeviceChangedError) || disturbed >= maxDisturbances) throw cause;
    }
  }
}
const maxDisturbances = 5;

/**
 * The one order in which everything that an edge sends becomes true:
 * cursor → readings → device state → alarms → incidents → outbox → cursor, in ONE transaction, then the acknowledgement,
 * then screens and dispatch. One transaction at a time, so that two alarms never open the same incident twice. What does
 * not wait for an answer goes to the database together: a transaction without alarms is three round trips.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { database, clock, log, sendAck, onCommitted } = options;
  const newId = options.newId ?? randomUUID;
  const queues = createLaneQueues();
  const tally = createTally(clock);
  const heardLately: HeardLately = new Map();
  const figures = { batches: 0, items: 0, readings: 0, replays: 0, gaps: 0, lostItems: 0, failures: 0, deadLetters: 0 };
  let running: Promise<void> | null = null;
  let stopped = false;
  let failing: { detail: string; retryMs: number } | null = null;
  const beforeRetry = createPause(clock);
  const roomForAlarms = createPause(clock);
  let lastAlarmMs = Number.NEGATIVE_INFINITY;
  const spareTime = createSpareTime();

  const alarmsCome = () => clock.now() - lastAlarmMs <= alarmsComeMs;
  /**
   * While alarms come, telemetry has at most half of the database's time: it waits as long as it took, or until an alarm
   * is there. What waits meanwhile goes in fewer and larger transactions, so a backlog is hardly slower for it.
   */
  async function leaveRoom(tookMs: number): Promise<void> {
    if (tookMs >= worthAPauseMs && alarmsCome() && !queues.waitsFor('alarm')) await roomForAlarms.wait(tookMs);
  }

  async function pump(): Promise<void> {
    const take = () => queues.take(alarmsCome() ? mostWhileAlarmsCome : undefined);
    for (let stretch = take(); stretch && !stopped; stretch = take()) {
      const begunMs = clock.now();
      try {
        const outcome = await untilUndisturbed(() => applyStretch(stretch)).finally(spareTime.free);
        if (failing) log.info('the pipeline commits again');
        failing = null;
        queues.widen(stretch);
        settle(stretch, outcome);
        if (stretch.lane === 'alarm') {
          // An inventory alone says nothing of what may come.
          if (stretch.items.some(({ t }) => t !== 'inventory')) lastAlarmMs = clock.now();
        } else await leaveRoom(clock.now() - begunMs);
      } catch (cause) {
        figures.failures += 1;
        await recover(stretch, cause as Error);
      }
    }
  }

  const applyStretch = ({ edge, lane, ...stretch }: Stretch): Promise<Outcome> =>
    database.transaction(async (tx): Promise<Outcome> => {
      spareTime.taken();
      const at = new Date(clock.now());
      const named = readingsByDevice(stretch.items);
      const [cursor, devices, ahead] = await together([
        lockCursor(tx, edge, lane),
        loadDevices(tx, named.keys(), heardLately),
        // Made ready while the database looks.
        (async () => toReadingRows(database, [...named.values()].flat()))(),
      ]);
      const place = placeStretch(cursor, stretch);
      const ackAt = (seq: number): UplinkAck => ({ v: 1, edge, lane, epoch: stretch.epoch, seq });
      if (place.kind === 'retired') return { kind: 'retired' };
      if (place.kind !== 'apply') {
        return { kind: place.kind, ack: ackAt(cursor?.epoch === stretch.epoch ? cursor.seq : 0) };
      }
      if (place.lost > 0) await noteGap(tx, { edge, lane, at, lost: place.lost }, stretch);
      const seq = stretch.firstSeq + stretch.items.length - 1;
      const isWhole = place.skip === 0;
      const items = isWhole ? stretch.items : stretch.items.slice(place.skip);
      const origin = { edge, lane, at, tally };
      const writing = together([
        applyItems({ ...options, newId, heardLately }, tx, origin, items, devices, isWhole ? ahead : null),
        moveCursor(tx, { edge, lane, epoch: stretch.epoch, seq, at }, cursor),
      ]);
      spareTime.free();
      const [applied] = await writing;
      return { kind: 'applied', ack: ackAt(seq), ...applied, lost: place.lost };
    });

  function settle(stretch: Stretch, outcome: Outcome): void {
    const { edge, lane, epoch } = stretch;
    if (outcome.kind === 'retired') {
      tally.count(`retired ${edge} ${lane}`, (times) =>
        log.warn({ edge, lane, epoch, times }, 'batch of a spool this edge has replaced since; left out'),
      );
      return;
    }
    if (outcome.kind === 'gap') {
      figures.gaps += 1;
      queues.dropBeyond(stretch, outcome.ack.seq);
      tally.count(`gap ${edge} ${lane}`, (times) =>
        log.warn({ edge, lane, times, have: outcome.ack.seq, got: stretch.firstSeq }, 'gap in an uplink; asked again'),
      );
    } else if (outcome.kind === 'replay') figures.replays += 1;
    else {
      figures.batches += 1;
      figures.items += stretch.items.length;
      figures.readings += outcome.readings;
      figures.deadLetters += outcome.deadLetters;
      figures.lostItems += outcome.lost;
      if (outcome.lost > 0)
        log.error({ edge, lane, lost: outcome.lost }, 'items are gone that no acknowledgement covers');
    }
    sendAckOf(outcome.ack);
    if (outcome.kind === 'applied') onCommitted(outcome.effects);
  }

  function sendAckOf(ack: UplinkAck): void {
    sendAck(ack).catch((err: unknown) =>
      tally.count(`ack ${ack.edge}`, (times) =>
        log.warn({ err, edge: ack.edge, times }, 'acknowledgement not sent; the edge sends again'),
      ),
    );
  }

  /** Data that the database refuses is cornered and put aside; all else is waited out. */
  async function recover(stretch: Stretch, cause: Error & { sqlState?: string | null }): Promise<void> {
    const { edge, lane, items } = stretch;
    if (dataFault.test(cause.sqlState ?? '')) {
      if (items.length > 1) {
        queues.narrow(stretch, Math.floor(items.length / 2));
        queues.putBack(stretch);
        return;
      }
      try {
        return await putAside(stretch, cause);
      } catch (failure) {
        log.error({ err: failure, edge, lane }, 'an item the database refuses could not be put aside');
      }
    }
    queues.putBack(stretch);
    const retryMs = failing ? Math.min(failing.retryMs * 2, longestRetryMs) : firstRetryMs;
    if (!failing) log.error({ err: cause, edge, lane }, 'the pipeline cannot commit; trying until it can');
    failing = { detail: `cannot commit: ${cause.message}`, retryMs };
    await beforeRetry.wait(retryMs);
  }

  /** The single item that the database refuses goes to the dead letters, and its lane goes on. */
  async function putAside({ edge, lane, epoch, firstSeq, items }: Stretch, cause: Error): Promise<void> {
    await database.transaction(async (tx) => {
      const at = new Date(clock.now());
      const cursor = await lockCursor(tx, edge, lane);
      await options.deadLetters.add(
        tx,
        items.map((item) => refusedLetter(edge, lane, at, item, cause.message)),
      );
      await moveCursor(tx, { edge, lane, epoch, seq: firstSeq, at }, cursor);
    });
    figures.deadLetters += items.length;
    log.error({ err: cause, edge, lane, seq: firstSeq }, 'the database refuses an item; it is kept as a dead letter');
    sendAckOf({ v: 1, edge, lane, epoch, seq: firstSeq });
    onCommitted({ deadLetters: items.length });
  }

  function wake(): void {
    if (running || stopped) return;
    running = pump().finally(() => {
      running = null;
    });
  }

  return {
    submit(batch) {
      if (stopped) return;
      if (!queues.add(batch)) {
        tally.count(`full ${batch.edge}`, (times) =>
          log.warn(
            { edge: batch.edge, lane: batch.lane, times },
            'too much waits; batch left for the edge to send again',
          ),
        );
      }
      if (batch.lane === 'alarm') roomForAlarms.end();
      wake();
    },
    whenSpare: spareTime.whenSpare,
    state: () => (failing ? { ok: false, detail: failing.detail } : { ok: true }),
    figures: () => ({ ...figures, waitingItems: queues.waitingItems() }),
    async idle() {
      while (running) await running;
    },
    async stop() {
      stopped = true;
      tally.stop();
      beforeRetry.end();
      roomForAlarms.end();
      await running;
    },
  };
}
