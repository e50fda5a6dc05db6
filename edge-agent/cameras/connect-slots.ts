export interface ConnectSlots {
  /** Waits for its turn, in order; the returned function frees the slot and may be called twice. */
  acquire(): Promise<() => void>;
}

/**
 * Lets only so many cameras connect at once: after a power cut all of a site's cameras come back together, and neither
 * they nor their switch should meet every session at the same moment.
 */
export function createConnectSlots(count: number): ConnectSlots {
  let free = count;
  const queue: (() => void)[] = [];
  const release = () => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };
  return {
    async acquire() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => queue.push(resolve));
      let held = true;
      return () => {
        if (held) release();
        held = false;
      };
    },
  };
}
