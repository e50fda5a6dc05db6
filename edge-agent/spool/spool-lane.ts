import { join } from 'node:path';
import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Disk } from './disk.ts';
import { type AppendDone, createGroupCommit } from './group-commit.ts';
import { extendGap, gapOf, type LaneGap } from './lane-gap.ts';
import { openLaneKeys } from './lane-keys.ts';
import { createRecentTexts } from './recent-texts.ts';
import { createFramer, frameHeaderBytes, maxRecordBytes, parseRecords } from './segment-frame.ts';
import { openSegments, type Segment, segmentName } from './segments.ts';

export type LaneRead =
  | {
      kind: 'items';
      epoch: string;
      firstSeq: number;
      lastSeq: number;
      oldestSeq: number;
      texts: string[];
      gone: Gone | null;
    }
  /** Nothing durable from there on yet. */
  | { kind: 'empty' }
  /** Numbers before `from` are no longer held: acknowledged, given up for want of room, or unreadable. */
  | { kind: 'gone'; from: number };

/** What is known of the items right before a read that were given up, for the hub to write down. */
export type Gone = Pick<LaneGap, 'fromAt' | 'toAt' | 'why'>;

/** One lane's numbered, durable queue. Sequence numbers are those of the uplink: they begin at 1 in an epoch. */
export interface SpoolLane {
  readonly name: Lane;
  readonly epoch: string;
  /** The last durable number; 0 when none. */
  readonly head: number;
  /** Up to where the hub has it. */
  readonly acked: number;
  readonly heldBytes: number;
  /** Items with a key that was there already, since this process started. */
  readonly duplicates: number;
  /** Why writing fails at the moment; null while it works. */
  readonly fault: string | null;
  /**
   * Queues a text as the next item; `done` is called in order, after fdatasync, or with why it was not taken.
   * @param key of 16 one-byte characters; null: none. A text whose key was seen lately is on disk already or about to be:
   *   it is counted and left out, and `done` waits for the first one.
   */
  append(text: string, done: AppendDone, key: string | null): void;
  read(fromSeq: number, maxItems: number, maxBytes: number): Promise<LaneRead>;
  /** Forgets what the hub has. Numbers at or below `acked` change nothing. */
  ack(seq: number): void;
  /** The hub's word that it holds less than it said: what is still here will be read again. */
  rewind(seq: number): void;
  /** What is not acknowledged gets new numbers from 1 in a new epoch, because the old numbers cannot go on. */
  renumber(): Promise<void>;
  /** Gives up the oldest segment that is not acknowledged. Null when there is nothing to give. */
  dropOldest(): Promise<{ items: number; bytes: number } | null>;
  /** Called after every group that became durable. One listener. */
  onAppended(listener: () => void): void;
  /** Writes what is queued, once more if it failed, and closes the files. */
  close(): Promise<void>;
}

export interface LaneDeps {
  name: Lane;
  folder: string;
  segmentBytes: number;
  /** Queued bytes beyond which an append is refused while the disk does not take them. */
  maxPendingBytes: number;
  retryMs: number;
  groupMs: number;
  /** Of so many readings, and for so long, the keys are remembered. */
  dedupe: { maxKeys: number; windowS: number };
  /** Of what was written last so much is kept in memory too, for reads. */
  recentChars: number;
  disk: Disk;
  clock: Clock;
  log: Log;
  newEpoch: () => string;
  /** After every group that became durable, for the spool: both lanes share its room. */
  onGrown(): void;
}

const saveAckEveryMs = 1_000;
const keptPositions = 256;

/**
 * Opens a lane: reads its state, cuts a torn tail, goes on where it was. A lane without state begins a new epoch.
 * Inside, records have one running number (`local`) that never restarts; an epoch is an offset to it (`base`).
 */
export async function openSpoolLane(deps: LaneDeps): Promise<SpoolLane> {
  const { name, folder, disk, clock, log } = deps;
  const opened = await openSegments({ folder, disk, log, lane: name, newEpoch: deps.newEpoch });
  const segments: Segment[] = opened.segments;
  let state = opened.state;
  let activeFile = opened.activeFile;
  const seen = await openLaneKeys(
    { lane: name, folder, disk, clock, log, ...deps.dedupe },
    segments,
    opened.activeKeys,
  );
  let heldBytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);

  let closing = false;
  let appended: () => void = () => undefined;
  let cancelSave: (() => void) | null = null;

  /** Where a record begins in its segment, for the boundaries that reads ended on. */
  const positions = new Map<number, number>();

  let turn: Promise<unknown> = Promise.resolve();
  /** One change of files or state at a time. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = turn.then(change);
    turn = result.catch(() => undefined);
    return result;
  };

  const active = () => segments[segments.length - 1]!;
  const headLocal = () => active().firstLocal + active().count - 1;
  /** The lowest number of this epoch that can still be read, or will be the next. */
  const oldestSeq = () => Math.max(segments[0]!.firstLocal - state.base, 1);

  const saveState = (next = state) => disk.replaceText(folder, 'lane.json', JSON.stringify(next));

  function saveLater(): void {
    if (cancelSave || closing) return;
    cancelSave = clock.after(saveAckEveryMs, () => {
      cancelSave = null;
      inTurn(() => saveState()).catch((err) =>
        log.warn({ err, lane: name }, 'the read position was not saved; a restart will send a little again'),
      );
    });
  }

  const frame = createFramer();
  const recent = createRecentTexts(headLocal() + 1, deps.recentChars);
  async function write(texts: string[], keys: (string | null)[]): Promise<void> {
    if (texts.length === 0) return;
    const timeS = Math.floor(clock.now() / 1_000);
    const buffer = frame(texts, keys, timeS);
    if (active().count > 0 && active().bytes + buffer.length > deps.segmentBytes) await roll();
    const segment = active();
    // After a failed try this writes the same bytes over what the try left, so the file never holds a stale record.
    await activeFile.writeAt(buffer, segment.bytes);
    await activeFile.sync();
    segment.bytes += buffer.length;
    segment.count += texts.length;
    heldBytes += buffer.length;
    recent.add(texts);
    seen.wrote(keys, timeS);
  }

  async function roll(): Promise<void> {
    const first = headLocal() + 1;
    const path = join(folder, segmentName(first));
    const file = await disk.open(path, 'create');
    try {
      await disk.syncFolder(folder);
    } catch (err) {
      await file.close();
      throw err;
    }
    await activeFile.close();
    activeFile = file;
    await seen.seal(active().firstLocal);
    segments.push({ firstLocal: first, count: 0, bytes: 0, path });
    positions.delete(first);
  }

  const commit = createGroupCommit({
    lane: name,
    folder,
    clock,
    log,
    maxPendingBytes: deps.maxPendingBytes,
    retryMs: deps.retryMs,
    groupMs: deps.groupMs,
    isNew: deps.dedupe.maxKeys > 0 ? seen.isNew : null,
    write: (texts, keys) => inTurn(() => write(texts, keys)),
    onWritten() {
      appended();
      deps.onGrown();
    },
  });

  const itemsFrom = (local: number, texts: string[]): LaneRead => ({
    kind: 'items',
    epoch: state.epoch,
    firstSeq: local - state.base,
    lastSeq: local + texts.length - 1 - state.base,
    oldestSeq: oldestSeq(),
    texts,
    gone: state.gap?.to === local - 1 ? state.gap : null,
  });

  async function readFrom(local: number, maxItems: number, maxBytes: number): Promise<LaneRead> {
    const segment = segments.findLast((candidate) => candidate.firstLocal <= local)!;
    const left = segment.firstLocal + segment.count - local;
    if (left <= 0) return segment === active() ? { kind: 'empty' } : stepOver(segment);
    const own = segment === active();
    const file = own ? activeFile : await disk.open(segment.path, 'read');
    try {
      let at = positions.get(local);
      let skip = 0;
      if (at === undefined) {
        at = 0;
        skip = local - segment.firstLocal;
      }
      for (;;) {
        const wanted = Math.min(segment.bytes - at, maxBytes + 64 * 1024);
        let buffer = await file.readAt(wanted, at);
        let parsed = parseRecords(
          buffer,
          skip > 0 ? skip : Math.min(maxItems, left),
          skip > 0 ? Number.MAX_SAFE_INTEGER : maxBytes,
        );
        if (parsed.texts.length === 0 && parsed.ending === 'cut' && buffer.length < segment.bytes - at) {
          buffer = await file.readAt(Math.min(segment.bytes - at, maxRecordBytes + frameHeaderBytes), at);
          parsed = parseRecords(buffer, 1, 1);
        }
        if (parsed.texts.length === 0) return await skipBroken(segment, local - skip);
        at += parsed.bytes;
        if (skip > 0) {
          skip -= parsed.texts.length;
          continue;
        }
        const nextLocal = local + parsed.texts.length;
        if (own || nextLocal < segment.firstLocal + segment.count) positions.set(nextLocal, at);
        if (positions.size > keptPositions) positions.delete(positions.keys().next().value!);
        return itemsFrom(local, parsed.texts);
      }
    } finally {
      if (!own) await file.close();
    }
  }

  /** A damaged disk: the rest of the segment cannot be read. It is counted, and what comes after goes on. */
  async function skipBroken(segment: Segment, brokenLocal: number): Promise<LaneRead> {
    if (segment === active()) await roll();
    log.error(
      { lane: name, file: segment.path, items: segment.firstLocal + segment.count - brokenLocal },
      'a spool file is damaged; items in it could not be read and are lost. Check the disk',
    );
    segment.count = brokenLocal - segment.firstLocal;
    return stepOver(segment);
  }

  /** Past a segment's unreadable rest, once all before it is acknowledged: what is held then begins after the hole. */
  async function stepOver(segment: Segment): Promise<LaneRead> {
    if (state.base + state.acked + 1 < segment.firstLocal + segment.count) return { kind: 'empty' };
    const through = segments[segments.indexOf(segment) + 1]!.firstLocal - 1;
    const from = segment.firstLocal + segment.count;
    await noteGap({ from, to: through, fromAt: null, toAt: null, why: 'damaged' });
    await removeThrough(through);
    return { kind: 'gone', from: oldestSeq() };
  }

  /** Before the items go, so that a crash in between cannot make them vanish without a word. */
  async function noteGap(gap: LaneGap): Promise<void> {
    state = { ...state, gap: extendGap(state.gap, gap) };
    await saveState().catch((err) =>
      log.warn(
        { err, lane: name },
        'the record of given up items is not on disk yet; the hub may not learn their time',
      ),
    );
  }

  async function removeThrough(local: number): Promise<void> {
    while (segments.length > 1 && segments[1]!.firstLocal - 1 <= local) {
      const [segment] = segments.splice(0, 1);
      heldBytes -= segment!.bytes;
      for (const position of positions.keys()) if (position < segments[0]!.firstLocal) positions.delete(position);
      await disk.remove(segment!.path);
    }
  }

  // Given up or acknowledged before the crash, but not removed yet: only now, since their keys had to be read first.
  await removeThrough(Math.max(state.base + state.acked, state.gap?.to ?? 0));

  return {
    name,
    get epoch() {
      return state.epoch;
    },
    get head() {
      return headLocal() - state.base;
    },
    get acked() {
      return state.acked;
    },
    get heldBytes() {
      return heldBytes;
    },
    get duplicates() {
      return commit.duplicates;
    },
    get fault() {
      return commit.fault;
    },
    append: commit.append,
    async read(fromSeq, maxItems, maxBytes) {
      // Not in turn: it would wait for the write of what comes behind.
      const texts = fromSeq < oldestSeq() ? null : recent.from(fromSeq + state.base, maxItems, maxBytes);
      if (texts) return itemsFrom(fromSeq + state.base, texts);
      return inTurn(async () => {
        const local = fromSeq + state.base;
        if (fromSeq < oldestSeq()) return { kind: 'gone', from: oldestSeq() };
        if (local > headLocal()) return { kind: 'empty' };
        return readFrom(local, maxItems, maxBytes);
      });
    },
    ack(seq) {
      if (seq <= state.acked || seq > headLocal() - state.base) return;
      const passed = state.gap && state.gap.to <= state.base + seq;
      state = { ...state, acked: seq, gap: passed ? null : (state.gap ?? null) };
      saveLater();
      if (segments.length > 1 && segments[1]!.firstLocal - 1 <= state.base + seq) {
        inTurn(() => removeThrough(state.base + state.acked)).catch((err) =>
          log.warn({ err, lane: name }, 'a spool file that the hub has could not be removed'),
        );
      }
    },
    rewind(seq) {
      if (seq >= state.acked) return;
      state = { ...state, acked: Math.max(seq, 0) };
      saveLater();
    },
    renumber: () =>
      inTurn(async () => {
        // What was given up keeps its numbers in the new epoch, or the hub would never hear of it.
        const from = state.gap ? state.gap.from : segments[0]!.firstLocal;
        const base = Math.max(state.base + state.acked, from - 1);
        const next = { v: 1, epoch: deps.newEpoch(), base, acked: 0, gap: state.gap ?? null } as const;
        await saveState(next);
        state = next;
      }),
    dropOldest: () =>
      inTurn(async () => {
        await removeThrough(state.base + state.acked);
        if (segments.length === 1) {
          if (active().count === 0) return null;
          await roll();
        }
        const oldest = segments[0]!;
        const through = oldest.firstLocal + oldest.count - 1;
        const from = Math.max(state.base + state.acked + 1, oldest.firstLocal);
        const items = through - from + 1;
        const gap = await gapOf(oldest, from, disk);
        if (gap) await noteGap(gap);
        await removeThrough(through);
        return { items, bytes: oldest.bytes };
      }),
    onAppended(listener) {
      appended = listener;
    },
    async close() {
      closing = true;
      await commit.close();
      cancelSave?.();
      await inTurn(async () => {
        try {
          await saveState();
        } finally {
          await activeFile.close();
        }
      });
    },
  };
}
