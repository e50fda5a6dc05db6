import type { LossEvidence } from '@kuzet/contracts/camera.ts';
import type { IntakeFailure } from '../video/video-intake.ts';

/**
 * What a failed attempt says of the cause. `undefined` while it says nothing: a stream that the camera ended is being
 * connected again, and the next attempt tells.
 * @param agreed whether the camera had agreed to send in this attempt.
 */
export function lossEvidence(kind: IntakeFailure['kind'], agreed: boolean): LossEvidence | undefined {
  if (kind === 'unreachable' || kind === 'timeout') return 'unreachable';
  return kind === 'ended' && agreed ? undefined : 'refused';
}
