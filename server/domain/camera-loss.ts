import type { LossEvidence } from '@kuzet/contracts/camera.ts';
import type { Priority } from '@kuzet/contracts/incident.ts';
import type { CameraStatusItem } from '@kuzet/contracts/uplink.ts';

/**
 * A camera without picture for so long is a fault, milliseconds. TCP that lost its network for 3 s may need 6.2 s until its
 * next retransmission gets through (RFC 6298 with Linux's 0.2 s: sent again after 0.2, 0.6, 1.4, 3.0 and 6.2 s), and the
 * promise is 10 s: the look every second, the way from the edge and the commit fit in between.
 */
export const lostAfterMs = 7_500;

/** How often cameras are looked at, milliseconds. */
export const lossLookEveryMs = 1_000;

/** A camera that was lost so lately, milliseconds, is the same trouble again. */
export const sameTroubleMs = 600_000;

const backAfterFirstMs = 10_000;
const backAfterMostMs = 300_000;

/**
 * How long pictures must come without a break before a camera counts as back, milliseconds (ISA-18.2: off-delay). It
 * doubles with each further loss within ten minutes, so that one that goes on and off is one alarm and not one a minute.
 * @param times how often it was lost within `sameTroubleMs`, this time included.
 */
export const backAfterMs = (times: number): number =>
  Math.min(backAfterMostMs, backAfterFirstMs * 2 ** Math.min(10, Math.max(0, times - 1)));

/** So many blind at once hide a whole place. Never critical: it is a fault and no incident. */
const manyCameras = 5;
export const cameraLossPriority = (cameras: number): Priority => (cameras >= manyCameras ? 'high' : 'routine');

/** A last picture older than this at the first word of a loss says nothing of when the loss began, milliseconds. */
const believedFrameAgeMs = 15_000;

/** What the words of one camera, in order, come to. Times are epoch milliseconds. */
export interface PictureWord {
  newest: CameraStatusItem;
  /** Edge's clock: the last picture before the loss; null while pictures come, and out of service. */
  noPictureSinceMs: number | null;
  /** How old that picture was when the edge first told of the loss. */
  noPictureForMs: number;
  /** Pictures came, or did not come, at some time in these words: what was known before is over. */
  hadPicture: boolean;
  hadNone: boolean;
}

/** Takes one more word of a camera. A word that is older than the newest is history. */
export function hearPicture(before: PictureWord | null, item: CameraStatusItem): PictureWord {
  const atMs = Date.parse(item.at);
  if (before && atMs < Date.parse(before.newest.at)) return before;
  const isNone = item.state === 'stalled' || item.state === 'lost';
  const hadPicture = before?.hadPicture === true || !isNone;
  const hadNone = before?.hadNone === true || isNone;
  if (!isNone) return { newest: item, noPictureSinceMs: null, noPictureForMs: 0, hadPicture, hadNone };
  if (before && before.noPictureSinceMs !== null) return { ...before, newest: item };
  const frameAgeMs = item.lastFrameAt === null ? 0 : atMs - Date.parse(item.lastFrameAt);
  const noPictureForMs = frameAgeMs >= 0 && frameAgeMs <= believedFrameAgeMs ? frameAgeMs : 0;
  return { newest: item, noPictureSinceMs: atMs - noPictureForMs, noPictureForMs, hadPicture, hadNone };
}

/** One word for what is known of them; those of whom nothing is known say nothing. */
export function evidenceOfAll(evidences: readonly (LossEvidence | null)[]): LossEvidence | 'mixed' | null {
  const [first = null, ...others] = new Set(evidences.filter((evidence) => evidence !== null));
  return others.length === 0 ? first : 'mixed';
}
