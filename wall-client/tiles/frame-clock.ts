/** Frames of one video that truly reached the screen. */
export interface FrameClock {
  /** performance.now() of the newest presented frame; null before the first. */
  presentedAtMs(): number | null;
  /** Media time of that frame, seconds. */
  mediaTimeS(): number | null;
  /** Frames presented so far. */
  count(): number;
  /** Before another camera is shown. */
  reset(): void;
  destroy(): void;
}

/** Counts by requestVideoFrameCallback. `currentTime` moves on a black tile too; a presented frame does not lie. */
export function createFrameClock(video: HTMLVideoElement, onFrame?: () => void): FrameClock {
  let presentedAtMs: number | null = null;
  let mediaTimeS: number | null = null;
  let count = 0;
  let handle = 0;
  let stopped = false;
  const onPresented: VideoFrameRequestCallback = (_now, metadata) => {
    if (stopped) return;
    // The same frame can be announced again after a seek: it counts once.
    if (metadata.mediaTime !== mediaTimeS) {
      presentedAtMs = performance.now();
      mediaTimeS = metadata.mediaTime;
      count++;
    }
    handle = video.requestVideoFrameCallback(onPresented);
    onFrame?.();
  };
  handle = video.requestVideoFrameCallback(onPresented);
  return {
    presentedAtMs: () => presentedAtMs,
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
