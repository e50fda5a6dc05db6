import type { Position } from '@kuzet/contracts/common.ts';
import type { NearbyCamera } from '@kuzet/contracts/incident.ts';

type Place = Pick<Position, 'lon' | 'lat'>;

/** Mean radius of the Earth (IUGG R1). The sphere is wrong by at most 0.5 %, 1 m in 200. */
const earthRadiusM = 6_371_008.8;
const radians = (deg: number) => (deg * Math.PI) / 180;

/** Great-circle distance in metres (haversine). */
export function distanceM(a: Place, b: Place): number {
  const dLat = radians(b.lat - a.lat);
  const dLon = radians(b.lon - a.lon);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(dLon / 2) ** 2;
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Initial bearing from one place to another, degrees clockwise from north in [0, 360); 0 where they coincide. */
export function bearingDeg(from: Place, to: Place): number {
  const dLon = radians(to.lon - from.lon);
  const y = Math.sin(dLon) * Math.cos(radians(to.lat));
  const x =
    Math.cos(radians(from.lat)) * Math.sin(radians(to.lat)) -
    Math.sin(radians(from.lat)) * Math.cos(radians(to.lat)) * Math.cos(dLon);
  return ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360;
}

export interface CameraPlace {
  id: string;
  position: Position;
}

/** What a duty officer can take in at once, and one wall screen shows beside the plan. */
export const mostCameras = 6;
/** A camera further away shows the place too small to judge, and crowds out what is shown now. */
export const nearM = 300;
/** Where nothing is near, one picture from up to here still tells smoke from none. */
export const lastResortM = 2_000;

/**
 * The cameras to show for a place: up to six within 300 m, nearest first; where there are none, the single nearest
 * within 2 km. Equal distances (to 0.1 m): the same floor first, then by id, so that the answer never depends on order.
 */
export function nearestCameras(place: Position, cameras: readonly CameraPlace[]): NearbyCamera[] {
  const byNearness = cameras
    .map(({ id, position }) => ({
      id,
      distanceM: Math.round(distanceM(place, position) * 10) / 10,
      bearingDeg: (Math.round(bearingDeg(place, position) * 10) / 10) % 360,
      otherFloor: place.floor !== undefined && position.floor !== undefined && place.floor !== position.floor,
    }))
    .filter((camera) => camera.distanceM <= lastResortM)
    .sort(
      (a, b) =>
        a.distanceM - b.distanceM ||
        Number(a.otherFloor) - Number(b.otherFloor) ||
        (a.id < b.id ? -1 : Number(a.id > b.id)),
    );
  const near = byNearness.filter((camera) => camera.distanceM <= nearM).slice(0, mostCameras);
  return (near.length > 0 ? near : byNearness.slice(0, 1)).map(({ otherFloor: _, ...camera }) => camera);
}
