import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Queryable, Row } from '../store/database.ts';

/** Date, or text of a driver that leaves times alone, to RFC 3339. */
export const iso = (value: unknown): string => new Date(value as string | Date).toISOString();
export const isoOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : iso(value));

/**
 * Dispatches by their own ids or by their incidents', oldest first, in one query; unknown ids are left out.
 * `nextAttemptAt` is the one of the message whose turn it is: the call, else the newest news. What waits behind it has
 * a time long gone.
 */
export async function loadDispatches(
  q: Queryable,
  by: { ids: readonly string[] } | { incidentIds: readonly string[] },
): Promise<Dispatch[]> {
  const [column, ids] = 'ids' in by ? ['d.id', by.ids] : ['d.incident_id', by.incidentIds];
  if (ids.length === 0) return [];
  const rows = await q.query(
    `select d.*, a.doc as agency, o.attempts as outbox_attempts, o.last_error, o.next_attempt_at
     from kuzet.dispatches d
     join kuzet.agencies a on a.id = d.agency_id
     left join lateral (
       select sum(attempts)::integer as attempts,
         (array_agg(last_error order by sequence desc) filter (where last_error is not null and done_at is null))[1] as last_error,
         (array_agg(next_attempt_at order by (type = 'incident.raised') desc, sequence desc)
           filter (where done_at is null and given_up_at is null))[1] as next_attempt_at
       from kuzet.outbox where dispatch_id = d.id
     ) o on true
     where ${column} = any($1::text[]) order by d.queued_at, d.id`,
    [[...ids]],
  );
  return rows.map(toDispatch);
}

function toDispatch(row: Row): Dispatch {
  const agency = row.agency as { service: string; name: LocalizedText };
  return {
    id: row.id as string,
    incidentId: row.incident_id as string,
    agencyId: row.agency_id as string,
    service: agency.service,
    agencyName: agency.name,
    state: row.state as Dispatch['state'],
    drill: row.drill as boolean,
    queuedAt: iso(row.queued_at),
    sentAt: isoOrNull(row.sent_at),
    deliveredAt: isoOrNull(row.delivered_at),
    acceptedAt: isoOrNull(row.accepted_at),
    acceptedBy: (row.accepted_by as string | null) ?? null,
    rejectedAt: isoOrNull(row.rejected_at),
    completedAt: isoOrNull(row.completed_at),
    failedAt: isoOrNull(row.failed_at),
    reason: (row.reason as string | null) ?? null,
    progress: (row.progress as Dispatch['progress']) ?? null,
    unit: (row.unit as string | null) ?? null,
    etaAt: isoOrNull(row.eta_at),
    onSceneAt: isoOrNull(row.on_scene_at),
    acceptBy: iso(row.accept_by),
    overdue: row.overdue as boolean,
    attempts: Number(row.outbox_attempts ?? 0),
    lastError: (row.last_error as string | null) ?? null,
    nextAttemptAt: isoOrNull(row.next_attempt_at),
  };
}
