/** What hls.js knows of a segment. */
export interface TimedFragment {
  /** Media time of its start, seconds. */
  start: number;
  duration: number;
  /** PROGRAM-DATE-TIME in epoch milliseconds, where the playlist gives one. */
  programDateTime: number | null;
}

/** When the frame at `mediaTimeS` was captured, epoch milliseconds; null where the playlist does not say. */
export function captureTimeMs(fragments: readonly TimedFragment[], mediaTimeS: number): number | null {
  let best: TimedFragment | null = null;
  for (const fragment of fragments) {
    if (fragment.programDateTime === null) continue;
    if (fragment.start <= mediaTimeS + 0.001 || best === null) best = fragment;
  }
  if (best?.programDateTime == null) return null;
  return best.programDateTime + (mediaTimeS - best.start) * 1000;
}
