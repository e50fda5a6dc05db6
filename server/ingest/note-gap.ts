import type { Gone, Lane } from '@kuzet/contracts/uplink.ts';
import type { Queryable } from './ports.ts';

/** Writes down that `lost` items before `firstSeq` exist nowhere any more, with what the edge knows of them. */
export async function noteGap(
  q: Queryable,
  { edge, lane, at, lost }: { edge: string; lane: Lane; at: Date; lost: number },
  { epoch, firstSeq, gone }: { epoch: string; firstSeq: number; gone?: Gone | undefined },
): Promise<void> {
  await q.query(
    `insert into kuzet.gaps (edge_id, lane, epoch, from_seq, to_seq, from_at, to_at, reason, noted_at)
     values ($1, $2, $3, $4::bigint, $5::bigint, $6, $7, $8, $9)`,
    [
      edge,
      lane,
      epoch,
      String(firstSeq - lost),
      String(firstSeq - 1),
      gone?.fromAt ? new Date(gone.fromAt) : null,
      gone?.toAt ? new Date(gone.toAt) : null,
      gone?.why ?? 'unknown',
      at,
    ],
  );
}
