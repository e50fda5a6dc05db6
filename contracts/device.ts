import { type Static, Type } from 'typebox';
import { Id, LocalizedText, literals, Nullable, Position, Timestamp } from './common.ts';

export const deviceKinds = [
  'smoke-detector',
  'heat-detector',
  'manual-call-point',
  'fire-panel',
  'gas-detector',
  'door-contact',
  'motion-sensor',
  'air-quality',
  'water-level',
  'water-leak',
  'weather-station',
  'power-meter',
  'street-light',
  /** A camera as one that gives readings: what it notices by itself. */
  'camera',
] as const;
export const DeviceKind = literals(deviceKinds);
export type DeviceKind = Static<typeof DeviceKind>;

/**
 * What a device is known to be in. `online`: heard within twice its expected interval and 10 s. `silent`: not heard for
 * longer. `offline`: said goodbye (last will, availability). `fault`: it reports its own fault (EN 54). `test`: in test
 * mode; raises nothing. `disabled`: taken out of service by a person (EN 54 disablement). `unknown`: never heard.
 */
export const deviceStates = ['unknown', 'online', 'silent', 'offline', 'fault', 'test', 'disabled'] as const;
export const DeviceState = literals(deviceStates);
export type DeviceState = Static<typeof DeviceState>;

/** `unit` is a UCUM code (`Cel`, `%`, `ug/m3`, `m`, `W`); empty for yes/no and counts. */
export const Metric = Type.Object({ name: Type.String(), unit: Type.String() }, { additionalProperties: false });
export type Metric = Static<typeof Metric>;

export const MetricValue = Type.Union([Type.Number(), Type.Boolean(), Type.String()]);
export type MetricValue = Static<typeof MetricValue>;

export const LatestValue = Type.Object({ value: MetricValue, observedAt: Timestamp });
export type LatestValue = Static<typeof LatestValue>;

export const Device = Type.Object({
  id: Id,
  siteId: Id,
  zoneId: Nullable(Id),
  kind: DeviceKind,
  name: LocalizedText,
  position: Position,
  metrics: Type.Array(Metric),
  state: DeviceState,
  lastSeenAt: Nullable(Timestamp),
  latest: Type.Record(Type.String(), LatestValue),
});
export type Device = Static<typeof Device>;

/** One device with what supervision knows of it. Figures count since the hub first knew the device. */
export const DeviceDetail = Type.Object({
  ...Device.properties,
  expectedIntervalS: Type.Number(),
  /** Unheard for longer it turns silent. */
  silentAfterS: Type.Number(),
  /** Readings whose own time cannot be true; believed ones that came more than a minute late. */
  clockFaults: Type.Integer(),
  lateReadings: Type.Integer(),
});
export type DeviceDetail = Static<typeof DeviceDetail>;
