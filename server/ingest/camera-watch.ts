import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createRegularWork } from '@kuzet/lib/regular-work.ts';
import { backAfterMs, lossLookEveryMs, lostAfterMs } from '../domain/camera-loss.ts';
import { groupLosses, type LossAlarm } from '../domain/loss-groups.ts';
import { findLost, loadLossAlarms, lockLosses, type Member, mayHaveLosses, saveLosses } from './camera-loss-rows.ts';
import { createHearingSince } from './hearing-since.ts';
import type { Database, Effects } from './ports.ts';

export interface CameraWatch {
  /** Looks once, now. Calls while one look is under way share it. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export interface CameraWatchDeps {
  database: Database;
  clock: Clock;
  log: Log;
  newId(): string;
  /** Whether the hub would hear a word and store it: broker, uplinks and pipeline work. */
  hearing(): boolean;
  onCommitted(effects: Effects): void;
}

/**
 * Raises and clears `camera-lost`: A20 to A23. It goes by what the pipeline stored of each camera, so a restart or a kill
 * loses no time that ran, and a batch that comes twice changes nothing. While an edge is away its own alarm covers its
 * cameras: nothing of them is raised, joined or cleared.
 */
export function createCameraWatch(deps: CameraWatchDeps): CameraWatch {
  const { database, clock, log, newId, hearing, onCommitted } = deps;
  const hearingSince = createHearingSince({ clock, hearing });

  async function judge(since: Date): Promise<void> {
    const at = new Date(clock.now());
    const bound = new Date(at.getTime() - lostAfterMs);
    if (!(await mayHaveLosses(database, bound))) return;
    const changed = await database.transaction(async (tx) => {
      if (!(await lockLosses(tx))) return null;
      const lost = await findLost(tx, bound, since);
      const members = await loadLossAlarms(tx, at);
      const leaving = members.filter((member) => mayLeave(member, at));
      const stay = new Map<string, number>();
      for (const { alarmId, isBack } of members) stay.set(alarmId, (stay.get(alarmId) ?? 0) + (isBack ? 0 : 1));
      for (const { alarmId } of leaving) stay.set(alarmId, (stay.get(alarmId) ?? 1) - 1);
      // What clears now is over: a camera that is lost in the same moment raises anew.
      const cleared = [...stay].filter(([, count]) => count === 0).map(([id]) => id);
      const { joins, raises } = groupLosses(lost, toAlarms(members, new Set(cleared)));
      const fresh = raises.map((cameras) => ({ alarmId: newId(), cameras }));
      await saveLosses(tx, at, { leaving, joins, fresh, cleared });
      return { raised: raises, joined: joins.length, left: leaving.length, cleared: cleared.length };
    });
    if (!changed) return;
    for (const cameras of changed.raised) {
      const ids = cameras.map(({ id }) => id);
      log.warn({ edge: cameras[0]?.edgeId, cameras: told(ids) }, 'cameras are without picture: alarm raised');
    }
    if (changed.cleared > 0) log.info({ alarms: changed.cleared }, 'cameras have their picture again: alarm cleared');
    if (changed.raised.length + changed.joined + changed.left > 0) onCommitted({ faults: true });
  }

  async function work(): Promise<void> {
    const sinceMs = hearingSince.look();
    if (sinceMs === null) return;
    try {
      await judge(new Date(sinceMs));
    } catch (cause) {
      hearingSince.broken();
      throw cause;
    }
  }

  const { run, stop } = createRegularWork({
    clock,
    log,
    everyMs: lossLookEveryMs,
    complaint: 'cameras cannot be watched; trying again every second',
    work,
  });
  return { look: run, stop };
}

const told = (ids: string[]) => (ids.length > 20 ? [...ids.slice(0, 20), `and ${ids.length - 20} more`] : ids);

/** Out of service or gone at once; else when pictures have come without a break for long enough. */
function mayLeave({ isBack, isGone, pictureSince, times }: Member, at: Date): boolean {
  if (isBack) return false;
  return isGone || (pictureSince !== null && at.getTime() - pictureSince.getTime() >= backAfterMs(times));
}

function toAlarms(members: readonly Member[], cleared: ReadonlySet<string>): LossAlarm[] {
  const alarms = new Map<string, LossAlarm['cameras'][number][]>();
  for (const { alarmId, camera, isSameTrouble } of members) {
    if (cleared.has(alarmId)) continue;
    alarms.set(alarmId, [...(alarms.get(alarmId) ?? []), { ...camera, isSameTrouble }]);
  }
  return [...alarms].map(([id, cameras]) => ({ id, cameras }));
}
