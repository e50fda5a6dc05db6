import type { Queryable, Row } from './database.ts';
import { defaultPageSize, type PageOf, type PageQuery, toPage } from './paging.ts';

/** Something that came and could not be used, kept with the reason until a person has looked at it. */
export interface NewDeadLetter {
  edgeId: string;
  at: Date;
  topic: string;
  reason: string;
  payload: Uint8Array;
  /** Bytes as it came; more than were kept when it was cut. */
  payloadBytes: number;
}
export interface DeadLetter {
  id: string;
  edgeId: string;
  at: string;
  topic: string;
  reason: string;
  payloadBase64: string;
  payloadBytes: number;
}

export interface DeadLetterStore {
  add(q: Queryable, letters: readonly NewDeadLetter[]): Promise<void>;
  /** Newest first. */
  list(query: PageQuery): Promise<PageOf<DeadLetter>>;
  get(id: string): Promise<DeadLetter | null>;
  count(): Promise<number>;
}

/** One mad sensor must not fill the disk: beyond this many the oldest go. */
const keptLetters = 100_000;

export function createDeadLetterStore(db: Queryable): DeadLetterStore {
  return {
    async add(q, letters) {
      if (letters.length === 0) return;
      await q.query(
        `insert into kuzet.dead_letters (edge_id, at, topic, reason, payload, payload_bytes)
         select edge_id, at::timestamptz, topic, reason, decode(payload, 'base64'), payload_bytes
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
           as t (edge_id, at, topic, reason, payload, payload_bytes)`,
        [
          letters.map((letter) => letter.edgeId),
          letters.map((letter) => letter.at.toISOString()),
          letters.map((letter) => letter.topic),
          letters.map((letter) => letter.reason),
          letters.map((letter) => Buffer.from(letter.payload).toString('base64')),
          letters.map((letter) => letter.payloadBytes),
        ],
      );
      await q.query('delete from kuzet.dead_letters where id < (select max(id) from kuzet.dead_letters) - $1::bigint', [
        keptLetters,
      ]);
    },
    async list({ limit = defaultPageSize, cursor }) {
      const rows = await db.query('select * from kuzet.dead_letters where id < $1::bigint order by id desc limit $2', [
        cursor ?? '9223372036854775807',
        limit + 1,
      ]);
      return toPage(rows, limit, toLetter, (row) => String(row.id));
    },
    async get(id) {
      const [row] = await db.query('select * from kuzet.dead_letters where id = $1::bigint', [id]);
      return row ? toLetter(row) : null;
    },
    async count() {
      const [row] = await db.query<{ n: string }>('select count(*) as n from kuzet.dead_letters');
      return Number(row?.n ?? 0);
    },
  };
}

const toLetter = (row: Row): DeadLetter => ({
  id: String(row.id),
  edgeId: row.edge_id as string,
  at: (row.at as Date).toISOString(),
  topic: row.topic as string,
  reason: row.reason as string,
  payloadBase64: Buffer.from(row.payload as Uint8Array).toString('base64'),
  payloadBytes: row.payload_bytes as number,
});
