import type { SenderReport } from './rtcp.ts';

export interface RtpClock {
  /** The 32-bit timestamp on a line that does not wrap. */
  unwrap(timestamp: number): number;
  onSenderReport(report: SenderReport, arrivalMs: number): void;
  /** Epoch ms at which the picture with this unwrapped timestamp was taken. */
  captureTimeMs(ticks: number, arrivalMs: number): number;
  /** Camera's clock minus ours as of its last report; null before one. Beyond `maxClockErrorMs` it is not used. */
  cameraClockErrorMs(): number | null;
}

/** A camera whose clock is off by more than this has not been set: its word on time would mislead evidence. */
const maxClockErrorMs = 5_000;
const windowMs = 10_000;

/**
 * Capture times from RTCP sender reports; until one came, or when the camera's clock is plainly wrong, from arrival.
 * By arrival means the least delay seen in the last ten to twenty seconds, so that network jitter does not show.
 */
export function createRtpClock(ticksPerS: number): RtpClock {
  let last: number | null = null;
  let report: { ticks: number; ntpMs: number } | null = null;
  let errorMs: number | null = null;
  let offsetMs = Number.POSITIVE_INFINITY;
  let previousOffsetMs = Number.POSITIVE_INFINITY;
  let windowFromMs = Number.NEGATIVE_INFINITY;

  const toMs = (ticks: number) => (ticks * 1000) / ticksPerS;

  function unwrapNear(timestamp: number, near: number): number {
    const difference = (timestamp - (near >>> 0)) | 0;
    return near + difference;
  }

  function byArrival(ticks: number, arrivalMs: number): number {
    if (arrivalMs - windowFromMs > windowMs) {
      previousOffsetMs = offsetMs;
      offsetMs = Number.POSITIVE_INFINITY;
      windowFromMs = arrivalMs;
    }
    const delayMs = arrivalMs - toMs(ticks);
    // The sender's timestamps jumped: what was learned about the old line says nothing about the new one.
    if (Math.abs(delayMs - Math.min(offsetMs, previousOffsetMs)) > maxClockErrorMs) {
      offsetMs = delayMs;
      previousOffsetMs = delayMs;
      report = null;
    }
    offsetMs = Math.min(offsetMs, delayMs);
    const least = Math.min(offsetMs, previousOffsetMs);
    return toMs(ticks) + least;
  }

  return {
    unwrap(timestamp) {
      // JavaScript's >>> takes the number modulo 2³², which is exact up to 2⁵³: thousands of years of 90 kHz.
      last = last === null ? timestamp : unwrapNear(timestamp, last);
      return last;
    },
    onSenderReport(sent, arrivalMs) {
      if (last === null) return;
      const ticks = unwrapNear(sent.rtpTimestamp, last);
      errorMs = sent.ntpMs - byArrival(ticks, arrivalMs);
      report = Math.abs(errorMs) <= maxClockErrorMs ? { ticks, ntpMs: sent.ntpMs } : null;
    },
    captureTimeMs(ticks, arrivalMs) {
      const arrivedMs = byArrival(ticks, arrivalMs);
      return report ? report.ntpMs + toMs(ticks - report.ticks) : arrivedMs;
    },
    cameraClockErrorMs: () => errorMs,
  };
}
