import { join } from 'node:path';
import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Disk, DiskFile } from './disk.ts';
import type { LaneGap } from './lane-gap.ts';
import { type KeyEntry, parseRecords } from './segment-frame.ts';

export interface Segment {
  /** Running number of its first record. */
  firstLocal: number;
  count: number;
  bytes: number;
  path: string;
}

/** What lane.json holds: sequence number = running number − base. */
export interface LaneState {
  v: 1;
  epoch: string;
  base: number;
  acked: number;
  /** What was given up and the hub has not passed over yet. */
  gap?: LaneGap | null;
}

export const segmentName = (firstLocal: number): string => `${String(firstLocal).padStart(15, '0')}.seg`;

interface OpenDeps {
  lane: Lane;
  folder: string;
  disk: Disk;
  log: Log;
  newEpoch: () => string;
}

export interface OpenedSegments {
  segments: Segment[];
  state: LaneState;
  activeFile: DiskFile;
  /** Keys of the records in the active segment. */
  activeKeys: KeyEntry[];
}

/** Reads a lane's folder as a crash may have left it. The last segment is the active one; there is always one. */
export async function openSegments({ lane, folder, disk, log, newEpoch }: OpenDeps): Promise<OpenedSegments> {
  await disk.makeFolder(folder);
  const firsts = (await disk.list(folder))
    .flatMap((file) => /^(\d{15})\.seg$/.exec(file)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

  let state: LaneState | null = readState(await disk.readText(join(folder, 'lane.json')));

  const segments: Segment[] = [];
  for (const [index, firstLocal] of firsts.entries()) {
    const path = join(folder, segmentName(firstLocal));
    const next = firsts[index + 1];
    segments.push({
      firstLocal,
      count: next === undefined ? 0 : next - firstLocal,
      bytes: await disk.sizeOf(path),
      path,
    });
  }

  let activeFile: DiskFile;
  const activeKeys: KeyEntry[] = [];
  const last = segments.at(-1);
  if (last) {
    activeFile = await disk.open(last.path, 'append');
    await cutTornTail(last, activeFile, (entry) => activeKeys.push(entry), lane, log);
    // A write that the crash came after may not be on the disk yet; whoever sends it again is told that it is safe.
    await activeFile.sync();
  } else {
    const firstLocal = state ? state.base + state.acked + 1 : 1;
    const path = join(folder, segmentName(firstLocal));
    activeFile = await disk.open(path, 'create');
    await disk.syncFolder(folder);
    segments.push({ firstLocal, count: 0, bytes: 0, path });
    // Without its files nothing says which numbers were given out after the last acknowledgement.
    if (state) log.error({ lane, folder }, 'the spool lost its files; what was not yet acknowledged is gone');
    state = null;
  }

  const first = segments[0]!.firstLocal;
  const head = segments.at(-1)!.firstLocal + segments.at(-1)!.count - 1;
  if (!state || state.base + state.acked > head) {
    if (firsts.length > 0) log.error({ lane, folder }, 'the spool lost its read position; all it holds is sent again');
    state = { v: 1, epoch: newEpoch(), base: first - 1, acked: 0 };
    await disk.replaceText(folder, 'lane.json', JSON.stringify(state));
  } else if (state.base + state.acked < first - 1 && state.gap?.to !== first - 1) {
    state = { ...state, acked: first - 1 - state.base };
  }
  return { segments, state, activeFile, activeKeys };
}

function readState(text: string | null): LaneState | null {
  if (text === null) return null;
  try {
    const state = JSON.parse(text) as Partial<LaneState> | null;
    if (state?.v !== 1 || typeof state.epoch !== 'string' || state.epoch === '') return null;
    if (!Number.isSafeInteger(state.base) || !Number.isSafeInteger(state.acked)) return null;
    return state as LaneState;
  } catch {
    // Not JSON: treated as no state at all, which its caller tells.
    return null;
  }
}

/** A crash in the middle of a write leaves part of a group that nobody was told is safe. */
async function cutTornTail(
  segment: Segment,
  file: DiskFile,
  onKey: (entry: KeyEntry) => void,
  lane: Lane,
  log: Log,
): Promise<void> {
  const chunkBytes = 16 * 1024 * 1024;
  let good = 0;
  for (;;) {
    const buffer = await file.readAt(Math.min(chunkBytes, segment.bytes - good), good);
    const found = parseRecords(buffer, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, onKey);
    segment.count += found.texts.length;
    good += found.bytes;
    const more = found.ending === 'cut' && found.bytes > 0 && good + (buffer.length - found.bytes) < segment.bytes;
    const wholeChunk = found.ending === 'clean' && good < segment.bytes && found.bytes > 0;
    if (!more && !wholeChunk) break;
  }
  if (good < segment.bytes) {
    log.warn({ lane, file: segment.path, bytes: segment.bytes - good }, 'cut a torn end off the spool');
    await file.truncate(good);
    segment.bytes = good;
  }
}
