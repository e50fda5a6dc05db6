export interface PictureTimes {
  /**
   * Presentation time for the next picture in decoding order, 1/90000 s.
   * `byArrival`: the camera's own word on time is of no use now.
   */
  next(picture: { ptsTicks: number; keyFrame: boolean }, arrivalMs: number): { ptsTicks: number; byArrival: boolean };
}

/** H.264 and H.265 hold back at most 16 pictures: of more than that in a row, one is the latest so far. */
const deepest = 16;
/** So many in a row that go forward, and the camera is believed again. */
const believedAfter = 50;
/** A step back by more is a jump of the camera's clock, told once, and no picture out of order. */
const maxReorderMs = 1_000;

/** Some cameras send a time that stands still or runs backwards: then pictures are as far apart as they came. */
export function createPictureTimes(ticksPerS: number): PictureTimes {
  const ticksPerMs = ticksPerS / 1000;
  let last: { told: number; given: number; arrivalMs: number } | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  let behind = 0;
  let forward = 0;
  let byArrival = false;

  return {
    next({ ptsTicks, keyFrame }, arrivalMs) {
      const step = last === null ? 1 : ptsTicks - last.told;
      forward = step > 0 ? forward + 1 : 0;
      if (ptsTicks > highest || step < -maxReorderMs * ticksPerMs) {
        highest = ptsTicks;
        behind = 0;
      } else behind++;
      if (behind > deepest) byArrival = true;
      else if (byArrival && keyFrame && forward >= believedAfter) {
        byArrival = false;
        highest = ptsTicks;
      }
      const given =
        byArrival && last ? last.given + Math.max(1, Math.round((arrivalMs - last.arrivalMs) * ticksPerMs)) : ptsTicks;
      last = { told: ptsTicks, given, arrivalMs };
      return { ptsTicks: given, byArrival };
    },
  };
}
