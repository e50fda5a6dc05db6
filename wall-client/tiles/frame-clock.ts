/** Frames of one video that truly reached the screen. */
export interface FrameClock {
  /** performance.now() of the newest presented frame, earlier by what the machine slept since; null before the first. */
  presentedAtMs(): number | null;
  /** Media time of that frame, seconds. */
  mediaTimeS(): number | null;
  /** Frames presented so far. */
  count(): number;
  /** Before another camera is shown. */
  reset(): void;
  destroy(): void;
}

/** performance.now() need not go on while a machine sleeps; the clock does. By so much more, and it has slept. */
const sleepMs = 1_000;

/** Counts by requestVideoFrameCallback. `currentTime` moves on a black tile too; a presented frame does not lie. */
export function createFrameClock(video: HTMLVideoElement, onFrame?: () => void): FrameClock {
  let presentedAtMs: number | null = null;
  let presentedOnClockMs = 0;
  let mediaTimeS: number | null = null;
  let count = 0;
  let handle = 0;
  let stopped = false;
  const onPresented: VideoFrameRequestCallback = (_now, metadata) => {
    if (stopped) return;
    // The same frame can be announced again after a seek: it counts once.
    if (metadata.mediaTime !== mediaTimeS) {
      presentedAtMs = performance.now();
      presentedOnClockMs = Date.now();
      mediaTimeS = metadata.mediaTime;
      count++;
    }
    handle = video.requestVideoFrameCallback(onPresented);
    onFrame?.();
  };
  handle = video.requestVideoFrameCallback(onPresented);
  return {
    presentedAtMs() {
      if (presentedAtMs === null) return null;
      const sleptMs = Date.now() - presentedOnClockMs - (performance.now() - presentedAtMs);
      return sleptMs < sleepMs ? presentedAtMs : presentedAtMs - Math.floor(sleptMs / sleepMs) * sleepMs;
    },
    mediaTimeS: () => mediaTimeS,
    count: () => count,
    reset() {
      presentedAtMs = null;
      mediaTimeS = null;
    },
    destroy() {
      stopped = true;
      video.cancelVideoFrameCallback(handle);
    },
  };
}
