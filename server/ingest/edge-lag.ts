import type { UplinkItem } from '@kuzet/contracts/uplink.ts';
import { backlog } from '../domain/supervision.ts';
import type { Queryable } from './ports.ts';

/**
 * Notes that an edge is working off a backlog: while what it sends lies behind and catches up, silence now cannot be told
 * from words that are still on the way. Costs nothing while an edge is up to date.
 * @param last the newest item of what is being applied.
 */
export async function noteLag(q: Queryable, edge: string, nowMs: number, last: UplinkItem | undefined): Promise<void> {
  if (!last || (last.t === 'reading' && last.replayed)) return;
  const lagS = (nowMs - Date.parse(last.t === 'reading' ? last.receivedAt : last.at)) / 1_000;
  if (!(lagS > backlog.fromS)) return;
  await q.query(
    `insert into kuzet.edges as e (id, online, lag_s, lag_at) values ($1, true, $2::float8, $3)
     on conflict (id) do update set lag_s = excluded.lag_s, lag_at = excluded.lag_at
     where e.lag_s is null or excluded.lag_s < e.lag_s - $4::float8 or excluded.lag_s > e.lag_s + $5::float8`,
    [edge, lagS, new Date(nowMs), backlog.shrinkS, backlog.anewS],
  );
}
