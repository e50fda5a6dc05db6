import { literals } from '@kuzet/contracts/common.ts';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const strict = { additionalProperties: false };
const nothing = Type.Object({}, strict);
const percent = Type.Object({ percent: Type.Number({ exclusiveMinimum: 0, maximum: 100, default: 10 }) }, strict);

/** What a camera can suffer from, and the parameters of each, with their defaults; docs/ref/camera-faults.md. */
export const cameraFaultParams = {
  freeze: nothing,
  stuck: nothing,
  black: nothing,
  slow: nothing,
  disconnect: nothing,
  'wrong-password': nothing,
  reboot: nothing,
  'long-gop': nothing,
  'b-frames': nothing,
  h265: nothing,
  'codec-switch': nothing,
  'resolution-switch': nothing,
  'clock-skew': Type.Object(
    { offsetS: Type.Number({ minimum: -31_622_400, maximum: 31_622_400, default: 3_600 }) },
    strict,
  ),
  timestamps: Type.Object(
    {
      mode: literals(['still', 'jump', 'backwards'], { default: 'jump' }),
      /** Of `jump`. */
      jumpS: Type.Number({ minimum: -20_000, maximum: 20_000, default: 600 }),
    },
    strict,
  ),
  'no-sender-reports': nothing,
  'session-limit': Type.Object({ sessions: Type.Integer({ minimum: 0, maximum: 100, default: 1 }) }, strict),
  'slow-rtsp': Type.Object({ delayMs: Type.Integer({ minimum: 1, maximum: 60_000, default: 2_000 }) }, strict),
  refused: Type.Object({ by: literals(['500', '503', 'reset'], { default: '503' }) }, strict),
  'udp-loss': percent,
  'udp-reorder': percent,
  'pull-point-dead': nothing,
} as const;

export type CameraFault = keyof typeof cameraFaultParams;
export const cameraFaults = Object.keys(cameraFaultParams) as CameraFault[];
/** The parameters of a fault, all of them. */
export type FaultParams<K extends CameraFault> = Static<(typeof cameraFaultParams)[K]>;

export const isCameraFault = (kind: string): kind is CameraFault => Object.hasOwn(cameraFaultParams, kind);

/** Why these parameters are none of this fault's, or null. */
export function faultParamsRefusal(kind: CameraFault, params: Readonly<Record<string, unknown>> = {}): string | null {
  const schema = cameraFaultParams[kind];
  const whole = Value.Default(schema, { ...params });
  if (Value.Check(schema, whole)) return null;
  const known = Object.keys(schema.properties).join(', ') || 'none';
  const wrong = [...Value.Errors(schema, whole)].map(({ instancePath, message }) =>
    `${instancePath} ${message}`.trim(),
  );
  return `params of ${kind}: ${wrong[0]}; there are: ${known}`;
}
