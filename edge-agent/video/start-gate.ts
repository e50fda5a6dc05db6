import type { TimedUnit } from './depacketiser.ts';
import type { PictureUnits } from './picture-units.ts';

export interface StartGate {
  /** Whether a picture can be decoded from what went through before it. */
  passes(unit: TimedUnit): boolean;
  /** Something is missing: nothing passes until the next key picture. */
  lose(): void;
}

/** Holds pictures back until one that refers to nothing before it, and those that refer to before such a start. */
export function createStartGate({ isSlice, beginsPicture, dependence }: PictureUnits): StartGate {
  let waiting = true;
  let skipLeading = false;
  return {
    passes({ keyFrame, nals }) {
      const first = nals.find(isSlice);
      if (!first) return false;
      const how = dependence(first);
      if (keyFrame && beginsPicture(first)) {
        skipLeading = how === 'cut' || (how === 'open' && waiting);
        waiting = false;
      }
      return !waiting && !(skipLeading && how === 'leading');
    },
    lose() {
      waiting = true;
    },
  };
}
