import type { Gap } from '@kuzet/contracts/gap.ts';
import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Queryable, Row } from './database.ts';
import { defaultPageSize, isoOrNull, type PageOf, type PageQuery, toPage } from './paging.ts';

export interface GapStore {
  /** Newest first; of one edge where it is named. */
  list(query: PageQuery & { edgeId?: string }): Promise<PageOf<Gap>>;
}

/** What is on record as lost (server/ingest/note-gap.ts writes it). */
export function createGapStore(db: Queryable): GapStore {
  return {
    async list({ limit = defaultPageSize, cursor, edgeId }) {
      const rows = await db.query(
        `select * from kuzet.gaps where id < $1::bigint and ($3::text is null or edge_id = $3)
         order by id desc limit $2`,
        [cursor ?? '9223372036854775807', limit + 1, edgeId ?? null],
      );
      return toPage(rows, limit, toGap, (row) => String(row.id));
    },
  };
}

const toGap = (row: Row): Gap => ({
  id: String(row.id),
  edgeId: row.edge_id as string,
  lane: row.lane as Lane,
  epoch: row.epoch as string,
  fromSeq: Number(row.from_seq),
  toSeq: Number(row.to_seq),
  count: Number(row.to_seq) - Number(row.from_seq) + 1,
  fromAt: isoOrNull(row.from_at),
  toAt: isoOrNull(row.to_at),
  reason: row.reason as Gap['reason'],
  notedAt: (row.noted_at as Date).toISOString(),
});
