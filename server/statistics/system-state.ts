import type { SystemState } from '@kuzet/contracts/live.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Database } from '../store/database.ts';

/** Figures of the hub itself that screens show. */
export function createSystemState(deps: {
  database: Database;
  clock: Clock;
  version: string;
  demo: boolean;
}): () => Promise<SystemState> {
  const { database, clock, version, demo } = deps;
  const startedAt = timestamp(clock.now());
  return async () => {
    const nowMs = clock.now();
    const [row] = await database.query<{
      alarms: string;
      closed: string;
      last: Date | null;
      letters: string;
      faults: string;
      unseen: string;
      cameras: string;
    }>(
      `select (select count(*) from kuzet.alarms where raised_at > $1) as alarms,
         (select count(*) from kuzet.incidents where closed_at > $2) as closed,
         (select max(closed_at) from kuzet.incidents) as last,
         (select count(*) from kuzet.dead_letters) as letters,
         (select count(*) from kuzet.alarms where active and incident_id is null) as faults,
         (select count(*) from kuzet.alarms where active and incident_id is null and not acknowledged) as unseen,
         (select count(*) from kuzet.alarm_cameras where back_at is null) as cameras`,
      [new Date(nowMs - 600_000), new Date(nowMs - 12 * 3_600_000)],
    );
    return {
      id: 'hub',
      version,
      startedAt,
      demo,
      database: database.description,
      deadLetters: Number(row?.letters ?? 0),
      alarmsLast10Min: Number(row?.alarms ?? 0),
      faults: Number(row?.faults ?? 0),
      faultsUnacknowledged: Number(row?.unseen ?? 0),
      camerasInFault: Number(row?.cameras ?? 0),
      closedLast12h: Number(row?.closed ?? 0),
      lastClosedAt: row?.last ? timestamp(row.last.getTime()) : null,
    };
  };
}
