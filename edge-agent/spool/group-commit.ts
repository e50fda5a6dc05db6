import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { maxRecordBytes } from './segment-frame.ts';

export type AppendDone = (err: Error | null) => void;

/** Items of one append, their keys beside them. */
interface Pending {
  texts: string[];
  keys: (string | null)[];
  chars: number;
  done: AppendDone;
}

export interface GroupCommit {
  readonly fault: string | null;
  readonly duplicates: number;
  append(texts: readonly string[], done: AppendDone, keys?: readonly (string | null)[]): void;
  /** Writes what is queued, once more if it failed, and refuses the rest. */
  close(): Promise<void>;
}

export interface GroupCommitDeps {
  lane: Lane;
  folder: string;
  clock: Clock;
  log: Log;
  /** Queued characters beyond which an append is refused while the disk does not take them. */
  maxPendingBytes: number;
  retryMs: number;
  /** Which keys came lately; null where none are remembered. */
  seen: { has(key: string): boolean; remember(key: string): void } | null;
  /** Resolves when the items are durable. A call after a failed one has the same items first. */
  write(texts: string[], keys: (string | null)[]): Promise<void>;
  onWritten(): void;
}

/** What waiting for an answer costs by itself: known readings that come while the disk takes nothing are bounded too. */
const answerChars = 64;

/** What comes while a write is under way becomes one write after it, and one fdatasync. Answers come in order. */
export function createGroupCommit(deps: GroupCommitDeps): GroupCommit {
  const { lane, folder, clock, log, seen } = deps;
  let pending: Pending[] = [];
  let pendingChars = 0;
  let flushing = false;
  let closing = false;
  let fault: string | null = null;
  let duplicates = 0;
  let retryNow: (() => void) | null = null;
  let flushed: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    while (pending.length > 0) {
      const group = pending;
      pending = [];
      try {
        await deps.write(
          group.flatMap(({ texts }) => texts),
          group.flatMap(({ keys }) => keys),
        );
      } catch (err) {
        pending = [...group, ...pending];
        if (fault === null) {
          log.error(
            { err, lane },
            `the spool cannot write in ${folder}: sensors get no acknowledgement and keep their messages; free space or mend permissions, nothing needs a restart`,
          );
        }
        fault = `cannot write in ${folder}: ${(err as NodeJS.ErrnoException).code ?? (err as Error).message}`;
        if (closing) break;
        await new Promise<void>((resolve) => {
          const cancel = clock.after(deps.retryMs, resolve);
          retryNow = () => {
            cancel();
            resolve();
          };
        });
        retryNow = null;
        continue;
      }
      if (fault !== null) log.info({ lane }, 'the spool writes again');
      fault = null;
      for (const { chars } of group) pendingChars -= chars;
      for (const { done } of group) done(null);
      deps.onWritten();
    }
    flushing = false;
  }

  function startFlush(): void {
    flushing = true;
    // The rest of the socket's chunk joins this group.
    flushed = new Promise((resolve) => setImmediate(resolve)).then(flush);
  }

  /** What of it did not come before. */
  function news(texts: readonly string[], keys: readonly (string | null)[], done: AppendDone): Pending {
    const own: Pending = { texts: [], keys: [], chars: answerChars, done };
    for (const [index, text] of texts.entries()) {
      const key = seen ? (keys[index] ?? null) : null;
      if (key !== null && seen) {
        if (seen.has(key)) {
          duplicates++;
          continue;
        }
        seen.remember(key);
      }
      own.texts.push(text);
      own.keys.push(key);
      own.chars += text.length;
    }
    return own;
  }

  return {
    get fault() {
      return fault;
    },
    get duplicates() {
      return duplicates;
    },
    append(texts, done, keys = []) {
      let chars = 0;
      for (const text of texts) {
        chars += text.length;
        if (text.length * 3 > maxRecordBytes && Buffer.byteLength(text) > maxRecordBytes) {
          return done(new Error(`an item of more than ${maxRecordBytes} bytes cannot be kept`));
        }
      }
      if (closing) return done(new Error('the spool is closed'));
      if (pendingChars + chars > deps.maxPendingBytes) {
        return done(new Error(`the spool ${fault ?? 'is behind: the disk is too slow for what comes in'}`));
      }
      const own = news(texts, keys, done);
      // All of it is on disk already. While a write is under way its first copy may be in there, so it waits.
      if (own.texts.length === 0 && !flushing) return done(null);
      pendingChars += own.chars;
      pending.push(own);
      if (!flushing) startFlush();
    },
    async close() {
      closing = true;
      retryNow?.();
      await flushed;
      for (const { done } of pending) done(new Error(`the spool ${fault ?? 'is closed'}`));
      pending = [];
    },
  };
}
