import { type Static, Type } from 'typebox';
import { Id, LocalizedText, literals, Nullable, Position, Timestamp } from './common.ts';

/** `live`: a new frame within the last second or so. `stalled`: connected, no new frame. `lost`: no connection. */
export const cameraStates = ['live', 'stalled', 'lost', 'disabled'] as const;
export const CameraState = literals(cameraStates);
export type CameraState = Static<typeof CameraState>;

/**
 * Why there is no picture, as far as the edge can tell. `unreachable`: nothing answers at the camera's address. `refused`:
 * the camera answers and gives no stream (sign-in, path, codec, its own fault). `no-frames`: the session stands and no
 * frame comes.
 */
export const lossEvidences = ['unreachable', 'refused', 'no-frames'] as const;
export const LossEvidence = literals(lossEvidences);
export type LossEvidence = Static<typeof LossEvidence>;

export const Camera = Type.Object({
  id: Id,
  siteId: Id,
  zoneId: Nullable(Id),
  name: LocalizedText,
  position: Position,
  /** Where it looks: degrees clockwise from north, and the width of its view. */
  bearingDeg: Type.Number({ minimum: 0, maximum: 360 }),
  fovDeg: Type.Number({ minimum: 1, maximum: 360 }),
  ptz: Type.Boolean(),
  state: CameraState,
  lastFrameAt: Nullable(Timestamp),
  /** What a person needs to mend it, never a secret; null while all is well. */
  lastError: Nullable(Type.String()),
});
export type Camera = Static<typeof Camera>;

/** ONVIF ContinuousMove velocities (-1..1), a stop, or a preset by its token. */
export const PtzCommand = Type.Union([
  Type.Object(
    {
      action: Type.Literal('move'),
      pan: Type.Number({ minimum: -1, maximum: 1 }),
      tilt: Type.Number({ minimum: -1, maximum: 1 }),
      zoom: Type.Number({ minimum: -1, maximum: 1 }),
    },
    { additionalProperties: false },
  ),
  Type.Object({ action: Type.Literal('stop') }, { additionalProperties: false }),
  Type.Object({ action: Type.Literal('preset'), preset: Type.String() }, { additionalProperties: false }),
]);
export type PtzCommand = Static<typeof PtzCommand>;
