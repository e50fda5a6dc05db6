/** Longitude, latitude, degrees (GeoJSON order). */
export type LonLat = [number, number];

const metresPerDegreeLat = 111_320;

/** A point `distanceM` metres away at `bearingDeg`, clockwise from north. Flat-earth: good to a metre within 10 km. */
export function offset([lon, lat]: LonLat, bearingDeg: number, distanceM: number): LonLat {
  const bearing = (bearingDeg * Math.PI) / 180;
  const metresPerDegreeLon = metresPerDegreeLat * Math.cos((lat * Math.PI) / 180);
  return [
    lon + (Math.sin(bearing) * distanceM) / metresPerDegreeLon,
    lat + (Math.cos(bearing) * distanceM) / metresPerDegreeLat,
  ];
}

/** Metres between two points, flat-earth. */
export function distanceM([lonA, latA]: LonLat, [lonB, latB]: LonLat): number {
  const metresPerDegreeLon = metresPerDegreeLat * Math.cos((((latA + latB) / 2) * Math.PI) / 180);
  return Math.hypot((lonB - lonA) * metresPerDegreeLon, (latB - latA) * metresPerDegreeLat);
}

/** A circle as `dashCount` short arcs with equal gaps: deck's own dashes need a package more. */
export function dashedRing(centre: LonLat, radiusM: number, dashCount: number): LonLat[][] {
  const stepDeg = 360 / dashCount;
  return Array.from({ length: dashCount }, (_, i) =>
    [0, 0.2, 0.4].map((part) => offset(centre, (i + part) * stepDeg, radiusM)),
  );
}

/**
 * Catmull-Rom through every point, `steps` pieces a segment. `tension` 0.5 is the usual curve; less stays nearer to the
 * straight line, which streets want.
 */
export function smoothLine(line: LonLat[], steps: number, tension = 0.5): LonLat[] {
  const out: LonLat[] = [];
  for (let i = 0; i < line.length - 1; i++) {
    const b = line[i] as LonLat;
    const c = line[i + 1] as LonLat;
    const a = line[i - 1] ?? b;
    const d = line[i + 2] ?? c;
    for (let step = 0; step < steps; step++) {
      const t = step / steps;
      out.push([hermite(a[0], b[0], c[0], d[0], t, tension), hermite(a[1], b[1], c[1], d[1], t, tension)]);
    }
  }
  const last = line.at(-1);
  if (last) out.push(last);
  return out;
}

function hermite(a: number, b: number, c: number, d: number, t: number, tension: number): number {
  const tangentB = tension * (c - a);
  const tangentC = tension * (d - b);
  const t2 = t * t;
  const t3 = t2 * t;
  return (2 * t3 - 3 * t2 + 1) * b + (t3 - 2 * t2 + t) * tangentB + (-2 * t3 + 3 * t2) * c + (t3 - t2) * tangentC;
}

/** Whether a point lies in a ring (even-odd). */
export function inRing([x, y]: LonLat, ring: LonLat[]): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i] as LonLat;
    const [xj, yj] = ring[j] as LonLat;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
