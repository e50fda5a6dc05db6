import type { Lane } from '@kuzet/contracts/uplink.ts';
import type { Queryable } from './ports.ts';

/** How far one lane of one edge is committed. */
export interface EdgeCursor {
  epoch: string;
  seq: number;
  retiredEpochs: string[];
}

export interface Stretch {
  epoch: string;
  firstSeq: number;
  oldestSeq?: number | undefined;
  items: readonly unknown[];
}

export type Placement =
  /** Leave out the first `skip` items, apply the rest. `lost` sequence numbers before them are gone for good. */
  { kind: 'apply'; skip: number; lost: number } | { kind: 'replay' } | { kind: 'gap' } | { kind: 'retired' };

/** Epochs remembered per lane: as many as a broker can still hold messages of, many times over. */
const keptEpochs = 16;

/** Where a stretch of items stands to the cursor (U-rules of contracts/SPEC.md). */
export function placeStretch(cursor: EdgeCursor | null, stretch: Stretch): Placement {
  if (cursor?.retiredEpochs.includes(stretch.epoch)) return { kind: 'retired' };
  const seq = cursor?.epoch === stretch.epoch ? cursor.seq : 0;
  if (stretch.firstSeq > seq + 1) {
    const isGone = stretch.oldestSeq === stretch.firstSeq;
    return isGone ? { kind: 'apply', skip: 0, lost: stretch.firstSeq - seq - 1 } : { kind: 'gap' };
  }
  const lastSeq = stretch.firstSeq + stretch.items.length - 1;
  if (lastSeq <= seq) return { kind: 'replay' };
  return { kind: 'apply', skip: seq + 1 - stretch.firstSeq, lost: 0 };
}

/** Reads and locks: until the transaction ends nobody else applies this lane of this edge. */
export async function lockCursor(q: Queryable, edge: string, lane: Lane): Promise<EdgeCursor | null> {
  const [row] = await q.query<{ epoch: string; seq: string; retired_epochs: string[] }>(
    'select epoch, seq, retired_epochs from kuzet.edge_cursors where edge_id = $1 and lane = $2 for update',
    [edge, lane],
  );
  return row ? { epoch: row.epoch, seq: Number(row.seq), retiredEpochs: row.retired_epochs } : null;
}

/** Moves the cursor to `seq` of `epoch`, and notes that the edge was heard. */
export async function moveCursor(
  q: Queryable,
  place: { edge: string; lane: Lane; epoch: string; seq: number; at: Date },
  before: EdgeCursor | null,
): Promise<void> {
  const isNewEpoch = before !== null && before.epoch !== place.epoch;
  const retired = isNewEpoch ? [...before.retiredEpochs, before.epoch].slice(-keptEpochs) : before?.retiredEpochs;
  await q.query(
    `with heard as (
       insert into kuzet.edges as e (id, online, last_seen_at) values ($1, true, $5)
       on conflict (id) do update set last_seen_at = greatest(e.last_seen_at, excluded.last_seen_at)
     )
     insert into kuzet.edge_cursors (edge_id, lane, epoch, seq, updated_at, retired_epochs)
     values ($1, $2, $3, $4::bigint, $5, $6)
     on conflict (edge_id, lane) do update set epoch = excluded.epoch, seq = excluded.seq,
       updated_at = excluded.updated_at, retired_epochs = excluded.retired_epochs`,
    [place.edge, place.lane, place.epoch, String(place.seq), place.at, retired ?? []],
  );
}
