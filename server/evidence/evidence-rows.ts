import type { EvidenceFile, EvidenceState } from '@kuzet/contracts/evidence.ts';
import type { Database, Queryable, Row } from '../store/database.ts';

export interface EvidenceRow {
  id: string;
  incidentId: string;
  cameraId: string;
  /** 0: a still; from 1 on clips that follow one another. */
  part: number;
  state: EvidenceState;
  openedAtMs: number;
  fromMs: number | null;
  toMs: number | null;
  reason: string | null;
  files: EvidenceFile[];
  attempts: number;
  unsigned: boolean;
  removed: boolean;
}

export interface ClaimedEvidence extends EvidenceRow {
  drill: boolean;
  incidentOpen: boolean;
}

const toRow = (row: Row): EvidenceRow => ({
  id: String(row.id),
  incidentId: row.incident_id as string,
  cameraId: row.camera_id as string,
  part: row.part as number,
  state: row.state as EvidenceState,
  openedAtMs: Number(row.opened_at as Date),
  fromMs: row.from_at ? Number(row.from_at as Date) : null,
  toMs: row.to_at ? Number(row.to_at as Date) : null,
  reason: row.reason as string | null,
  files: row.files as EvidenceFile[],
  attempts: row.attempts as number,
  unsigned: row.unsigned as boolean,
  removed: row.removed_at !== null,
});

export async function rowsOfIncident(q: Queryable, incidentId: string): Promise<EvidenceRow[]> {
  const rows = await q.query('select * from kuzet.evidence where incident_id = $1 order by camera_id, part', [
    incidentId,
  ]);
  return rows.map(toRow);
}

/** Takes what is due for `leaseMs`; whoever dies with it leaves it to the next one. */
export async function claimDue(
  database: Database,
  options: { nowMs: number; leaseMs: number; limit: number },
): Promise<ClaimedEvidence[]> {
  const { nowMs, leaseMs, limit } = options;
  const rows = await database.query(
    `update kuzet.evidence e set claimed_until = $2, attempts = e.attempts + 1
     from (select id from kuzet.evidence where state in ('waiting', 'recording') and next_attempt_at <= $1
             and (claimed_until is null or claimed_until <= $1)
           order by next_attempt_at limit $3 for update skip locked) due,
       kuzet.evidence mine join kuzet.incidents i on i.id = mine.incident_id
     where e.id = due.id and mine.id = e.id
     returning e.*, i.drill, i.state not in ('resolved', 'closed') as incident_open`,
    [new Date(nowMs), new Date(nowMs + leaseMs), limit],
  );
  return rows.map((row) => ({
    ...toRow(row),
    drill: row.drill as boolean,
    incidentOpen: row.incident_open as boolean,
  }));
}

/** Whoever still works on these keeps them. */
export async function renewClaims(database: Database, ids: readonly string[], untilMs: number): Promise<void> {
  await database.query(
    `update kuzet.evidence set claimed_until = $2 where id = any($1::bigint[]) and claimed_until is not null`,
    [ids, new Date(untilMs)],
  );
}

/** When something is due that nobody has; epoch ms, null when nothing waits. */
export async function nextDueMs(database: Database): Promise<number | null> {
  const [row] = await database.query<{ at: Date | null }>(
    `select min(greatest(next_attempt_at, coalesce(claimed_until, next_attempt_at))) as at from kuzet.evidence
     where state in ('waiting', 'recording')`,
  );
  return row?.at ? Number(row.at) : null;
}

/** What a look at a row came to. */
export interface EvidenceResult {
  state: EvidenceState;
  fromMs: number;
  toMs: number;
  reason: string | null;
  files: EvidenceFile[];
  nextAttemptMs: number;
}

/** Writes it down, and in the same transaction asks for the clip that follows, where there is to be one. */
export async function settle(
  database: Database,
  row: EvidenceRow,
  result: EvidenceResult,
  followedBy: { fromMs: number; toMs: number } | null,
): Promise<void> {
  const { state, fromMs, toMs, reason, files, nextAttemptMs } = result;
  const final = state === 'ready' || state === 'unavailable';
  await database.transaction(async (tx) => {
    await tx.query(
      `update kuzet.evidence set state = $2, from_at = $3, to_at = $4, reason = $5, files = $6::jsonb,
         next_attempt_at = $7, claimed_until = null, unsigned = $8, attempts = case when state = $2 then attempts else 0 end
       where id = $1::bigint and state in ('waiting', 'recording')`,
      [row.id, state, new Date(fromMs), new Date(toMs), reason, JSON.stringify(files), new Date(nextAttemptMs), final],
    );
    if (followedBy)
      await tx.query(
        `insert into kuzet.evidence (incident_id, camera_id, part, opened_at, from_at, to_at, next_attempt_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (incident_id, camera_id, part) do nothing`,
        [
          row.incidentId,
          row.cameraId,
          row.part + 1,
          new Date(row.openedAtMs),
          new Date(followedBy.fromMs),
          new Date(followedBy.toMs),
          new Date(nextAttemptMs),
        ],
      );
  });
}
