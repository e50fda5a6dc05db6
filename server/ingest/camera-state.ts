import type { CameraStatusItem } from '@kuzet/contracts/uplink.ts';
import { hearPicture, type PictureWord } from '../domain/camera-loss.ts';
import type { Queryable } from './ports.ts';

/**
 * Writes the newest state of each camera, and since when it has a picture or none; a camera out of service stays so.
 * @param at the hub's clock.
 * @returns the ids that are known.
 */
export async function saveCameraStates(
  q: Queryable,
  items: readonly CameraStatusItem[],
  at: Date,
): Promise<Set<string>> {
  if (items.length === 0) return new Set();
  const words = new Map<string, PictureWord>();
  for (const item of items) words.set(item.camera, hearPicture(words.get(item.camera) ?? null, item));
  const kept = [...words.values()].sort((a, b) => (a.newest.camera < b.newest.camera ? -1 : 1));
  const ofNewest = <T>(read: (item: CameraStatusItem) => T): T[] => kept.map(({ newest }) => read(newest));
  const rows = await q.query<{ id: string }>(
    `with t as (
       select * from unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::text[], $6::text[], $7::float8[],
           $8::float8[], $9::boolean[], $10::boolean[])
         as t (id, state, at_ms, frame_ms, error, evidence, none_ms, none_heard_ms, had_picture, had_none)
     ), written as (
       update kuzet.cameras c set state = t.state, state_at = to_timestamp(t.at_ms / 1000),
         last_frame_at = coalesce(to_timestamp(t.frame_ms / 1000), c.last_frame_at), last_error = t.error,
         loss_evidence = case when t.none_ms is not null
           then coalesce(t.evidence, case when c.state = t.state then c.loss_evidence end) end,
         no_picture_since = case when t.had_picture or c.no_picture_since is null
           then to_timestamp(t.none_ms / 1000) else c.no_picture_since end,
         no_picture_heard_at = case when t.had_picture or c.no_picture_since is null
           then to_timestamp(t.none_heard_ms / 1000) else c.no_picture_heard_at end,
         picture_since = case when t.state <> 'live' then null
           when t.had_none or c.picture_since is null then $11::timestamptz else c.picture_since end
       from t where c.id = t.id and c.removed_at is null and c.state <> 'disabled'
         and (c.state_at is null or c.state_at <= to_timestamp(t.at_ms / 1000))
     )
     select c.id from kuzet.cameras c join t on t.id = c.id where c.removed_at is null`,
    [
      ofNewest((item) => item.camera),
      ofNewest((item) => item.state),
      ofNewest((item) => Date.parse(item.at)),
      ofNewest((item) => (item.lastFrameAt === null ? null : Date.parse(item.lastFrameAt))),
      ofNewest((item) => item.lastError),
      ofNewest((item) => item.evidence ?? null),
      kept.map(({ noPictureSinceMs }) => noPictureSinceMs),
      kept.map(({ noPictureSinceMs, noPictureForMs }) =>
        noPictureSinceMs === null ? null : at.getTime() - noPictureForMs,
      ),
      kept.map(({ hadPicture }) => hadPicture),
      kept.map(({ hadNone }) => hadNone),
      at,
    ],
  );
  return new Set(rows.map((row) => row.id));
}
