import type { CameraState } from '@kuzet/contracts/camera.ts';
import type { PictureContent } from './picture-content.ts';

/** Limits of design.md, milliseconds; settings to agree with each service. */
export interface TruthLimits {
  /** A frame presented within this is LIVE. */
  liveMs: number;
  /** Without a new frame for longer than this the picture is taken away. */
  lostMs: number;
  /** A picture that plays, but this far behind, is not called LIVE. */
  behindMs: number;
  /** How long an empty tile says nothing before it names what it waits for. */
  quietStartMs: number;
}
export const defaultTruthLimits: TruthLimits = { liveMs: 1_000, lostMs: 10_000, behindMs: 10_000, quietStartMs: 1_000 };

/** What is known about one tile's picture. Times are epoch milliseconds of the hub's clock. */
export interface PictureEvidence {
  nowMs: number;
  /** When this tile was told to show this camera. */
  askedAtMs: number;
  /** When the newest frame reached the screen (requestVideoFrameCallback), never what a player believes. */
  presentedAtMs: number | null;
  /** When the camera took that frame (PROGRAM-DATE-TIME); null where the stream does not say. */
  capturedAtMs: number | null;
  /** The hub's word on the camera, the second witness; null when the link to the hub is down or it knows nothing. */
  hubState: CameraState | null;
  hubLastFrameAtMs: number | null;
  /** What the presented pixels say; left out: nobody looked. */
  content?: PictureContent;
  /** No way of this browser knows the stream's codec. */
  undecodable?: boolean;
}

export type PictureTruth =
  /** Nothing shown yet. `overdue`: long enough to say what is awaited. `still`: but a picture of a moment ago. */
  | { kind: 'starting'; overdue: boolean; still?: boolean }
  /** `delayMs`: now less the time of capture; null where nobody can say. */
  | { kind: 'live'; delayMs: number | null; hint?: PictureHint }
  | { kind: 'stalled'; ageMs: number }
  /** `lastFrameAtMs` null: there never was one. `ageMs` counts from the last frame, or from being asked. */
  | { kind: 'lost'; ageMs: number; lastFrameAtMs: number | null }
  /** Pictures come, and this browser has no decoder for them. */
  | { kind: 'undecodable' }
  | { kind: 'disabled' };

/** Of a picture that is live: frames come, but the camera sends black, or the same picture over and over. No alarm by itself. */
export type PictureHint = Exclude<PictureContent, 'ordinary'>;

/** Clocks that disagree by more than this withdraw the delay instead of showing nonsense. */
const clockToleranceMs = 1_000;

/**
 * What a tile may say. The worse of two witnesses wins: the frames that reached the screen, and the hub's state of the
 * camera. LIVE needs a frame on the screen within the last second; no link state can lend it.
 */
export function judgePicture(evidence: PictureEvidence, limits: TruthLimits = defaultTruthLimits): PictureTruth {
  const { nowMs, askedAtMs, presentedAtMs, capturedAtMs, hubState, hubLastFrameAtMs } = evidence;
  if (hubState === 'disabled') return { kind: 'disabled' };
  const lastFrameAtMs = latest(capturedAtMs ?? presentedAtMs, presentedAtMs === null ? hubLastFrameAtMs : null);
  const lost = (): PictureTruth => ({
    kind: 'lost',
    ageMs: Math.max(0, nowMs - (lastFrameAtMs ?? askedAtMs)),
    lastFrameAtMs,
  });

  if (presentedAtMs === null) {
    const waitedMs = nowMs - askedAtMs;
    if (evidence.undecodable && hubState !== 'lost') return { kind: 'undecodable' };
    if (hubState === 'lost' || waitedMs > limits.lostMs) return lost();
    return { kind: 'starting', overdue: waitedMs > limits.quietStartMs };
  }

  const shownForMs = nowMs - presentedAtMs;
  // The camera went over to a codec that is not known here: its link is well.
  if (evidence.undecodable && hubState !== 'lost' && shownForMs > limits.liveMs) return { kind: 'undecodable' };
  if (hubState === 'lost' || shownForMs > limits.lostMs) return lost();
  const delayMs = capturedAtMs === null ? null : nowMs - capturedAtMs;
  const behind = delayMs !== null && delayMs > limits.behindMs;
  // Old frames out of a stream that has stopped: the picture does not move, and is no picture of now.
  if (behind && shownForMs > limits.liveMs) return lost();
  if (shownForMs > limits.liveMs || behind || hubState === 'stalled') {
    return { kind: 'stalled', ageMs: Math.max(shownForMs, behind ? delayMs : 0, hubAge(evidence)) };
  }
  const live = {
    kind: 'live' as const,
    delayMs: delayMs === null || delayMs < -clockToleranceMs ? null : Math.max(0, delayMs),
  };
  const { content = 'ordinary' } = evidence;
  return content === 'ordinary' ? live : { ...live, hint: content };
}

const hubAge = ({ hubState, hubLastFrameAtMs, nowMs }: PictureEvidence): number =>
  hubState === 'stalled' && hubLastFrameAtMs !== null ? nowMs - hubLastFrameAtMs : 0;

const latest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** Whether the picture itself may be on the screen: a lost one is taken away, it would pass for the present. */
export const showsPicture = (truth: PictureTruth): boolean => truth.kind === 'live' || truth.kind === 'stalled';
