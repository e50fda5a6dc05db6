/** Decoding times for pictures that must be sent as they come, before the next one is known. */
export interface DecodeClock {
  /** @param ptsTicks of the next picture in decoding order. @returns its decoding time, greater than the one before. */
  next(ptsTicks: number): number;
  /** Ticks from one picture to the next, as it was lately. */
  usualTicks(): number;
  reset(): void;
}

const firstGuessTicks = 3_600;
/** H.264 and H.265 hold back at most 16 pictures. */
const deepest = 16;

/**
 * Without B-pictures the presentation time. With them the presentation times in their order, as many pictures late as
 * were seen to overtake one: even steps, which players want more than exact ones.
 */
export function createDecodeClock(): DecodeClock {
  let seen: number[] = [];
  /** Presentation times that no picture was given as its decoding time yet, in order. */
  let waiting: number[] = [];
  let depth = 0;
  let last: number | null = null;
  let usual = firstGuessTicks;
  return {
    next(ptsTicks) {
      depth = Math.min(deepest, Math.max(depth, seen.filter((earlier) => earlier > ptsTicks).length));
      seen = [...seen, ptsTicks].slice(-deepest);
      waiting = [...waiting, ptsTicks].sort((a, b) => a - b);
      const earliest = waiting.length > depth ? waiting.shift()! : Number.NEGATIVE_INFINITY;
      const time = last === null ? Math.min(earliest, ptsTicks) : Math.max(last + 1, earliest);
      if (last !== null && time - last > 1) usual = time - last;
      last = time;
      return time;
    },
    usualTicks: () => usual,
    reset() {
      seen = [];
      waiting = [];
      depth = 0;
      last = null;
      usual = firstGuessTicks;
    },
  };
}
