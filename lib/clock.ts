/** Time as a dependency: tests turn it, nobody sleeps. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `fn` once after `delayMs`; the returned function cancels it and may be called twice. */
  after(delayMs: number, fn: () => void): () => void;
  /** Calls `fn` every `periodMs` until cancelled. */
  every(periodMs: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, fn) {
    const timer = setInterval(fn, periodMs);
    return () => clearInterval(timer);
  },
};

/** RFC 3339 in UTC with milliseconds. */
export const timestamp = (epochMs: number): string => new Date(epochMs).toISOString();
