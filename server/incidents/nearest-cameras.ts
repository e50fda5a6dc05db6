import type { Position } from '@kuzet/contracts/common.ts';
import type { NearbyCamera } from '@kuzet/contracts/incident.ts';
import { lastResortM, nearestCameras } from '../domain/geometry.ts';
import type { Queryable } from '../store/database.ts';

const metresPerDegree = 111_000;

/** The cameras in service to show for a place, chosen by domain/geometry.ts. */
export async function camerasNear(q: Queryable, position: Position): Promise<NearbyCamera[]> {
  const latDeg = (lastResortM / metresPerDegree) * 1.1;
  const lonDeg = latDeg / Math.max(0.01, Math.cos((position.lat * Math.PI) / 180));
  const rows = await q.query<{ id: string; lon: number; lat: number; floor: number | null }>(
    `select id, lon, lat, (doc -> 'position' ->> 'floor')::integer as floor from kuzet.cameras
     where state <> 'disabled' and removed_at is null and lon between $1 and $2 and lat between $3 and $4`,
    [position.lon - lonDeg, position.lon + lonDeg, position.lat - latDeg, position.lat + latDeg],
  );
  return nearestCameras(
    position,
    rows.map(({ id, lon, lat, floor }) => ({ id, position: { lon, lat, ...(floor === null ? {} : { floor }) } })),
  );
}
