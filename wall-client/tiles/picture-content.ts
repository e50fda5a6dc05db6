/** A look at the pixels of a presented picture. */
export interface PictureSample {
  /** Brightness, 0 to 255, of a coarse grid over the whole picture. */
  coarse: Uint8Array;
  /** Of the grid and of patches in the picture's own pixels: equal means the same picture. */
  fingerprint: number;
}

/**
 * What the pixels say that frames and links cannot: the camera sends `black`, or frame after frame of the very same
 * picture. `unchanged` is a hint only: a camera's own noise differs from frame to frame, but one that codes a still
 * scene with few bits can truly send equal pictures for a while.
 */
export type PictureContent = 'ordinary' | 'black' | 'unchanged';

export interface ContentLimits {
  blackMs: number;
  unchangedMs: number;
  /** A cell no brighter than this is black, out of 255. Night scenes are brighter by a camera's gain. */
  darkest: number;
  /** Part of the cells that must be black: date and name, which cameras write over their picture, stay white. */
  blackShare: number;
}
export const defaultContentLimits: ContentLimits = {
  blackMs: 2_000,
  unchangedMs: 10_000,
  darkest: 10,
  blackShare: 0.85,
};

export interface ContentJudge {
  /**
   * @param framesShown new frames on the screen so far: without new ones nothing is judged, a stall speaks for itself.
   * @param nowMs of any steady clock.
   */
  look(sample: PictureSample, framesShown: number, nowMs: number): PictureContent;
}

export function createContentJudge(limits: ContentLimits = defaultContentLimits): ContentJudge {
  let frames = 0;
  let fingerprint: number | null = null;
  let blackSinceMs: number | null = null;
  let sameSinceMs: number | null = null;
  return {
    look(sample, framesShown, nowMs) {
      if (framesShown === frames) {
        blackSinceMs = null;
        sameSinceMs = null;
        return 'ordinary';
      }
      frames = framesShown;
      blackSinceMs = isBlack(sample, limits) ? (blackSinceMs ?? nowMs) : null;
      sameSinceMs = sample.fingerprint === fingerprint ? (sameSinceMs ?? nowMs) : null;
      fingerprint = sample.fingerprint;
      if (blackSinceMs !== null && nowMs - blackSinceMs > limits.blackMs) return 'black';
      return sameSinceMs !== null && nowMs - sameSinceMs > limits.unchangedMs ? 'unchanged' : 'ordinary';
    },
  };
}

function isBlack({ coarse }: PictureSample, { darkest, blackShare }: ContentLimits): boolean {
  const dark = coarse.reduce((count, brightness) => count + (brightness <= darkest ? 1 : 0), 0);
  return dark >= coarse.length * blackShare;
}
