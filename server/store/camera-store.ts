import type { Camera, CameraState } from '@kuzet/contracts/camera.ts';
import type { Queryable, Row } from './database.ts';
import { defaultPageSize, isoOrNull, type PageOf, type PageQuery, toPage } from './paging.ts';

export interface CameraStore {
  /** In order of id. Cameras that left their edge's inventory are not listed. */
  list(query: PageQuery): Promise<PageOf<Camera>>;
  get(id: string): Promise<Camera | null>;
  byIds(ids: readonly string[]): Promise<Camera[]>;
  all(): Promise<Camera[]>;
  /** Where the camera's edge agent serves video; null for an unknown camera or an edge that never said. */
  edgeHttpUrl(cameraId: string): Promise<string | null>;
}

// What an edge last said of its cameras holds only while the edge is heard.
const select = `
  select c.id, c.site_id, c.zone_id, c.doc, c.last_frame_at,
    case when c.state <> 'disabled' and e.online is false then 'lost' else c.state end as state,
    case when c.state <> 'disabled' and e.online is false then 'edge agent ' || c.edge_id || ' is offline'
      else c.last_error end as last_error
  from kuzet.cameras c left join kuzet.edges e on e.id = c.edge_id`;

/** Cameras as contracts/camera.ts has them. */
export function createCameraStore(db: Queryable): CameraStore {
  return {
    async list({ limit = defaultPageSize, cursor = '' }) {
      const rows = await db.query(`${select} where c.removed_at is null and c.id > $1 order by c.id limit $2`, [
        cursor,
        limit + 1,
      ]);
      return toPage(rows, limit, toCamera, (row) => row.id as string);
    },
    async get(id) {
      const [row] = await db.query(`${select} where c.id = $1`, [id]);
      return row ? toCamera(row) : null;
    },
    async byIds(ids) {
      const rows = await db.query(`${select} where c.removed_at is null and c.id = any($1) order by c.id`, [ids]);
      return rows.map(toCamera);
    },
    async all() {
      return (await db.query(`${select} where c.removed_at is null order by c.id`)).map(toCamera);
    },
    async edgeHttpUrl(cameraId) {
      const [row] = await db.query<{ http_url: string | null }>(
        'select e.http_url from kuzet.cameras c join kuzet.edges e on e.id = c.edge_id where c.id = $1',
        [cameraId],
      );
      return row?.http_url ?? null;
    },
  };
}

function toCamera(row: Row): Camera {
  const doc = row.doc as Pick<Camera, 'name' | 'position' | 'bearingDeg' | 'fovDeg' | 'ptz'>;
  return {
    id: row.id as string,
    siteId: row.site_id as string,
    zoneId: row.zone_id as string | null,
    name: doc.name,
    position: doc.position,
    bearingDeg: doc.bearingDeg,
    fovDeg: doc.fovDeg,
    ptz: doc.ptz,
    state: row.state as CameraState,
    lastFrameAt: isoOrNull(row.last_frame_at),
    lastError: row.last_error as string | null,
  };
}
