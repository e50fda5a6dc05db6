import type { AccessUnit } from './access-unit.ts';

/** Pictures from one key frame up to the next, by one clock of the camera. */
export interface PictureGroup {
  units: AccessUnit[];
  bytes: number;
  /** The stream was interrupted before it. */
  broken: boolean;
}

export interface RingListener {
  /** Every picture from now on; the first one after a break has `broken`. */
  onUnit(unit: AccessUnit, broken: boolean): void;
}

export interface EventRing {
  /** @param broken it does not continue what came before, and is a key frame. Its memory must be its own. */
  push(unit: AccessUnit, broken?: boolean): void;
  /** Whole groups from the one that holds `fromMs` (capture time) on; the last one may still grow. Do not change them. */
  since(fromMs: number): readonly PictureGroup[];
  listen(listener: RingListener): () => void;
  bytes(): number;
  /** Capture time from the first to the last picture, ms. */
  spanMs(): number;
  close(): void;
}

/** Bytes of pictures that all rings of an agent hold together. */
export interface RingBudget {
  readonly maxBytes: number;
  /** Takes the oldest group of the longest ring until all together fit, so that rings grow shorter evenly. */
  fit(): void;
  add(ring: BudgetedRing): () => void;
}
interface BudgetedRing {
  bytes(): number;
  spanMs(): number;
  /** False when nothing can be given. */
  dropOldest(): boolean;
}

export function createRingBudget(maxBytes: number): RingBudget {
  const rings = new Set<BudgetedRing>();
  return {
    maxBytes,
    fit() {
      let total = 0;
      for (const ring of rings) total += ring.bytes();
      while (total > maxBytes) {
        const [longest] = [...rings].filter((ring) => ring.bytes() > 0).sort((a, b) => b.spanMs() - a.spanMs());
        if (!longest) return;
        const before = longest.bytes();
        if (!longest.dropOldest()) return;
        total -= before - longest.bytes();
      }
    },
    add(ring) {
      rings.add(ring);
      return () => void rings.delete(ring);
    },
  };
}

/**
 * The coded pictures of one camera of the last `ringMs`, cut at key frames: what is older than needed goes by whole
 * groups, so a long group of pictures is kept from its beginning.
 */
export function createEventRing(options: { ringMs: number; maxBytes: number; budget: RingBudget }): EventRing {
  const { ringMs, maxBytes, budget } = options;
  const groups: PictureGroup[] = [];
  const listeners = new Set<RingListener>();
  let held = 0;

  function dropOldest(): boolean {
    const gone = groups.shift();
    if (!gone) return false;
    held -= gone.bytes;
    return true;
  }

  const self: BudgetedRing = {
    bytes: () => held,
    spanMs() {
      const first = groups[0]?.units[0];
      const last = groups.at(-1)?.units.at(-1);
      return first && last ? Math.max(0, last.captureTimeMs - first.captureTimeMs) : 0;
    },
    dropOldest,
  };
  const leave = budget.add(self);

  return {
    bytes: self.bytes,
    spanMs: self.spanMs,
    push(unit, broken = false) {
      for (const { onUnit } of listeners) onUnit(unit, broken);
      const size = unit.nals.reduce((sum, nal) => sum + nal.length, 0);
      if (unit.keyFrame) {
        groups.push({ units: [unit], bytes: size, broken });
      } else {
        const last = groups.at(-1);
        // Where the group it belongs to gave way, it decodes to nothing.
        if (!last) return;
        last.units.push(unit);
        last.bytes += size;
      }
      held += size;
      const oldestNeededMs = unit.captureTimeMs - ringMs;
      while (groups.length > 1 && groups[1]!.units[0]!.captureTimeMs <= oldestNeededMs) dropOldest();
      while (held > maxBytes && dropOldest());
      budget.fit();
    },
    since(fromMs) {
      let at = groups.length - 1;
      while (at > 0 && groups[at]!.units[0]!.captureTimeMs > fromMs) at--;
      return at < 0 ? [] : groups.slice(at);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      leave();
      listeners.clear();
      while (dropOldest());
    },
  };
}
