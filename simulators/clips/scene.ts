import type { Development } from './develop.ts';
import type { Picture } from './raster.ts';

/** Seconds after which every clip is where it began. */
export const loopS = 10;
export const framesPerSecond = 12;

/** One clip to render. */
export interface Scene {
  name: string;
  width: number;
  height: number;
  development: Development;
  /** x264's constant rate factor: more is smaller. */
  crf: number;
  /** Second of the loop that makes the snapshot. */
  snapshotS: number;
  /** Prepares what stands still; the returned function draws the picture at a time, anew each call. */
  build(width: number, height: number): (timeS: number) => Picture;
}

/** Position on a stretch from `from` to `to` that a traveller covers once (or `laps` times) in a loop. */
export function travel(from: number, to: number, start: number, timeS: number, laps = 1): number {
  const part = (((start + (laps * timeS) / loopS) % 1) + 1) % 1;
  return from + (to - from) * part;
}
