import { type Picture, type Rgb, smoothstep } from './raster.ts';
import type { Place, View } from './view.ts';

/** A street lamp or any light that hangs over the ground. */
export interface Lamp {
  place: Place;
  color: Rgb;
  /** Light on the ground right below. */
  power: number;
}

/** Light of all lamps that falls on a horizontal patch. */
export function lampLight(lamps: readonly Lamp[], x: number, y: number, z = 0): [number, number, number] {
  const light: [number, number, number] = [0, 0, 0];
  for (const { place, color, power } of lamps) {
    const h = Math.max(0.5, place[2] - z);
    const squared = (x - place[0]) ** 2 + (y - place[1]) ** 2;
    const part = (power * h ** 3) / (squared + h * h) ** 1.5;
    light[0] += color[0] * part;
    light[1] += color[1] * part;
    light[2] += color[2] * part;
  }
  return light;
}

/** Mean over a stretch of `span` of a stripe `width` wide at `center`: an antialiased road marking. */
export function stripe(at: number, center: number, width: number, span: number): number {
  const from = Math.max(center - width / 2, at - span / 2);
  const to = Math.min(center + width / 2, at + span / 2);
  return Math.max(0, to - from) / span;
}

/** The same for stripes repeated every `period`. */
export function stripes(at: number, period: number, width: number, span: number): number {
  if (span > period) return width / period;
  const phase = at - Math.round(at / period) * period;
  return (
    stripe(phase, 0, width, span) + stripe(phase - period, 0, width, span) + stripe(phase + period, 0, width, span)
  );
}

/** The ground as the camera sees it, pixel by pixel, so that moving lights can be laid on it. */
export interface Ground {
  /** Albedo 0..1; 0 above the horizon. */
  albedo: Float32Array;
  x: Float32Array;
  y: Float32Array;
}

export interface GroundLook {
  /** Reflectance of a patch `spanX` by `spanY` metres. */
  albedo(x: number, y: number, spanX: number, spanY: number): number;
  lamps: readonly Lamp[];
  ambient: Rgb;
  fog: Rgb;
  /** Distance at which two thirds of the light is the haze's. */
  fogM: number;
  /** How much of a lamp the wet or icy ground mirrors, 0..1. */
  gloss?: number;
}

/** Draws the lit ground and keeps what moving lights need. */
export function drawGround(picture: Picture, view: View, look: GroundLook): Ground {
  const { width, height, rgb } = picture;
  const ground: Ground = {
    albedo: new Float32Array(width * height),
    x: new Float32Array(width * height),
    y: new Float32Array(width * height),
  };
  for (let py = 0; py < height; py++) {
    for (let px = 0; px < width; px++) {
      const place = view.ground(px + 0.5, py + 0.5);
      if (!place) continue;
      const [x, y] = place;
      const beside = view.ground(px + 1.5, py + 0.5) ?? place;
      const below = view.ground(px + 0.5, py + 1.5) ?? place;
      const spanX = Math.max(1e-3, Math.hypot(beside[0] - x, beside[1] - y));
      const spanY = Math.max(1e-3, Math.hypot(below[0] - x, below[1] - y));
      const at = py * width + px;
      const albedo = look.albedo(x, y, spanX, spanY);
      ground.albedo[at] = albedo;
      ground.x[at] = x;
      ground.y[at] = y;
      const far = Math.hypot(x - view.eye[0], y);
      const haze = 1 - Math.exp(-far / look.fogM);
      const light = lampLight(look.lamps, x, y);
      for (let c = 0; c < 3; c++) {
        rgb[at * 3 + c] = albedo * (light[c]! + look.ambient[c]!) * (1 - haze) + look.fog[c]! * haze;
      }
    }
  }
  if (look.gloss) drawReflections(picture, view, look, look.gloss);
  return ground;
}

/** Lamps stand in wet ground as long vertical streaks. */
function drawReflections(picture: Picture, view: View, { lamps }: GroundLook, gloss: number): void {
  for (const { place, color, power } of lamps) {
    const mirrored = view.project([place[0], place[1], -place[2]]);
    if (!mirrored || mirrored.y > picture.height * 1.5) continue;
    const foot = view.project([place[0], place[1], 0]);
    if (!foot) continue;
    const long = (mirrored.y - foot.y) * 0.9;
    const wide = mirrored.scale * 0.55;
    for (let py = Math.max(0, Math.floor(foot.y)); py < Math.min(picture.height, mirrored.y + long); py++) {
      const along = (py - mirrored.y) / long;
      const lightness = Math.exp(-along * along * 2.2) * power * gloss;
      for (
        let px = Math.max(0, Math.floor(mirrored.x - wide * 3));
        px < Math.min(picture.width, mirrored.x + wide * 3);
        px++
      ) {
        const across = (px + 0.5 - mirrored.x) / wide;
        const light = lightness * Math.exp(-across * across);
        const at = (py * picture.width + px) * 3;
        for (let c = 0; c < 3; c++) picture.rgb[at + c] = picture.rgb[at + c]! + color[c]! * light;
      }
    }
  }
}

/** A pair of headlights lays its beam on the ground ahead. `heading` in radians, 0 is away from the camera, clockwise. */
export function drawBeam(
  picture: Picture,
  view: View,
  ground: Ground,
  car: { x: number; y: number; heading: number },
  power: number,
): void {
  const ahead: readonly [number, number] = [Math.sin(car.heading), Math.cos(car.heading)];
  const reachM = 26;
  let left = picture.width;
  let right = 0;
  let top = picture.height;
  let bottom = 0;
  for (const [f, l] of [
    [0, -3],
    [0, 3],
    [reachM, -9],
    [reachM, 9],
    [reachM / 2, -7],
    [reachM / 2, 7],
  ] as const) {
    const seen = view.project([
      car.x + ahead[0] * f + ahead[1] * l,
      Math.max(1, car.y + ahead[1] * f - ahead[0] * l),
      0,
    ]);
    if (!seen) continue;
    left = Math.min(left, seen.x);
    right = Math.max(right, seen.x);
    top = Math.min(top, seen.y);
    bottom = Math.max(bottom, seen.y);
  }
  const { width, rgb } = picture;
  for (let py = Math.max(0, Math.floor(top)); py < Math.min(picture.height, bottom + 1); py++) {
    for (let px = Math.max(0, Math.floor(left)); px < Math.min(width, right + 1); px++) {
      const at = py * width + px;
      const albedo = ground.albedo[at]!;
      if (albedo === 0) continue;
      const dx = ground.x[at]! - car.x;
      const dy = ground.y[at]! - car.y;
      const forward = dx * ahead[0] + dy * ahead[1];
      if (forward < 0.3 || forward > reachM) continue;
      const across = (dx * ahead[1] - dy * ahead[0]) / (1 + forward * 0.2);
      const light =
        ((power * Math.exp(-across * across * 0.8)) / (1 + (forward / 7) ** 2)) *
        smoothstep(0.3, 2.5, forward) *
        smoothstep(reachM, reachM * 0.6, forward) *
        albedo;
      rgb[at * 3] = rgb[at * 3]! + light;
      rgb[at * 3 + 1] = rgb[at * 3 + 1]! + light * 0.95;
      rgb[at * 3 + 2] = rgb[at * 3 + 2]! + light * 0.84;
    }
  }
}

/** A patch of light on the ground, as from a fire above. */
export function drawPool(
  picture: Picture,
  ground: Ground,
  x: number,
  y: number,
  radiusM: number,
  color: Rgb,
  power: number,
): void {
  const { rgb } = picture;
  for (let at = 0; at < ground.albedo.length; at++) {
    const albedo = ground.albedo[at]!;
    if (albedo === 0) continue;
    const squared = ((ground.x[at]! - x) ** 2 + (ground.y[at]! - y) ** 2) / (radiusM * radiusM);
    if (squared > 9) continue;
    const light = (power * albedo) / (1 + squared * 2) ** 1.5;
    for (let c = 0; c < 3; c++) rgb[at * 3 + c] = rgb[at * 3 + c]! + color[c]! * light;
  }
}
