import { Id, LocalizedText, literals, Position } from '@kuzet/contracts/common.ts';
import { MetricValue } from '@kuzet/contracts/device.ts';
import { type Static, Type } from 'typebox';
import { cameraFaults } from '../camera/camera-fault.ts';
import { deviceFaultKinds } from '../sensors/device-fault.ts';

const strict = { additionalProperties: false };
/** Seconds after the episode's start. */
const at = { atS: Type.Number({ minimum: 0 }) };
/** Undone after this many seconds; without it, at the episode's end. */
const forS = Type.Optional(Type.Number({ exclusiveMinimum: 0 }));
/** Of a camera's fault, `cameraFaultParams`. */
const params = Type.Optional(Type.Record(Type.String(), Type.Unknown()));

export const ScenarioStep = Type.Union([
  Type.Object(
    {
      ...at,
      do: Type.Literal('fire'),
      siteId: Id,
      at: Position,
      growth: literals(['slow', 'medium', 'fast', 'ultra-fast']),
      peakKw: Type.Number({ exclusiveMinimum: 0 }),
      ceilingHeightM: Type.Number({ exclusiveMinimum: 0 }),
      /** How long it had burnt unseen when the step comes. */
      burntForS: Type.Number({ minimum: 0 }),
      /** Seconds after the step when it is put out. */
      outAfterS: Type.Number({ exclusiveMinimum: 0 }),
    },
    strict,
  ),
  /** Holds metrics of a device at values; a number moves there within `overS`. */
  Type.Object(
    {
      ...at,
      do: Type.Literal('hold'),
      device: Id,
      values: Type.Record(Type.String(), MetricValue),
      overS: Type.Optional(Type.Number({ minimum: 0 })),
      forS,
    },
    strict,
  ),
  Type.Object({ ...at, do: Type.Literal('break'), device: Id, kind: literals(deviceFaultKinds), forS }, strict),
  /** A camera shows another clip. */
  Type.Object({ ...at, do: Type.Literal('clip'), camera: Id, clip: Type.String({ minLength: 1 }), forS }, strict),
  Type.Object(
    {
      ...at,
      do: Type.Literal('camera-fault'),
      camera: Id,
      kind: literals(cameraFaults),
      forS: Type.Number({ exclusiveMinimum: 0 }),
      params,
    },
    strict,
  ),
  /** Several cameras at the same moment, and back together. */
  Type.Object(
    {
      ...at,
      do: Type.Literal('cameras-fault'),
      cameras: Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true }),
      kind: literals(cameraFaults),
      forS: Type.Number({ exclusiveMinimum: 0 }),
      params,
    },
    strict,
  ),
]);
export type ScenarioStep = Static<typeof ScenarioStep>;

export const Episode = Type.Object(
  { id: Id, title: LocalizedText, lastsS: Type.Number({ exclusiveMinimum: 0 }), steps: Type.Array(ScenarioStep) },
  strict,
);
export type Episode = Static<typeof Episode>;

/** One file of simulators/scenarios. */
export const ScenarioFile = Type.Object(
  {
    name: Id,
    title: LocalizedText,
    /** `background`: gives way to another scenario and comes back after it. */
    background: Type.Boolean({ default: false }),
    /** Starts again after the last episode, for ever. */
    repeat: Type.Boolean({ default: false }),
    /** `shuffled`: another order each round, the same for the same seed. */
    order: literals(['listed', 'shuffled'], { default: 'listed' }),
    /** Quiet before each episode; drawn between the two. */
    pauseS: Type.Object(
      { min: Type.Number({ minimum: 0 }), max: Type.Number({ minimum: 0 }) },
      { ...strict, default: { min: 0, max: 0 } },
    ),
    episodes: Type.Array(Episode, { default: [] }),
  },
  strict,
);
export type ScenarioFile = Static<typeof ScenarioFile>;
