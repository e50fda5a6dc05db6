import type { Clock } from '@kuzet/lib/clock.ts';
import type { Database } from '../store/database.ts';
import type { IncidentChanges } from './incident-writer.ts';

export interface Deadlines {
  /**
   * Turns overdue every dispatch whose `acceptBy` has passed without an answer, each once and for good, and answers the
   * incidents touched. What it goes by stands in the database: a hub that was down catches up at its first call.
   */
  check(): Promise<string[]>;
  /** The next `acceptBy` that nobody has answered, epoch milliseconds; null when none waits. */
  nextMs(): Promise<number | null>;
}

const waiting = `d.accepted_at is null and d.rejected_at is null and not d.overdue
  and d.state in ('queued', 'sent', 'delivered') and i.state <> 'closed'`;

export function createDeadlines(deps: { database: Database; clock: Clock; changes: IncidentChanges }): Deadlines {
  const { database, clock, changes } = deps;

  async function turnOverdue(incidentId: string): Promise<boolean> {
    return database.transaction(async (tx) => {
      const incident = await changes.lock(tx, incidentId);
      if (!incident || incident.state === 'closed') return false;
      const late = await tx.query<{ id: string; agency_id: string; accept_by: Date }>(
        `update kuzet.dispatches d set overdue = true from kuzet.incidents i
         where i.id = d.incident_id and d.incident_id = $1 and d.accept_by <= $2::timestamptz and ${waiting}
         returning d.id, d.agency_id, d.accept_by`,
        [incidentId, new Date(clock.now()).toISOString()],
      );
      if (late.length === 0) return false;
      await changes.apply(tx, incident, {
        timeline: late.map((row) => ({
          kind: 'dispatch-overdue',
          data: { dispatchId: row.id, agencyId: row.agency_id, acceptBy: new Date(row.accept_by).toISOString() },
        })),
        actor: 'system',
        news: null,
      });
      return true;
    });
  }

  return {
    async check() {
      const rows = await database.query<{ incident_id: string }>(
        `select distinct d.incident_id from kuzet.dispatches d join kuzet.incidents i on i.id = d.incident_id
         where d.accept_by <= $1::timestamptz and ${waiting} order by d.incident_id`,
        [new Date(clock.now()).toISOString()],
      );
      const touched: string[] = [];
      for (const { incident_id } of rows) if (await turnOverdue(incident_id)) touched.push(incident_id);
      return touched;
    },
    async nextMs() {
      const [row] = await database.query<{ at: Date | null }>(
        `select min(d.accept_by) as at from kuzet.dispatches d join kuzet.incidents i on i.id = d.incident_id
         where ${waiting}`,
      );
      return row?.at ? Number(row.at) : null;
    },
  };
}
