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

/** RFC 3339 in UTC with milliseconds. @throws RangeError for a time that Date cannot hold. */
export function timestamp(epochMs: number): string {
  // Asked for with every reading: all but the end of the text is the one of the reading before.
  const inMinuteMs = epochMs - minute.ms;
  if (!(inMinuteMs >= 0 && inMinuteMs < 60_000) || !Number.isInteger(inMinuteMs)) {
    const text = new Date(epochMs).toISOString();
    if (Number.isInteger(epochMs))
      minute = { ms: epochMs - (((epochMs % 60_000) + 60_000) % 60_000), text: text.slice(0, -7) };
    return text;
  }
  const milli = inMinuteMs % 1_000;
  return `${minute.text}${twoDigits[(inMinuteMs - milli) / 1_000]}.${milli < 10 ? '00' : milli < 100 ? '0' : ''}${milli}Z`;
}
let minute = { ms: Number.NaN, text: '' };
const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
