import type { VideoStream } from '@kuzet/contracts/live-video.ts';

export interface PixelSize {
  width: number;
  height: number;
}

export interface StreamChoice {
  /** What a stream that was asked for turned out to be. */
  learn(asked: VideoStream, size: PixelSize): void;
  knows(asked: VideoStream): boolean;
  /**
   * Which stream a tile of so many physical pixels should show.
   * @param holding the one to stay with between the thresholds; the one shown when left out.
   */
  wanted(tile: PixelSize, nowMs: number, holding?: VideoStream): VideoStream;
  /** The tile shows this one now. */
  changed(to: VideoStream, nowMs: number): void;
  /** The other one gave no picture: it is left alone for a while, each time twice as long. */
  refused(nowMs: number): void;
}

/** Shown so much larger than it is, a small stream looks coarse. Below 0.8 of that it is enough again. */
const enlargedBy = 1.25;
const backBelow = enlargedBy * 0.8;
const dwellMs = 3_000;
const refusedMs = { first: 30_000, most: 10 * 60_000 };
/** Until it has been seen: what most cameras are set to. */
const usualSub: PixelSize = { width: 640, height: 360 };
/** Of a main stream narrower than this nothing is to be gained. */
const worthwhileWidth = 480;

/**
 * Main stream or small one, by the pixels of the screen that the tile covers. Two thresholds and a time between two
 * changes: a tile whose size trembles about one of them does not flap.
 */
export function createStreamChoice(): StreamChoice {
  const sizes: Partial<Record<VideoStream, PixelSize>> = {};
  let current: VideoStream = 'main';
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let refusals = 0;
  return {
    learn(asked, size) {
      sizes[asked] = size;
    },
    knows: (asked) => sizes[asked] !== undefined,
    wanted(tile, nowMs, holding = current) {
      const { main, sub = usualSub } = sizes;
      if (nowMs < restUntilMs) return holding;
      // A camera without a small stream gives its main one for both.
      if (main && sizes.sub && sizes.sub.width >= main.width) return 'main';
      if (main && main.width < worthwhileWidth) return 'main';
      // The whole picture shows, so the tighter side decides.
      const enlarged = Math.min(tile.width / sub.width, tile.height / sub.height);
      if (enlarged > enlargedBy) return 'main';
      return enlarged < backBelow ? 'sub' : holding;
    },
    changed(to, nowMs) {
      current = to;
      refusals = 0;
      restUntilMs = nowMs + dwellMs;
    },
    refused(nowMs) {
      restUntilMs = nowMs + Math.min(refusedMs.first * 2 ** refusals++, refusedMs.most);
    },
  };
}
