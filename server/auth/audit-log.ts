import type { Clock } from '@kuzet/lib/clock.ts';
import type { Database, Row } from '../store/database.ts';

export interface AuditEntry {
  actor: string;
  role: string | null;
  /** What was tried, in the words of the API: `incident.acknowledge`, `session.create`, `camera.ptz`. */
  action: string;
  /** What it was tried on: an id; null where there is none. */
  subject: string | null;
  address: string | null;
  /** `ok`, or the code of the problem it was answered with. */
  outcome: string;
}
export interface AuditRecord extends AuditEntry {
  id: string;
  at: string;
}

export interface AuditLog {
  write(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(query: {
    limit?: number;
    cursor?: string;
    actor?: string;
    action?: string;
    subject?: string;
    from?: string;
    to?: string;
  }): Promise<{ items: AuditRecord[]; nextCursor: string | null }>;
}

const toRecord = (row: Row): AuditRecord => ({
  id: String(row.id),
  at: (row.at as Date).toISOString(),
  actor: row.actor as string,
  role: row.role as string | null,
  action: row.action as string,
  subject: row.subject as string | null,
  address: row.address as string | null,
  outcome: row.outcome as string,
});

/** Who did what: rows are only ever added. */
export function createAuditLog({ database, clock }: { database: Database; clock: Clock }): AuditLog {
  return {
    async write({ actor, role, action, subject, address, outcome }) {
      await database.query(
        `insert into kuzet.audit_log (at, actor, role, action, subject, address, outcome)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [new Date(clock.now()), actor, role, action, subject, address, outcome],
      );
    },
    async list({ limit = 100, cursor, actor, action, subject, from, to }) {
      const rows = await database.query(
        `select * from kuzet.audit_log where id < $1::bigint
           and ($2::text is null or actor = $2) and ($3::text is null or action = $3)
           and ($4::text is null or subject = $4)
           and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
         order by id desc limit $7`,
        [
          cursor ?? '9223372036854775807',
          actor ?? null,
          action ?? null,
          subject ?? null,
          from ? new Date(from) : null,
          to ? new Date(to) : null,
          limit + 1,
        ],
      );
      const items = rows.slice(0, limit).map(toRecord);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  };
}
