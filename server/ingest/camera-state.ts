import type { CameraStatusItem } from '@kuzet/contracts/uplink.ts';
import type { Queryable } from './ports.ts';

/** Writes the newest state of each camera; a camera out of service stays so. @returns the ids that are known. */
export async function saveCameraStates(q: Queryable, items: readonly CameraStatusItem[]): Promise<Set<string>> {
  if (items.length === 0) return new Set();
  const newest = new Map<string, CameraStatusItem>();
  for (const item of items) {
    const before = newest.get(item.camera);
    if (!before || Date.parse(item.at) >= Date.parse(before.at)) newest.set(item.camera, item);
  }
  const kept = [...newest.values()].sort((a, b) => (a.camera < b.camera ? -1 : 1));
  const rows = await q.query<{ id: string }>(
    `with t as (
       select * from unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::text[])
         as t (id, state, at_ms, frame_ms, error)
     ), written as (
       update kuzet.cameras c set state = t.state, state_at = to_timestamp(t.at_ms / 1000),
         last_frame_at = coalesce(to_timestamp(t.frame_ms / 1000), c.last_frame_at), last_error = t.error
       from t where c.id = t.id and c.removed_at is null and c.state <> 'disabled'
         and (c.state_at is null or c.state_at <= to_timestamp(t.at_ms / 1000))
     )
     select c.id from kuzet.cameras c join t on t.id = c.id where c.removed_at is null`,
    [
      kept.map((item) => item.camera),
      kept.map((item) => item.state),
      kept.map((item) => Date.parse(item.at)),
      kept.map((item) => (item.lastFrameAt === null ? null : Date.parse(item.lastFrameAt))),
      kept.map((item) => item.lastError),
    ],
  );
  return new Set(rows.map((row) => row.id));
}
