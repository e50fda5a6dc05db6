import { createRandom } from '@kuzet/lib/seeded-random.ts';

/** Linear light, three floats a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Float32Array;
}

export type Rgb = readonly [number, number, number];
export type Point = readonly [number, number];

export const createPicture = (width: number, height: number): Picture => ({
  width,
  height,
  rgb: new Float32Array(width * height * 3),
});

export const scaled = ([r, g, b]: Rgb, by: number): Rgb => [r * by, g * by, b * by];
export const mixed = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
export const grey = (level: number, warmth = 0): Rgb => [level * (1 + warmth), level, level * (1 - warmth)];
export const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));
export const smoothstep = (from: number, to: number, value: number): number => {
  const t = clamp01((value - from) / (to - from));
  return t * t * (3 - 2 * t);
};

/** Smooth value noise with period `period` in both directions, 0..1. */
export function createNoise(seed: number, period = 64): (x: number, y: number) => number {
  const random = createRandom(seed);
  const grid = Float32Array.from({ length: period * period }, () => random());
  const at = (x: number, y: number) =>
    grid[(((y % period) + period) % period) * period + (((x % period) + period) % period)]!;
  return (x, y) => {
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const fx = smoothstep(0, 1, x - x0);
    const fy = smoothstep(0, 1, y - y0);
    const top = at(x0, y0) + (at(x0 + 1, y0) - at(x0, y0)) * fx;
    const bottom = at(x0, y0 + 1) + (at(x0 + 1, y0 + 1) - at(x0, y0 + 1)) * fx;
    return top + (bottom - top) * fy;
  };
}

const subRows = 4;

/** Fills a polygon (even-odd) with antialiased edges. */
export function fillPolygon(picture: Picture, points: readonly Point[], color: Rgb, alpha = 1): void {
  if (points.length < 3 || alpha <= 0) return;
  const { width, height, rgb } = picture;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const [, y] of points) {
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const from = Math.max(0, Math.floor(top));
  const to = Math.min(height - 1, Math.floor(bottom));
  const coverage = new Float32Array(width + 1);
  for (let row = from; row <= to; row++) {
    let least = width;
    let most = -1;
    for (let sub = 0; sub < subRows; sub++) {
      const y = row + (sub + 0.5) / subRows;
      const crossings: number[] = [];
      for (let i = 0; i < points.length; i++) {
        const [x1, y1] = points[i]!;
        const [x2, y2] = points[(i + 1) % points.length]!;
        if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
      }
      crossings.sort((a, b) => a - b);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const left = Math.max(0, crossings[i]!);
        const right = Math.min(width, crossings[i + 1]!);
        if (right <= left) continue;
        const first = Math.floor(left);
        const last = Math.min(width - 1, Math.floor(right));
        least = Math.min(least, first);
        most = Math.max(most, last);
        for (let x = first; x <= last; x++) {
          coverage[x] = coverage[x]! + (Math.min(right, x + 1) - Math.max(left, x)) / subRows;
        }
      }
    }
    for (let x = least; x <= most; x++) {
      const a = coverage[x]! * alpha;
      coverage[x] = 0;
      if (a <= 0) continue;
      const at = (row * width + x) * 3;
      rgb[at] = rgb[at]! + (color[0] - rgb[at]!) * a;
      rgb[at + 1] = rgb[at + 1]! + (color[1] - rgb[at + 1]!) * a;
      rgb[at + 2] = rgb[at + 2]! + (color[2] - rgb[at + 2]!) * a;
    }
  }
}

export function fillRect(picture: Picture, x: number, y: number, w: number, h: number, color: Rgb, alpha = 1): void {
  fillPolygon(
    picture,
    [
      [x, y],
      [x + w, y],
      [x + w, y + h],
      [x, y + h],
    ],
    color,
    alpha,
  );
}

export function fillEllipse(
  picture: Picture,
  x: number,
  y: number,
  rx: number,
  ry: number,
  color: Rgb,
  alpha = 1,
): void {
  const count = Math.max(8, Math.min(40, Math.ceil(rx + ry)));
  fillPolygon(
    picture,
    Array.from({ length: count }, (_, i): Point => {
      const angle = (i / count) * 2 * Math.PI;
      return [x + Math.cos(angle) * rx, y + Math.sin(angle) * ry];
    }),
    color,
    alpha,
  );
}

export function strokeLine(picture: Picture, a: Point, b: Point, width: number, color: Rgb, alpha = 1): void {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  // Thinner than a pixel: a pixel wide and fainter.
  const half = Math.max(width, 0.8) / 2;
  const nx = (-(b[1] - a[1]) / length) * half;
  const ny = ((b[0] - a[0]) / length) * half;
  fillPolygon(
    picture,
    [
      [a[0] + nx, a[1] + ny],
      [b[0] + nx, b[1] + ny],
      [b[0] - nx, b[1] - ny],
      [a[0] - nx, a[1] - ny],
    ],
    color,
    alpha * Math.min(1, width / 0.8),
  );
}

/** Calls `paint` for each pixel of an ellipse with its squared relative distance from the centre, 0..1. */
function overEllipse(
  { width, height }: Picture,
  x: number,
  y: number,
  rx: number,
  ry: number,
  paint: (at: number, squared: number) => void,
): void {
  const top = Math.max(0, Math.floor(y - ry));
  const bottom = Math.min(height - 1, Math.ceil(y + ry));
  const left = Math.max(0, Math.floor(x - rx));
  const right = Math.min(width - 1, Math.ceil(x + rx));
  for (let row = top; row <= bottom; row++) {
    const dy = (row + 0.5 - y) / ry;
    for (let column = left; column <= right; column++) {
      const dx = (column + 0.5 - x) / rx;
      const squared = dx * dx + dy * dy;
      if (squared < 1) paint((row * width + column) * 3, squared);
    }
  }
}

/** Adds light: bright in the middle, a long faint skirt, nothing beyond the radius. */
export function addGlow(picture: Picture, x: number, y: number, rx: number, color: Rgb, power = 1, ry = rx): void {
  const { rgb } = picture;
  overEllipse(picture, x, y, rx, ry, (at, squared) => {
    const edge = 1 - squared;
    const light = (power * edge * edge) / (1 + 40 * squared);
    rgb[at] = rgb[at]! + color[0] * light;
    rgb[at + 1] = rgb[at + 1]! + color[1] * light;
    rgb[at + 2] = rgb[at + 2]! + color[2] * light;
  });
}

/** Lays a soft-edged blob over the picture. */
export function addBlob(picture: Picture, x: number, y: number, rx: number, color: Rgb, alpha: number, ry = rx): void {
  const { rgb } = picture;
  overEllipse(picture, x, y, rx, ry, (at, squared) => {
    const edge = 1 - squared;
    const a = alpha * edge * edge;
    rgb[at] = rgb[at]! + (color[0] - rgb[at]!) * a;
    rgb[at + 1] = rgb[at + 1]! + (color[1] - rgb[at + 1]!) * a;
    rgb[at + 2] = rgb[at + 2]! + (color[2] - rgb[at + 2]!) * a;
  });
}
