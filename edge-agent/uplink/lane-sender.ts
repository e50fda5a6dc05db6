import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { SpoolLane } from '../spool/spool-lane.ts';

export interface LaneSenderSettings {
  maxBatchItems: number;
  maxBatchBytes: number;
  /** After a batch that was not full the next such waits for company until so long after it. A lone item goes at once. */
  lingerMs: number;
  /** Batches on the way at a time. */
  window: number;
  ackTimeoutMs: number;
}

export interface LaneSender {
  /** The line is up: sends from the cursor on. */
  connected(): void;
  disconnected(): void;
  /** The hub's word: it has everything of `epoch` up to and including `seq`. */
  acknowledged(epoch: string, seq: number): void;
  /** Something changed that may let more go out. */
  wake(): void;
  figures(): { epoch: string; head: number; acked: number; inFlight: number; resends: number };
  stop(): void;
}

export interface LaneSenderDeps {
  edge: string;
  lane: SpoolLane;
  settings: LaneSenderSettings;
  /** Hands a packed batch to the line. Whether it arrives is told by an acknowledgement alone. */
  publish(lane: Lane, body: Buffer): void;
  /** False holds the lane back. */
  allowed(): boolean;
  /** The hub holds less than it said before: it may be another one, or one that was put back. */
  onWentBack(): void;
  clock: Clock;
  log: Log;
}

const gzipAsync = promisify(gzip);
/** After the hub repeated its cursor, an acknowledgement that is only late has this long. */
const gapWaitMs = 500;
/** Below this the trip to the thread pool costs more than packing. */
const packHereBytes = 16 * 1024;
/** Of a lane that does not linger: one that is being applied, and the next at hand. */
const alarmPartsInFlight = 2;

/**
 * One lane's window over the spool: sends ahead of the acknowledgements, goes back to the cursor when one stays out or
 * says so, and never decides by itself that something arrived. U-rules of contracts/SPEC.md.
 */
export function createLaneSender(deps: LaneSenderDeps): LaneSender {
  const { edge, lane, settings, publish, allowed, clock, log } = deps;
  let online = false;
  let stopped = false;
  let epoch = lane.epoch;
  let next = lane.acked + 1;
  /** Grows whenever `next` goes back: what was read or packed before that is not sent. */
  let generation = 0;
  let inFlight: { lastSeq: number; sentAtMs: number }[] = [];
  let pumping = false;
  let again = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  let cancelLinger: (() => void) | null = null;
  let cancelTimeout: (() => void) | null = null;
  /** The hub repeated its cursor: the answer to a replay, or to a gap. Time tells which. */
  let suspected = false;
  let renumbering = false;
  let resends = 0;
  let quiet = false;

  function goBack(seq: number): void {
    generation++;
    if (inFlight.length > 0) resends++;
    inFlight = [];
    suspected = false;
    next = seq + 1;
    armTimeout();
    void pump();
  }

  function takeEpoch(): void {
    epoch = lane.epoch;
    goBack(lane.acked);
  }

  async function pump(): Promise<void> {
    if (pumping) {
      again = true;
      return;
    }
    pumping = true;
    try {
      do {
        again = false;
        while (await sendOne());
      } while (again);
    } catch (err) {
      if (stopped) return;
      log.error({ err, lane: lane.name }, 'the spool could not be read; trying again');
      clock.after(1_000, () => void pump());
    } finally {
      pumping = false;
    }
  }

  /** @returns whether to look for more. */
  async function sendOne(): Promise<boolean> {
    if (!online || stopped || !allowed() || inFlight.length >= settings.window) return false;
    if (epoch !== lane.epoch) {
      takeEpoch();
      return true;
    }
    // What is not a whole batch waits while one is on the way: the hub could not apply it sooner, and its
    // acknowledgement takes along all that came meanwhile. So batches are small when little comes and grow with the load.
    const isPart = lane.head - next + 1 < settings.maxBatchItems;
    if (isPart && inFlight.length >= (settings.lingerMs === 0 ? alarmPartsInFlight : 1)) return false;
    if (isPart && lingers()) return false;
    const own = generation;
    const read = await lane.read(next, settings.maxBatchItems, settings.maxBatchBytes);
    if (own !== generation || !online || stopped) return online && !stopped;
    if (read.kind === 'empty') return false;
    if (read.kind === 'gone') {
      // The hub learns from oldestSeq that what lies before will not come.
      if (epoch === lane.epoch) next = read.from;
      return true;
    }
    // Numbers read just before they were given anew.
    if (read.epoch !== epoch) return true;
    const head = JSON.stringify({
      v: 1,
      edge,
      epoch,
      lane: lane.name,
      firstSeq: read.firstSeq,
      oldestSeq: read.oldestSeq,
      ...(read.gone && { gone: { fromAt: read.gone.fromAt, toAt: read.gone.toAt, why: read.gone.why } }),
    });
    const body = `${head.slice(0, -1)},"items":[${read.texts.join(',')}]}`;
    const packed = body.length < packHereBytes ? gzipSync(body, { level: 1 }) : await gzipAsync(body, { level: 1 });
    if (own !== generation || !online || stopped) return online && !stopped;
    publish(lane.name, packed);
    lastMs = clock.now();
    next = read.lastSeq + 1;
    inFlight.push({ lastSeq: read.lastSeq, sentAtMs: clock.now() });
    if (inFlight.length === 1) armTimeout();
    return true;
  }

  function lingers(): boolean {
    const waitMs = lastMs + settings.lingerMs - clock.now();
    // A clock that was set back must not hold anything for longer.
    if (waitMs <= 0 || waitMs > settings.lingerMs) return false;
    cancelLinger ??= clock.after(waitMs, () => {
      cancelLinger = null;
      void pump();
    });
    return true;
  }

  function armTimeout(): void {
    cancelTimeout?.();
    cancelTimeout = null;
    const oldest = inFlight[0];
    if (!oldest || stopped) return;
    const waitMs = suspected ? Math.min(gapWaitMs, settings.ackTimeoutMs) : settings.ackTimeoutMs;
    cancelTimeout = clock.after(Math.max(oldest.sentAtMs + waitMs - clock.now(), 0), () => {
      cancelTimeout = null;
      if (!quiet && !suspected) {
        quiet = true;
        log.warn(
          { lane: lane.name, acked: lane.acked, head: lane.head },
          `the hub has not acknowledged for ${settings.ackTimeoutMs} ms; sending again until it does`,
        );
      }
      goBack(lane.acked);
    });
  }

  function renumber(why: string): void {
    if (renumbering) return;
    renumbering = true;
    log.error({ lane: lane.name, why }, 'the hub and the spool disagree on numbers; going on in a new epoch');
    lane
      .renumber()
      .then(
        () => void pump(),
        (err) =>
          log.error({ err, lane: lane.name }, 'a new epoch could not be written; trying again at the next answer'),
      )
      .finally(() => {
        renumbering = false;
      });
  }

  return {
    connected() {
      online = true;
      epoch = lane.epoch;
      goBack(lane.acked);
    },
    disconnected() {
      online = false;
      generation++;
      inFlight = [];
      armTimeout();
    },
    acknowledged(ackEpoch, seq) {
      if (ackEpoch !== lane.epoch || epoch !== lane.epoch) return;
      if (seq > lane.head) {
        // This spool never had such numbers: an older copy of it was put back. Going on would give numbers the hub
        // already has to items it does not have.
        renumber(`the hub has ${seq}, the spool ends at ${lane.head}`);
        return;
      }
      if (seq > lane.acked) {
        lane.ack(seq);
        inFlight = inFlight.filter(({ lastSeq }) => lastSeq > seq);
        if (next <= seq) next = seq + 1;
        suspected = false;
        if (quiet) {
          quiet = false;
          log.info({ lane: lane.name, acked: seq, head: lane.head }, 'the hub acknowledges again');
        }
        armTimeout();
        void pump();
        return;
      }
      if (seq === lane.acked) {
        // Sending again at once would be answered in the same way, for ever.
        if (inFlight.length === 0 || suspected) return;
        suspected = true;
        armTimeout();
        return;
      }
      log.warn(
        { lane: lane.name, had: lane.acked, has: seq },
        'the hub holds less than it did; sending what is still here',
      );
      lane.rewind(seq);
      deps.onWentBack();
      goBack(seq);
    },
    wake() {
      if (!online || stopped) return;
      void pump();
    },
    figures: () => ({ epoch: lane.epoch, head: lane.head, acked: lane.acked, inFlight: inFlight.length, resends }),
    stop() {
      stopped = true;
      online = false;
      cancelLinger?.();
      cancelTimeout?.();
    },
  };
}
