import type { Agency } from '@kuzet/contracts/dispatch.ts';
import type { Database, Transaction } from '../store/database.ts';

/** One message claimed for one attempt. */
export interface ClaimedMessage {
  id: string;
  dispatchId: string;
  incidentId: string;
  sequence: number;
  type: string;
  body: string;
  /** This one included. */
  attempts: number;
  createdAtMs: number;
  drill: boolean;
  agency: Agency;
  secrets: string[];
}

/** At most this many messages of one agency are looked at in one turn. */
const mostPerAgency = 200;

// The head of a dispatch's queue: its call while that has not arrived, else its newest news, which says all that the
// older ones would have said. While one message of a dispatch is under way, the others wait: order is by sequence.
const heads = `
  select distinct on (o.dispatch_id) o.id, o.dispatch_id, o.sequence, o.type, o.next_attempt_at, d.agency_id
  from kuzet.outbox o join kuzet.dispatches d on d.id = o.dispatch_id
  where o.done_at is null and o.given_up_at is null
    and not exists (select 1 from kuzet.outbox c where c.dispatch_id = o.dispatch_id
      and c.done_at is null and c.given_up_at is null and c.claimed_until > $1::timestamptz)
  order by o.dispatch_id, (o.type = 'incident.raised') desc,
    case when o.type = 'incident.raised' then o.sequence else -o.sequence end`;

/**
 * Claims what is due, at most `room(agencyId)` messages an agency, until `leaseMs` from now: a hub that dies in the
 * middle leaves rows that fall due again then, with the same webhook-id. Dispatches that another transaction holds are
 * left for the next turn.
 */
export async function claimDue(
  database: Database,
  turn: { nowMs: number; leaseMs: number; underWay: readonly string[]; room(agencyId: string): number },
): Promise<ClaimedMessage[]> {
  const nowAt = new Date(turn.nowMs).toISOString();
  return database.transaction(async (tx) => {
    const due = await tx.query<{ id: string; dispatch_id: string; agency_id: string }>(
      `select id, dispatch_id, agency_id from (
         select h.*, row_number() over (partition by h.agency_id order by h.next_attempt_at, h.id) as place
         from (${heads}) h where h.next_attempt_at <= $1::timestamptz and not h.dispatch_id = any($2::text[])
       ) ranked where place <= ${mostPerAgency} order by next_attempt_at, id`,
      [nowAt, [...turn.underWay]],
    );
    const rooms = new Map<string, number>();
    const wanted = due.filter(({ agency_id }) => {
      const room = rooms.get(agency_id) ?? turn.room(agency_id);
      rooms.set(agency_id, room - 1);
      return room > 0;
    });
    if (wanted.length === 0) return [];
    const locked = await tx.query<{ id: string }>(
      'select id from kuzet.dispatches where id = any($1::text[]) order by id for update skip locked',
      [wanted.map((row) => row.dispatch_id)],
    );
    if (locked.length === 0) return [];
    return claim(tx, nowAt, new Date(turn.nowMs + turn.leaseMs).toISOString(), locked, turn.nowMs);
  });
}

async function claim(
  tx: Transaction,
  nowAt: string,
  untilAt: string,
  dispatches: readonly { id: string }[],
  nowMs: number,
): Promise<ClaimedMessage[]> {
  const ids = dispatches.map((row) => row.id);
  // Looked at again under the lock: another hub may have claimed between the first look and it.
  const rows = await tx.query<{ id: string }>(
    `update kuzet.outbox o set claimed_until = $2::timestamptz, attempts = attempts + 1
     from (${heads}) h
     where o.id = h.id and h.next_attempt_at <= $1::timestamptz and h.dispatch_id = any($3::text[]) returning o.id`,
    [nowAt, untilAt, ids],
  );
  const claimed = rows.map((row) => row.id);
  if (claimed.length === 0) return [];
  // Older news of the same dispatch gives way; the tries it has had count on, so that a dead receiver's pauses go on growing.
  await tx.query(
    `update kuzet.outbox older set done_at = $2::timestamptz, superseded_by = newer.sequence from kuzet.outbox newer
     where newer.id = any($1::text[]) and older.dispatch_id = newer.dispatch_id and older.sequence < newer.sequence
       and older.done_at is null and older.given_up_at is null`,
    [claimed, nowAt],
  );
  const messages = await tx.query(
    `select o.*, d.incident_id, d.drill, a.doc as agency, a.secrets,
       (select coalesce(max(s.attempts), 0) from kuzet.outbox s where s.dispatch_id = o.dispatch_id
         and s.superseded_by is not null and s.done_at >= o.created_at) as inherited
     from kuzet.outbox o join kuzet.dispatches d on d.id = o.dispatch_id join kuzet.agencies a on a.id = d.agency_id
     where o.id = any($1::text[]) order by o.created_at, o.id`,
    [claimed],
  );
  return messages.map((row) => ({
    id: row.id as string,
    dispatchId: row.dispatch_id as string,
    incidentId: row.incident_id as string,
    sequence: row.sequence as number,
    type: row.type as string,
    body: row.body as string,
    attempts: Number(row.attempts) + Number(row.inherited),
    createdAtMs: Number(row.created_at as Date),
    drill: row.drill as boolean,
    agency: row.agency as Agency,
    secrets: (row.secrets as { secret: string; notAfter: string | null }[])
      .filter(({ notAfter }) => notAfter === null || Date.parse(notAfter) > nowMs)
      .map(({ secret }) => secret),
  }));
}

/** When the next message falls due that is not due yet, epoch milliseconds; null when none waits. */
export async function nextDueMs(database: Database, nowMs: number): Promise<number | null> {
  const [row] = await database.query<{ at: Date | null }>(
    `select min(greatest(next_attempt_at, coalesce(claimed_until, next_attempt_at))) as at from kuzet.outbox
     where done_at is null and given_up_at is null and greatest(next_attempt_at, claimed_until) > $1::timestamptz`,
    [new Date(nowMs).toISOString()],
  );
  return row?.at ? Number(row.at) : null;
}

/** It arrived, or was published to a desk. */
export async function markDone(tx: Transaction, id: string, atMs: number): Promise<void> {
  await tx.query(
    'update kuzet.outbox set done_at = $2::timestamptz, claimed_until = null, last_error = null where id = $1',
    [id, new Date(atMs).toISOString()],
  );
}

export async function markRetry(tx: Transaction, id: string, nextMs: number, error: string): Promise<void> {
  await tx.query(
    'update kuzet.outbox set next_attempt_at = $2::timestamptz, claimed_until = null, last_error = $3 where id = $1',
    [id, new Date(nextMs).toISOString(), error],
  );
}

/** Everything that still waits for this dispatch is given up with it. */
export async function markGivenUp(
  tx: Transaction,
  message: ClaimedMessage,
  atMs: number,
  error: string,
): Promise<void> {
  const at = new Date(atMs).toISOString();
  await tx.query(
    `update kuzet.outbox set given_up_at = $2::timestamptz, claimed_until = null, last_error = $3 where id = $1`,
    [message.id, at, error],
  );
  await tx.query(
    `update kuzet.outbox set given_up_at = $2::timestamptz, claimed_until = null
     where dispatch_id = $1 and done_at is null and given_up_at is null`,
    [message.dispatchId, at],
  );
}

/** An attempt that the hub's own stop cut short: due again at once. */
export async function release(tx: Transaction, id: string): Promise<void> {
  await tx.query('update kuzet.outbox set claimed_until = null where id = $1', [id]);
}
