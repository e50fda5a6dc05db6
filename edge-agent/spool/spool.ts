import { join } from 'node:path';
import { type Lane, lanes, type UplinkItem } from '@kuzet/contracts/uplink.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { lockFolder } from '@kuzet/lib/folder-lock.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { type Disk, nodeDisk } from './disk.ts';
import type { AppendDone } from './group-commit.ts';
import { openSpoolLane, type SpoolLane } from './spool-lane.ts';

export interface SpoolSettings {
  /** Both lanes together; past it the oldest telemetry gives way, then the oldest alarms. */
  maxBytes: number;
  segmentBytes: number;
  /** So many readings a lane are remembered, to know one that comes again; none when left out or 0. */
  dedupeReadings?: number;
  /** And for so long, while the edge runs. */
  dedupeWindowS?: number;
}

/** Everything taken in and not yet acknowledged by the hub, on disk. E-rules of contracts/SPEC.md. */
export interface Spool {
  readonly alarm: SpoolLane;
  readonly telemetry: SpoolLane;
  /** Items given up for want of room since this process started. */
  readonly dropped: Readonly<Record<Lane, number>>;
  /** Readings that had come before, since this process started. */
  readonly duplicates: number;
  /** Why writing fails; null while it works. */
  readonly fault: string | null;
  /** `done` comes after the items are on disk, in the order of the calls of one lane, or with why they were refused. */
  append(lane: Lane, items: readonly UplinkItem[], done: AppendDone, keys?: readonly (string | null)[]): void;
  /** One item that is JSON text already. */
  appendText(lane: Lane, text: string, done: AppendDone, key: string | null): void;
  close(): Promise<void>;
}

export interface SpoolDeps {
  folder: string;
  settings: SpoolSettings;
  clock: Clock;
  log: Log;
  /** A new random name, at most 64 characters. */
  newEpoch: () => string;
  disk?: Disk;
  retryMs?: number;
  /** Between the starts of two writes of a lane, while readings come faster than that. */
  groupMs?: number;
  maxPendingBytes?: number;
  /** Characters a lane that are kept in memory as well, so that what goes out at once is not read back. */
  recentChars?: number;
}

/** One write and fdatasync costs as much as thirty readings, and a sensor does not feel so long a wait. */
const defaultGroupMs = 2;
/** Several windows of full batches. */
const defaultRecentChars = 2 * 1024 * 1024;

/** @throws StartError when the folder cannot be used, or another process uses it. */
export async function openSpool(deps: SpoolDeps): Promise<Spool> {
  const { folder, settings, clock, log, newEpoch, disk = nodeDisk } = deps;
  let unlock: () => void = () => undefined;
  const opened: SpoolLane[] = [];
  try {
    await disk.makeFolder(folder);
    unlock = lockFolder({
      folder,
      file: 'lock',
      inUse: (pid) =>
        `${folder} is in use by another edge agent (process ${pid}). Stop it, or give this one a folder of its own with KUZET_DATA_DIR.`,
    });
    for (const name of lanes) {
      opened.push(
        await openSpoolLane({
          name,
          folder: join(folder, name),
          segmentBytes: settings.segmentBytes,
          maxPendingBytes: deps.maxPendingBytes ?? 16 * 1024 * 1024,
          retryMs: deps.retryMs ?? 1_000,
          groupMs: deps.groupMs ?? defaultGroupMs,
          dedupe: { maxKeys: settings.dedupeReadings ?? 0, windowS: settings.dedupeWindowS ?? 0 },
          recentChars: deps.recentChars ?? defaultRecentChars,
          disk,
          clock,
          log,
          newEpoch,
          onGrown: () => makeRoomWhenFull(),
        }),
      );
    }
  } catch (cause) {
    for (const lane of opened) await lane.close();
    unlock();
    const { code, message } = cause as NodeJS.ErrnoException;
    if (cause instanceof StartError || code === undefined) throw cause;
    throw new StartError(
      `The data folder ${folder} cannot be used (${message}). Give this user write permission there and free space, or name another folder with KUZET_DATA_DIR.`,
      { cause },
    );
  }
  const [alarm, telemetry] = opened as [SpoolLane, SpoolLane];

  const dropped: Record<Lane, number> = { alarm: 0, telemetry: 0 };
  let making = false;
  function makeRoomWhenFull(): void {
    if (!making && alarm.heldBytes + telemetry.heldBytes > settings.maxBytes) void makeRoom();
  }
  async function makeRoom(): Promise<void> {
    if (making) return;
    making = true;
    try {
      while (alarm.heldBytes + telemetry.heldBytes > settings.maxBytes) {
        let lane = telemetry;
        let gone = await lane.dropOldest();
        if (gone === null) {
          lane = alarm;
          gone = await lane.dropOldest();
        }
        if (gone === null) break;
        dropped[lane.name] += gone.items;
        log[lane === alarm ? 'error' : 'warn'](
          { lane: lane.name, items: gone.items, bytes: gone.bytes, droppedSinceStart: dropped[lane.name] },
          'the spool is full: its oldest items were given up. Bring the hub back, or raise spool.maxBytes',
        );
      }
    } catch (err) {
      log.error({ err }, 'the spool is over its limit and could not make room');
    } finally {
      making = false;
    }
  }

  const appendText: Spool['appendText'] = (name, text, done, key) =>
    (name === 'alarm' ? alarm : telemetry).append(text, done, key);

  return {
    alarm,
    telemetry,
    dropped,
    get duplicates() {
      return alarm.duplicates + telemetry.duplicates;
    },
    get fault() {
      return alarm.fault ?? telemetry.fault;
    },
    append(name, items, done, keys = []) {
      let open = items.length;
      let failed: Error | null = null;
      const one: AppendDone = (err) => {
        failed ??= err;
        if (--open === 0) done(failed);
      };
      for (const [index, item] of items.entries()) appendText(name, JSON.stringify(item), one, keys[index] ?? null);
      if (items.length === 0) done(null);
    },
    appendText,
    async close() {
      await Promise.all([alarm.close(), telemetry.close()]);
      unlock();
    },
  };
}
