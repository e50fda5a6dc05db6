import { plainTimeMs } from '@kuzet/lib/plain-time.ts';

/** A device's clock may run ahead of the edge's by this much before it is not believed. */
export const clockAheadMs = 60_000;
/** A device may hold readings back this long; one that says older has no clock (1970) or a wrong one. */
export const clockBehindMs = 24 * 3600_000;

/**
 * The time to judge and order by, epoch milliseconds: the device's word where it can be true, else when the edge heard
 * it. A clock in the future would otherwise hold the latest value there, and one at 1970 would open old incidents.
 */
export function judgedTime(observedAtMs: number, receivedAtMs: number): { atMs: number; believed: boolean } {
  const believed = observedAtMs <= receivedAtMs + clockAheadMs && observedAtMs >= receivedAtMs - clockBehindMs;
  return { atMs: believed ? observedAtMs : receivedAtMs, believed };
}

/** A believed reading that its device, or the gateway before the edge, held back for more than a minute. */
export const isLate = (observedAtMs: number, receivedAtMs: number): boolean =>
  observedAtMs < receivedAtMs - lateAfterMs;
const lateAfterMs = 60_000;

/** Epoch milliseconds of an RFC 3339 time; NaN when it is none. */
export function timeMs(text: string): number {
  const ms = plainTimeMs(text);
  return Number.isNaN(ms) ? Date.parse(text) : ms;
}
