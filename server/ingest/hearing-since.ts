import type { Clock } from '@kuzet/lib/clock.ts';

export interface HearingSince {
  /** To be asked at every look: since when the hub hears without a break, epoch ms; null while it does not. */
  look(): number | null;
  /** What was heard could not be judged or stored: everybody has their time anew. */
  broken(): void;
}

/** No look for longer: the hub was stopped or asleep, and heard nobody either, whatever its parts say. */
const asleepAfterMs = 15_000;

/** Nobody is judged for the time in which the hub itself could not hear (P25). */
export function createHearingSince({ clock, hearing }: { clock: Clock; hearing(): boolean }): HearingSince {
  let sinceMs = clock.now();
  let lastLookMs = clock.now();
  return {
    look() {
      const nowMs = clock.now();
      const hears = hearing();
      if (!hears || nowMs - lastLookMs > asleepAfterMs) sinceMs = nowMs;
      lastLookMs = nowMs;
      return hears ? sinceMs : null;
    },
    broken() {
      sinceMs = clock.now();
    },
  };
}
