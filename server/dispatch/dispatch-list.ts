import type { Queryable } from '../store/database.ts';

const defaultLimit = 100;

/** One page of ids, newest first, and the cursor of the next; null when the cursor is not one of ours. */
export async function listDispatchIds(
  q: Queryable,
  query: {
    incidentId?: string | undefined;
    agencyId?: string | undefined;
    state?: string | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  },
  /** Set: this agency's only, whatever is asked for. */
  onlyAgencyId: string | null,
): Promise<{ ids: string[]; nextCursor: string | null } | null> {
  const where: string[] = [];
  const params: unknown[] = [];
  const param = (value: unknown): string => `$${params.push(value)}`;
  if (query.incidentId !== undefined) where.push(`incident_id = ${param(query.incidentId)}`);
  if (query.agencyId !== undefined) where.push(`agency_id = ${param(query.agencyId)}`);
  if (onlyAgencyId !== null) where.push(`agency_id = ${param(onlyAgencyId)}`);
  if (query.state !== undefined) where.push(`state = any(${param(query.state.split(','))}::text[])`);
  if (query.cursor !== undefined) {
    const after = readCursor(query.cursor);
    if (!after) return null;
    where.push(`(queued_at, id) < (${param(after.at)}::timestamptz, ${param(after.id)})`);
  }
  const limit = query.limit ?? defaultLimit;
  const rows = await q.query<{ id: string; queued_at: Date }>(
    `select id, queued_at from kuzet.dispatches ${where.length ? `where ${where.join(' and ')}` : ''}
     order by queued_at desc, id desc limit ${param(limit + 1)}`,
    params,
  );
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    ids: kept.map((row) => row.id),
    nextCursor:
      rows.length > limit && last
        ? Buffer.from(JSON.stringify([new Date(last.queued_at).toISOString(), last.id])).toString('base64url')
        : null,
  };
}

function readCursor(cursor: string): { at: string; id: string } | null {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
  const [at, id] = Array.isArray(read) ? read : [];
  return typeof at === 'string' && typeof id === 'string' && !Number.isNaN(Date.parse(at)) ? { at, id } : null;
}
