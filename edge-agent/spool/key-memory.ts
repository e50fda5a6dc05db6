import type { KeyEntry } from './segment-frame.ts';

/** Keys lately seen, oldest forgotten first. Each costs about 30 bytes, and nothing for the garbage collector. */
export interface KeyMemory {
  readonly size: number;
  has(key: string, nowS: number): boolean;
  /** Remembers a key. False when it has it already: it keeps its place and time then. */
  add(key: string, nowS: number): boolean;
}

const words = 5;
const firstCapacity = 1_024;

/**
 * A ring of 128-bit keys with their times, and an index over it by open addressing. Whole keys are compared, so only
 * equal keys are ever taken for each other.
 * @param maxKeys at most so many are remembered.
 * @param windowS and none for longer than this.
 */
export function createKeyMemory({ maxKeys, windowS }: { maxKeys: number; windowS: number }): KeyMemory {
  let capacity = Math.min(firstCapacity, maxKeys);
  let ring = new Uint32Array(capacity * words);
  let index = emptyIndex(capacity);
  let mask = index.length - 1;
  let oldest = 0;
  let size = 0;
  const wanted = new Uint32Array(4);

  function want(key: string): void {
    for (let word = 0; word < 4; word++) {
      const at = word * 4;
      wanted[word] =
        key.charCodeAt(at) |
        (key.charCodeAt(at + 1) << 8) |
        (key.charCodeAt(at + 2) << 16) |
        (key.charCodeAt(at + 3) << 24);
    }
  }

  /** Where in the index the wanted key stands, or the free place where it would. */
  function find(): number {
    let slot = wanted[0]! & mask;
    for (;;) {
      const place = index[slot]!;
      if (place < 0) return slot;
      const at = place * words;
      if (
        ring[at] === wanted[0] &&
        ring[at + 1] === wanted[1] &&
        ring[at + 2] === wanted[2] &&
        ring[at + 3] === wanted[3]
      )
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  function forgetOldest(): void {
    let hole = ring[oldest * words]! & mask;
    while (index[hole] !== oldest) hole = (hole + 1) & mask;
    // What stands behind the hole and may move up does, so that a search never ends before its key.
    for (let slot = (hole + 1) & mask; index[slot]! >= 0; slot = (slot + 1) & mask) {
      const home = ring[index[slot]! * words]! & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      index[hole] = index[slot]!;
      hole = slot;
    }
    index[hole] = -1;
    oldest = (oldest + 1) % capacity;
    size--;
  }

  function grow(): void {
    const next = Math.min(capacity * 2, maxKeys);
    const grown = new Uint32Array(next * words);
    const untilEnd = Math.min(size, capacity - oldest);
    grown.set(ring.subarray(oldest * words, (oldest + untilEnd) * words));
    grown.set(ring.subarray(0, (size - untilEnd) * words), untilEnd * words);
    ring = grown;
    capacity = next;
    oldest = 0;
    index = emptyIndex(capacity);
    mask = index.length - 1;
    for (let place = 0; place < size; place++) {
      let slot = ring[place * words]! & mask;
      while (index[slot]! >= 0) slot = (slot + 1) & mask;
      index[slot] = place;
    }
  }

  const forgetBefore = (timeS: number) => {
    while (size > 0 && ring[oldest * words + 4]! < timeS) forgetOldest();
  };

  return {
    get size() {
      return size;
    },
    has(key, nowS) {
      forgetBefore(nowS - windowS);
      want(key);
      return index[find()]! >= 0;
    },
    add(key, nowS) {
      forgetBefore(nowS - windowS);
      want(key);
      let slot = find();
      if (index[slot]! >= 0) return false;
      if (size === capacity) {
        if (capacity < maxKeys) grow();
        else forgetOldest();
        slot = find();
      }
      let place = oldest + size;
      if (place >= capacity) place -= capacity;
      index[slot] = place;
      const at = place * words;
      for (let word = 0; word < 4; word++) ring[at + word] = wanted[word]!;
      ring[at + 4] = nowS;
      size++;
      return true;
    },
  };
}

/** Half empty at most, so that searches stay short. */
const emptyIndex = (capacity: number) => new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2))).fill(-1);

/**
 * Puts back what was on disk. Times count while the edge runs: a sensor whose message was not acknowledged before an
 * outage of a day sends it again after that day.
 * @param entries oldest first.
 */
export function recall(memory: KeyMemory, entries: readonly KeyEntry[], nowS: number): void {
  const newest = entries.reduce((latest, { timeS }) => Math.max(latest, timeS), 0);
  for (const { key, timeS } of entries) {
    const at = timeS + nowS - newest;
    if (!memory.has(key, nowS)) memory.add(key, at);
  }
}
