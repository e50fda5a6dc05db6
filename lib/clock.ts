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
  if (!(epochMs >= 0 && epochMs < year10000)) return new Date(epochMs).toISOString();
  // Asked for twice with every reading, now and when it was observed: all but the end of the text was written before.
  if (epochMs - minute.ms >= 60_000 || !(epochMs >= minute.ms)) {
    [minute, minuteBefore] = [minuteBefore, minute];
    if (epochMs - minute.ms >= 60_000 || !(epochMs >= minute.ms)) {
      const ms = Math.floor(epochMs / 60_000) * 60_000;
      minute = { ms, text: new Date(ms).toISOString().slice(0, -7) };
    }
  }
  const inMinuteMs = Math.floor(epochMs) - minute.ms;
  const milli = inMinuteMs % 1_000;
  return `${minute.text}${twoDigits[(inMinuteMs - milli) / 1_000]}.${milli < 10 ? '00' : milli < 100 ? '0' : ''}${milli}Z`;
}
let minute = { ms: Number.NaN, text: '' };
let minuteBefore = minute;
const year10000 = Date.UTC(10_000, 0);
const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
