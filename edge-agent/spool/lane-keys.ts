import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Disk } from './disk.ts';
import { createKeyMemory, recall } from './key-memory.ts';
import { type KeyEntry, keyEntryBytes, parseRecords, readKeyEntry, writeKeyEntry } from './segment-frame.ts';
import type { Segment } from './segments.ts';

/**
 * Which readings a lane took in lately. Keys stand in the records themselves, so they are as durable as these; when a
 * segment is full its keys go to a small file of their own, which stays when the hub has the segment.
 */
export interface LaneKeys {
  /** Whether it did not come lately; remembers it. */
  isNew(key: string): boolean;
  /** These are in the active segment's file now. */
  wrote(keys: readonly (string | null)[], timeS: number): void;
  /** The active segment is full, and its keys become a file. */
  seal(firstLocal: number): Promise<void>;
}

export interface LaneKeysDeps {
  lane: Lane;
  folder: string;
  disk: Disk;
  clock: Clock;
  log: Log;
  maxKeys: number;
  windowS: number;
}

interface KeyFile {
  firstLocal: number;
  count: number;
  newestS: number;
}

const fileHeaderBytes = 8;
const newestOf = (entries: readonly KeyEntry[]) => entries.reduce((latest, { timeS }) => Math.max(latest, timeS), 0);
const keyFileName = (firstLocal: number) => `${String(firstLocal).padStart(15, '0')}.keys`;

/** Reads what a crash left: key files, the keys in segments that have none, and those of the active segment. */
export async function openLaneKeys(
  deps: LaneKeysDeps,
  segments: readonly Segment[],
  activeEntries: KeyEntry[],
): Promise<LaneKeys> {
  const { lane, folder, disk, clock, log, maxKeys, windowS } = deps;
  const memory = createKeyMemory({ maxKeys: Math.max(maxKeys, 1), windowS });
  const nowS = () => Math.floor(clock.now() / 1_000);
  let inActive = activeEntries;
  let files: KeyFile[] = [];

  async function readKeyFile(firstLocal: number): Promise<KeyEntry[] | null> {
    const path = join(folder, keyFileName(firstLocal));
    const bytes = await disk.sizeOf(path);
    const file = await disk.open(path, 'read');
    try {
      const buffer = await file.readAt(bytes, 0);
      const count = bytes < fileHeaderBytes ? -1 : buffer.readUInt32LE(0);
      if (bytes !== fileHeaderBytes + count * keyEntryBytes) return null;
      if (crc32(buffer.subarray(fileHeaderBytes)) !== buffer.readUInt32LE(4)) return null;
      return Array.from({ length: count }, (_, index) => readKeyEntry(buffer, fileHeaderBytes + index * keyEntryBytes));
    } finally {
      await file.close();
    }
  }

  async function readSegmentKeys({ path, bytes }: Segment): Promise<KeyEntry[]> {
    const file = await disk.open(path, 'read');
    try {
      const entries: KeyEntry[] = [];
      const buffer = await file.readAt(bytes, 0);
      parseRecords(buffer, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, (entry) => entries.push(entry));
      return entries;
    } finally {
      await file.close();
    }
  }

  async function removeFile({ firstLocal }: KeyFile): Promise<void> {
    await disk.remove(join(folder, keyFileName(firstLocal)));
  }

  async function writeKeyFile(firstLocal: number, entries: readonly KeyEntry[]): Promise<KeyFile> {
    const buffer = Buffer.allocUnsafe(fileHeaderBytes + entries.length * keyEntryBytes);
    for (const [index, { key, timeS }] of entries.entries()) {
      writeKeyEntry(buffer, fileHeaderBytes + index * keyEntryBytes, key, timeS);
    }
    buffer.writeUInt32LE(entries.length, 0);
    buffer.writeUInt32LE(crc32(buffer.subarray(fileHeaderBytes)), 4);
    const file = await disk.open(join(folder, keyFileName(firstLocal)), 'create');
    try {
      await file.writeAt(buffer, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    return { firstLocal, count: entries.length, newestS: newestOf(entries) };
  }

  /** Files whose keys are all forgotten. */
  async function prune(): Promise<void> {
    let newer = inActive.length;
    const kept: KeyFile[] = [];
    for (const file of files.toReversed()) {
      if (newer < maxKeys && file.newestS >= nowS() - windowS) kept.unshift(file);
      else await removeFile(file);
      newer += file.count;
    }
    files = kept;
  }

  async function load(): Promise<void> {
    const named = new Set(
      (await disk.list(folder)).flatMap((file) => /^(\d{15})\.keys$/.exec(file)?.[1] ?? []).map(Number),
    );
    const sealed = new Map(segments.slice(0, -1).map((segment) => [segment.firstLocal, segment]));
    const firsts = [...new Set([...named, ...sealed.keys()])].sort((a, b) => b - a);
    const chapters = [activeEntries];
    let count = activeEntries.length;
    let newestS = newestOf(activeEntries);
    let full = false;
    for (const firstLocal of firsts) {
      let hasFile = named.has(firstLocal);
      let entries: KeyEntry[] = [];
      if (!full) {
        const fromFile = hasFile ? await readKeyFile(firstLocal) : null;
        const segment = sealed.get(firstLocal);
        // A crash in the middle of its writing; the segment goes after its key file is whole.
        if (hasFile && fromFile === null && !segment)
          log.warn(
            { lane, firstLocal },
            'a key file of the spool is torn: readings of it that come again are stored twice',
          );
        entries = fromFile ?? (segment ? await readSegmentKeys(segment) : []);
        if (fromFile === null && entries.length > 0) {
          await writeKeyFile(firstLocal, entries).then(
            () => {
              hasFile = true;
            },
            (err) => log.warn({ err, lane }, 'the keys of a full spool file could not be written'),
          );
        }
      }
      const chapterS = newestOf(entries);
      newestS = Math.max(newestS, chapterS);
      full ||= count >= maxKeys || (entries.length > 0 && chapterS < newestS - windowS);
      const file = { firstLocal, count: entries.length, newestS: chapterS };
      if (full) {
        if (hasFile) await removeFile(file);
        continue;
      }
      if (hasFile) files.unshift(file);
      chapters.unshift(entries);
      count += entries.length;
    }
    recall(memory, chapters.flat(), nowS());
  }

  if (maxKeys > 0) await load();

  return {
    isNew: (key) => memory.add(key, nowS()),
    wrote(keys, timeS) {
      for (const key of keys) if (key !== null) inActive.push({ key, timeS });
    },
    async seal(firstLocal) {
      const entries = inActive;
      inActive = [];
      if (entries.length === 0) return;
      try {
        files.push(await writeKeyFile(firstLocal, entries));
        await prune();
      } catch (err) {
        // Readings come before the memory of readings: after a restart a resend of these may be stored twice.
        log.warn({ err, lane }, 'the keys of a full spool file could not be written or cleaned up');
      }
    },
  };
}
