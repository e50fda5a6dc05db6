import type { Edge } from '@kuzet/contracts/live.ts';
import type { EdgeStatus } from '@kuzet/contracts/uplink.ts';
import type { Queryable, Row } from './database.ts';
import { isoOrNull } from './paging.ts';

export interface EdgeStore {
  all(): Promise<Edge[]>;
  byIds(ids: readonly string[]): Promise<Edge[]>;
  /** Writes what an edge, or its last will, said of itself; `at` is the hub's clock. */
  setStatus(status: EdgeStatus, at: Date): Promise<void>;
  /** Nobody has been heard yet: what an earlier run of the hub knew of presence no longer holds. */
  markAllOffline(at: Date): Promise<void>;
  /** Where an edge that is online answers; null where none is known. */
  httpUrl(edgeId: string): Promise<string | null>;
  /** The devices and cameras whose shown state changes when the edge comes or goes. */
  dependants(edgeId: string): Promise<{ devices: string[]; cameras: string[] }>;
}

/** Edge agents as contracts/live.ts has them. */
export function createEdgeStore(db: Queryable): EdgeStore {
  return {
    async all() {
      return (await db.query('select * from kuzet.edges order by id')).map(toEdge);
    },
    async byIds(ids) {
      return (await db.query('select * from kuzet.edges where id = any($1) order by id', [ids])).map(toEdge);
    },
    async setStatus(status, at) {
      // A last will carries the time at which the edge wrote it, long before it went: it never sets back last_seen_at.
      await db.query(
        `insert into kuzet.edges as e (id, online, last_seen_at, version, http_url, presence_since)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set online = excluded.online,
           presence_since = case when e.online = excluded.online then coalesce(e.presence_since, excluded.presence_since)
             else excluded.presence_since end,
           last_seen_at = greatest(e.last_seen_at, excluded.last_seen_at),
           version = excluded.version, http_url = coalesce(excluded.http_url, e.http_url)`,
        [status.edge, status.online, new Date(status.at), status.version, status.httpUrl, at],
      );
    },
    async markAllOffline(at) {
      await db.query('update kuzet.edges set online = false, presence_since = $1 where online', [at]);
    },
    async httpUrl(edgeId) {
      const [row] = await db.query<{ http_url: string | null }>(
        'select http_url from kuzet.edges where id = $1 and online',
        [edgeId],
      );
      return row?.http_url ?? null;
    },
    async dependants(edgeId) {
      const rows = await db.query<{ kind: string; id: string }>(
        `select 'device' as kind, id from kuzet.devices where edge_id = $1 and removed_at is null
         union all select 'camera', id from kuzet.cameras where edge_id = $1 and removed_at is null`,
        [edgeId],
      );
      return {
        devices: rows.filter((row) => row.kind === 'device').map((row) => row.id),
        cameras: rows.filter((row) => row.kind === 'camera').map((row) => row.id),
      };
    },
  };
}

const toEdge = (row: Row): Edge => ({
  id: row.id as string,
  online: row.online as boolean,
  lastSeenAt: isoOrNull(row.last_seen_at),
  version: row.version as string | null,
});
