import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import { incidentStates, incidentTypes } from '@kuzet/contracts/incident.ts';
import type { Queryable } from '../store/database.ts';

export interface IncidentListQuery {
  /** One state, several with commas, or `open` for every state but closed. */
  state?: string | undefined;
  /** One type, or several with commas. */
  type?: string | undefined;
  /** Opened at or after; RFC 3339. */
  from?: string | undefined;
  /** Opened before; RFC 3339. */
  to?: string | undefined;
  drill?: boolean | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

const defaultLimit = 100;

/** One page of ids, newest first, and the cursor of the next; an actor of an agency sees that agency's only. */
export async function listIncidentIds(
  q: Queryable,
  query: IncidentListQuery,
  actor: Actor,
): Promise<ActionResult<{ ids: string[]; nextCursor: string | null }>> {
  const bad = (detail: string) => ({ ok: false, code: 'invalid-request', detail }) as const;
  const where: string[] = [];
  const params: unknown[] = [];
  const param = (value: unknown): string => `$${params.push(value)}`;

  if (query.state !== undefined) {
    const states = query.state.split(',').flatMap((state) => (state === 'open' ? incidentStates.slice(0, -1) : state));
    const unknown = states.find((state) => !(incidentStates as readonly string[]).includes(state));
    if (unknown !== undefined) return bad(`state: ${unknown} is none of open, ${incidentStates.join(', ')}`);
    where.push(`state = any(${param(states)}::text[])`);
  }
  if (query.type !== undefined) {
    const types = query.type.split(',');
    const unknown = types.find((type) => !(incidentTypes as readonly string[]).includes(type));
    if (unknown !== undefined) return bad(`type: ${unknown} is none of ${incidentTypes.join(', ')}`);
    where.push(`type = any(${param(types)}::text[])`);
  }
  for (const [name, sign] of [
    ['from', '>='],
    ['to', '<'],
  ] as const) {
    const text = query[name];
    if (text === undefined) continue;
    if (Number.isNaN(Date.parse(text))) return bad(`${name}: not an RFC 3339 time`);
    where.push(`opened_at ${sign} ${param(new Date(text).toISOString())}::timestamptz`);
  }
  if (query.drill !== undefined) where.push(`drill = ${param(query.drill)}`);
  if (actor.agencyId !== null)
    where.push(
      `exists (select 1 from kuzet.dispatches d where d.incident_id = i.id and d.agency_id = ${param(actor.agencyId)})`,
    );
  if (query.cursor !== undefined) {
    const after = readCursor(query.cursor);
    if (!after) return bad('cursor: not one that this list gave');
    where.push(`(opened_at, id) < (${param(after.at)}::timestamptz, ${param(after.id)})`);
  }

  const limit = query.limit ?? defaultLimit;
  const rows = await q.query<{ id: string; opened_at: Date }>(
    `select id, opened_at from kuzet.incidents i ${where.length ? `where ${where.join(' and ')}` : ''}
     order by opened_at desc, id desc limit ${param(limit + 1)}`,
    params,
  );
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const nextCursor = rows.length > limit && last ? writeCursor(new Date(last.opened_at).toISOString(), last.id) : null;
  return { ok: true, value: { ids: kept.map((row) => row.id), nextCursor } };
}

const writeCursor = (at: string, id: string): string => Buffer.from(JSON.stringify([at, id])).toString('base64url');

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
