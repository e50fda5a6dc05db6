export interface PictureTimes {
  /**
   * Presentation time for the next picture in decoding order, 1/90000 s.
   * `byArrival`: the camera's own word on time is of no use now.
   */
  next(picture: { ptsTicks: number; keyFrame: boolean }, arrivalMs: number): { ptsTicks: number; byArrival: boolean };
}

/** H.264 and H.265 hold back at most 16 pictures: of more than that in a row, one is the latest so far. */
const deepest = 16;
/** Of 16 that are held back a pyramid decodes four in a row against their order. */
const deepestBackwards = 4;
/** So many in a row that go forward, and the camera is believed again. */
const believedAfter = 50;
/**
 * A step back by more, or forward by so much more than passed meanwhile, is a jump of the camera's clock, told once, and
 * no picture out of order. It is stepped over: the pictures go on, and players would otherwise wait for a key frame.
 */
const maxStepMs = 1_000;

/** Some cameras send a time that stands still, jumps or runs backwards: then pictures are as far apart as they came. */
export function createPictureTimes(ticksPerS: number): PictureTimes {
  const ticksPerMs = ticksPerS / 1000;
  let last: { told: number; arrivalMs: number } | null = null;
  /** From the camera's time to the one given. */
  let shift = 0;
  let highestGiven = Number.NEGATIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let behind = 0;
  let backwards = 0;
  let forward = 0;
  let byArrival = false;
  /** A step back where there was none for long: perhaps the first of many. Its time of capture is not taken from it. */
  let doubted = false;

  return {
    next({ ptsTicks, keyFrame }, arrivalMs) {
      const step = last === null ? 1 : ptsTicks - last.told;
      const passed = last === null ? 1 : Math.max(1, Math.round((arrivalMs - last.arrivalMs) * ticksPerMs));
      const maxStep = maxStepMs * ticksPerMs;
      const jumped = step === 0 || step < -maxStep || (step > maxStep && step - passed > maxStep);
      doubted = step <= 0 && (doubted || step === 0 || forward >= believedAfter);
      forward = step > 0 ? forward + 1 : 0;
      backwards = step < 0 ? backwards + 1 : 0;
      if (ptsTicks > highest || step < -maxStep) {
        highest = ptsTicks;
        behind = 0;
      } else behind++;
      if (behind > deepest || backwards > deepestBackwards) byArrival = true;
      else if (byArrival && keyFrame && forward >= believedAfter) {
        byArrival = false;
        highest = ptsTicks;
      }
      if (last && (jumped || byArrival)) shift = highestGiven + passed - ptsTicks;
      const given = ptsTicks + shift;
      highestGiven = Math.max(highestGiven, given);
      last = { told: ptsTicks, arrivalMs };
      return { ptsTicks: given, byArrival: byArrival || doubted };
    },
  };
}
