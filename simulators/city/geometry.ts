/** Longitude, latitude, WGS 84 degrees. */
export type Point = readonly [lon: number, lat: number];

const metresPerDegree = 111_320;

/** A point `eastM` and `northM` metres from another. Flat earth: good to centimetres within a city. */
export function offset([lon, lat]: Point, eastM: number, northM: number): Point {
  return [
    round(lon + eastM / (metresPerDegree * Math.cos((lat * Math.PI) / 180))),
    round(lat + northM / metresPerDegree),
  ];
}

/** Metres from one point to another over the ground. */
export function distanceM(a: Point, b: Point): number {
  const east = (b[0] - a[0]) * metresPerDegree * Math.cos((((a[1] + b[1]) / 2) * Math.PI) / 180);
  return Math.hypot(east, (b[1] - a[1]) * metresPerDegree);
}

/** Where two polylines first cross. Throws when they do not. */
export function crossing(first: readonly Point[], second: readonly Point[]): Point {
  for (let i = 1; i < first.length; i++) {
    for (let j = 1; j < second.length; j++) {
      const at = segmentCrossing(first[i - 1]!, first[i]!, second[j - 1]!, second[j]!);
      if (at) return at;
    }
  }
  throw new Error('the streets do not cross');
}

/** The point a part (0..1) of the way along a polyline. */
export function along(line: readonly Point[], part: number): Point {
  const lengths = line.slice(1).map((point, i) => distanceM(line[i]!, point));
  let left = part * lengths.reduce((sum, length) => sum + length, 0);
  for (const [i, length] of lengths.entries()) {
    if (left <= length || i === lengths.length - 1) {
      const [a, b] = [line[i]!, line[i + 1]!];
      const t = length === 0 ? 0 : Math.min(1, left / length);
      return [round(a[0] + (b[0] - a[0]) * t), round(a[1] + (b[1] - a[1]) * t)];
    }
    left -= length;
  }
  throw new Error('a line needs two points');
}

/** Whether a point lies in a polygon (even-odd rule); the outline may be closed or not. */
export function inside([x, y]: Point, outline: readonly Point[]): boolean {
  let within = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [xi, yi] = outline[i]!;
    const [xj, yj] = outline[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}

function segmentCrossing(a: Point, b: Point, c: Point, d: Point): Point | null {
  const [rx, ry, sx, sy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
  const cross = rx * sy - ry * sx;
  if (cross === 0) return null;
  const t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / cross;
  const u = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / cross;
  return t < 0 || t > 1 || u < 0 || u > 1 ? null : [round(a[0] + rx * t), round(a[1] + ry * t)];
}

/** Six decimals: ten centimetres. */
const round = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
