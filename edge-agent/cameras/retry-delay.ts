import type { IntakeFailure } from '../video/video-intake.ts';

const firstMs = 500;
const longestMs = 5_000;
/** Cameras lock an account after a handful of wrong passwords; this is slow enough for the usual locks of minutes. */
const afterRefusedSignInMs = 30_000;
/** What only a person can change is not asked for ten times a minute. */
const afterUnsupportedMs = 15_000;

/**
 * How long to wait before connecting again: 0.5 s doubling to 5 s, never longer, with the last half of it at random so
 * that cameras do not return in step.
 * @param failures how many attempts have failed in a row, this one included.
 * @param random 0 to 1.
 */
export function retryDelayMs(kind: IntakeFailure['kind'], failures: number, random: number): number {
  if (kind === 'credentials') return afterRefusedSignInMs * (1 + 0.2 * random);
  if (kind === 'unsupported-codec' || kind === 'unsupported-transport' || kind === 'ffmpeg-missing') {
    return afterUnsupportedMs * (1 + 0.2 * random);
  }
  const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(10, failures - 1));
  return fullMs * (0.5 + 0.5 * random);
}

/** A camera that gave pictures so lately may only have lost its network for a moment, milliseconds. */
const justLostMs = 5_000;
/** A working camera answers within tens of milliseconds; this is above TCP's first retransmission of a SYN (1 s). */
const shortPatienceMs = 2_500;
/** A slow camera may need many answers of seconds each; what never comes is ended by the limits of the intake (5 s each). */
const longPatienceMs = 45_000;

/**
 * How long one attempt may take until the camera has agreed to send, milliseconds. What is asked in the middle of an outage
 * of 3 s is often never answered: waited for in full, it alone would make the camera lost for the alarm (A20).
 * @param frameAgeMs since its last picture when the attempt begins; null before the first.
 */
export function attemptPatienceMs(frameAgeMs: number | null): number {
  return frameAgeMs !== null && frameAgeMs <= justLostMs ? shortPatienceMs : longPatienceMs;
}
