/** What is known of a frame that is on its way to the screen. */
interface KnownFrame {
  capturedAtMs: number;
  cached: boolean;
}

/** From a frame's place on the stream's line, 1/90000 s, to the time it was taken. */
export interface FrameTimes {
  note(ptsTicks: number, frame: KnownFrame): void;
  /** The frame whose time is nearest to this media time; null when none is within half a frame or so. */
  find(mediaTimeS: number): KnownFrame | null;
  clear(): void;
}

/** More than a cached group of 15 s holds, at 60 frames a second, with what decoders and buffers hold after it. */
const kept = 2_048;
/** Players round to microseconds; frames are further apart. */
const tolerance = 90;

export function createFrameTimes(): FrameTimes {
  const frames = new Map<number, KnownFrame>();
  return {
    note(ptsTicks, frame) {
      frames.set(ptsTicks, frame);
      for (const oldest of frames.keys()) {
        if (frames.size <= kept) break;
        frames.delete(oldest);
      }
    },
    find(mediaTimeS) {
      const wanted = mediaTimeS * 90_000;
      const exact = frames.get(Math.round(wanted));
      if (exact) return exact;
      let best: KnownFrame | null = null;
      let bestDistance = tolerance;
      for (const [ticks, frame] of frames) {
        const distance = Math.abs(ticks - wanted);
        if (distance <= bestDistance) {
          best = frame;
          bestDistance = distance;
        }
      }
      return best;
    },
    clear: () => frames.clear(),
  };
}
