import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createPause } from '@kuzet/lib/pause.ts';
import { maxRecordBytes } from './segment-frame.ts';

export type AppendDone = (err: Error | null) => void;

/** What becomes one write. An append of a known text adds only the one who waits for it. */
interface Group {
  texts: string[];
  keys: (string | null)[];
  waiting: AppendDone[];
  chars: number;
}

export interface GroupCommit {
  readonly fault: string | null;
  readonly duplicates: number;
  append(text: string, done: AppendDone, key: string | null): void;
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
  /**
   * Between the starts of two writes: what comes meanwhile shares the second. A lone append waits for none, and a second
   * write begins sooner when as many wait for it as shared the first: they may be all that there are.
   */
  groupMs: number;
  /** Whether a key did not come lately, and remembers it; null where none are remembered. */
  isNew: ((key: string) => boolean) | null;
  /** Resolves when the items are durable. A call after a failed one has the same items first. */
  write(texts: string[], keys: (string | null)[]): Promise<void>;
  onWritten(): void;
}

/** What waiting for an answer costs by itself: known readings that come while the disk takes nothing are bounded too. */
const answerChars = 64;

/** With fewer it is worth waiting: one write and fdatasync costs as much as thirty readings. */
const worthAWrite = 30;

const emptyGroup = (): Group => ({ texts: [], keys: [], waiting: [], chars: 0 });

/** What comes while a write is under way becomes one write after it, and one fdatasync. Answers come in order. */
export function createGroupCommit(deps: GroupCommitDeps): GroupCommit {
  const { lane, folder, clock, log, isNew } = deps;
  let pending = emptyGroup();
  let writingChars = 0;
  let flushing = false;
  let closing = false;
  let fault: string | null = null;
  let duplicates = 0;
  const pause = createPause(clock);
  let gathering = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  let enough = Number.POSITIVE_INFINITY;
  let flushed: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    while (pending.waiting.length > 0) {
      const waitMs = lastMs + deps.groupMs - clock.now();
      // More than groupMs: somebody set the clock back.
      if (waitMs > 0 && waitMs <= deps.groupMs && !closing && pending.waiting.length < enough) await gather(waitMs);
      lastMs = clock.now();
      const group = pending;
      pending = emptyGroup();
      enough = Math.max(group.waiting.length, worthAWrite);
      writingChars = group.chars;
      try {
        await deps.write(group.texts, group.keys);
      } catch (err) {
        pending = {
          texts: group.texts.concat(pending.texts),
          keys: group.keys.concat(pending.keys),
          waiting: group.waiting.concat(pending.waiting),
          chars: group.chars + pending.chars,
        };
        writingChars = 0;
        if (fault === null) {
          log.error(
            { err, lane },
            `the spool cannot write in ${folder}: sensors get no acknowledgement and keep their messages; free space or mend permissions, nothing needs a restart`,
          );
        }
        fault = `cannot write in ${folder}: ${(err as NodeJS.ErrnoException).code ?? (err as Error).message}`;
        if (closing) break;
        await pause.wait(deps.retryMs);
        continue;
      }
      if (fault !== null) log.info({ lane }, 'the spool writes again');
      fault = null;
      writingChars = 0;
      for (const done of group.waiting) done(null);
      deps.onWritten();
    }
    flushing = false;
  }

  async function gather(ms: number): Promise<void> {
    gathering = true;
    await pause.wait(ms);
    gathering = false;
    // The rest of what the sockets hold joins this group.
    if (pending.waiting.length >= enough) await new Promise((resolve) => setImmediate(resolve));
  }

  function startFlush(): void {
    flushing = true;
    // The rest of the socket's chunk joins this group.
    flushed = new Promise((resolve) => setImmediate(resolve)).then(flush);
  }

  return {
    get fault() {
      return fault;
    },
    get duplicates() {
      return duplicates;
    },
    append(text, done, key) {
      if (text.length * 3 > maxRecordBytes && Buffer.byteLength(text) > maxRecordBytes) {
        return done(new Error(`an item of more than ${maxRecordBytes} bytes cannot be kept`));
      }
      if (closing) return done(new Error('the spool is closed'));
      if (writingChars + pending.chars + text.length > deps.maxPendingBytes) {
        return done(new Error(`the spool ${fault ?? 'is behind: the disk is too slow for what comes in'}`));
      }
      if (key === null || isNew === null || isNew(key)) {
        pending.texts.push(text);
        pending.keys.push(isNew === null ? null : key);
        pending.chars += text.length;
      } else {
        duplicates++;
        // It is on disk already. While a write is under way its first copy may be in there, so it waits.
        if (!flushing) return done(null);
      }
      pending.chars += answerChars;
      pending.waiting.push(done);
      if (!flushing) startFlush();
      else if (gathering && pending.waiting.length >= enough) pause.end();
    },
    async close() {
      closing = true;
      pause.end();
      await flushed;
      for (const done of pending.waiting) done(new Error(`the spool ${fault ?? 'is closed'}`));
      pending = emptyGroup();
    },
  };
}
