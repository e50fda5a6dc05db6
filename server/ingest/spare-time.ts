/** More than an edge has on the way at a time. Whatever the database does, what comes is read then, in its order. */
const mostWaiting = 64;

export interface SpareTime {
  /** From now on this thread has something to do that the database waits for. */
  taken(): void;
  /** What it waited for is on its way. */
  free(): void;
  /** Does some work that takes milliseconds: at once, or as soon as there is time. Works keep their order. */
  whenSpare(work: () => void): void;
}

/** Lets the hub read the next batches while the database writes, and not while the database waits for the hub. */
export function createSpareTime(): SpareTime {
  let isTaken = false;
  const waiting: (() => void)[] = [];
  function catchUp(): void {
    while (!isTaken && waiting.length > 0) waiting.shift()?.();
  }
  return {
    taken() {
      isTaken = true;
    },
    free() {
      isTaken = false;
      // What has just been asked of the database leaves first.
      if (waiting.length > 0) setImmediate(catchUp);
    },
    whenSpare(work) {
      if (!isTaken && waiting.length === 0) return work();
      waiting.push(work);
      if (waiting.length > mostWaiting) waiting.shift()?.();
    },
  };
}
