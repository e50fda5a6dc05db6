/** How much later frames come than they did at their best. Clocks of camera and page need not agree for that. */
export interface Lag {
  /** @param nowMs of any clock that goes evenly. @returns milliseconds; 0 for the quickest of the last seconds. */
  of(capturedAtMs: number, nowMs: number): number;
}

/** After one to two of these a delay that lasts is what there is: a camera's clock was set, or the way is longer now. */
const windowMs = 10_000;
/** Pictures out of order go back by less: the camera's clock was set back, and by it all would be late from now on. */
const setBackMs = 1_000;

export function createLag(): Lag {
  let leastMs = Number.POSITIVE_INFINITY;
  let leastBeforeMs = Number.POSITIVE_INFINITY;
  let windowFromMs = Number.NEGATIVE_INFINITY;
  let lastCapturedAtMs = Number.NEGATIVE_INFINITY;
  return {
    of(capturedAtMs, nowMs) {
      const isSetBack = lastCapturedAtMs - capturedAtMs > setBackMs;
      lastCapturedAtMs = capturedAtMs;
      if (isSetBack || nowMs - windowFromMs > windowMs) {
        leastBeforeMs = isSetBack ? Number.POSITIVE_INFINITY : leastMs;
        leastMs = Number.POSITIVE_INFINITY;
        windowFromMs = nowMs;
      }
      const delayMs = nowMs - capturedAtMs;
      leastMs = Math.min(leastMs, delayMs);
      return delayMs - Math.min(leastMs, leastBeforeMs);
    },
  };
}
