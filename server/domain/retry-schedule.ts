/** Attempts of the fire profile stand at 0, 1, 2, 5, 10, 15 and 30 s after the first; these are the gaps between. */
const fireGapsMs = [1_000, 1_000, 3_000, 5_000, 5_000, 15_000];
/** Afterwards: 1, 2, 5, 15, 30 min, then every hour. */
const tailGapsMs = [60_000, 120_000, 300_000, 900_000, 1_800_000];
const lastGapMs = 3_600_000;

/** A message that is not delivered this long after it was written is given up. */
export const giveUpAfterMs = 24 * 3_600_000;
/** A receiver may ask for a longer pause, but not silence a fire: what it asks for is cut here. */
export const longestRetryAfterMs = 3_600_000;

/**
 * How long to wait after failed attempt number `attempts` (1 = the first), in milliseconds; null = give up.
 * `ageMs`: since the message was written. `retryAfterMs`: what the receiver asked for. `random`: 0 up to 1, spreads the
 * gap by ±10 % (Standard Webhooks 1.0 asks for jitter); a gap never gets shorter than what the receiver asked for.
 */
export function retryDelayMs(input: {
  attempts: number;
  ageMs: number;
  retryAfterMs: number | null;
  random: number;
}): number | null {
  const gaps = [...fireGapsMs, ...tailGapsMs];
  const gapMs = gaps[Math.max(0, input.attempts - 1)] ?? lastGapMs;
  const jitteredMs = Math.round(gapMs * (0.9 + 0.2 * input.random));
  const askedMs = Math.min(input.retryAfterMs ?? 0, longestRetryAfterMs);
  const delayMs = Math.max(jitteredMs, askedMs);
  return input.ageMs + delayMs > giveUpAfterMs ? null : delayMs;
}

/** Retry-After (RFC 9110 10.2.3): whole seconds or an HTTP date. Milliseconds from `nowMs`; null where it says nothing. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/[A-Za-z]{3}/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

export type AnswerMeaning = 'delivered' | 'gone' | 'failed';

/** What an HTTP status means to the sender (Standard Webhooks 1.0): 2xx taken, 410 endpoint gone, all else a failure, 3xx too. */
export function meaningOfStatus(status: number): AnswerMeaning {
  if (status >= 200 && status < 300) return 'delivered';
  return status === 410 ? 'gone' : 'failed';
}
