import { type Static, Type } from 'typebox';
import { Id, Nullable, Position, Timestamp } from './common.ts';
import { DeviceKind, Metric } from './device.ts';
import { ProfileName, SiteDevice } from './site-file.ts';

const strict = { additionalProperties: false };

/** A device that speaks and that nobody declared, as an edge agent understands it. It raises nothing until adopted. */
export const DiscoveredDevice = Type.Object({
  /** What `topic` of its entry in a site file would be; its name in the list of one edge. */
  topic: Type.String(),
  profile: ProfileName,
  suggestedId: Id,
  /** Null where what it said tells no kind. */
  suggestedKind: Nullable(DeviceKind),
  /** The vendor's own name for it. */
  name: Nullable(Type.String()),
  metrics: Type.Array(Metric),
  /** Seconds, where the vendor says it. */
  expectedIntervalS: Nullable(Type.Number()),
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
  /** Messages since it was first seen. */
  count: Type.Integer({ minimum: 1 }),
});
export type DiscoveredDevice = Static<typeof DiscoveredDevice>;

/** `GET /discovered` of an edge agent: newest word first. */
export const DiscoveredList = Type.Object({ items: Type.Array(DiscoveredDevice) });
export type DiscoveredList = Static<typeof DiscoveredList>;

/** `GET /api/v1/discovered-devices`: of every edge that is online. `unreachable` names those that gave no answer. */
export const DiscoveredDevices = Type.Object({
  items: Type.Array(Type.Object({ ...DiscoveredDevice.properties, edgeId: Id })),
  nextCursor: Type.Null(),
  unreachable: Type.Array(Type.Object({ edgeId: Id, detail: Type.String() })),
});
export type DiscoveredDevices = Static<typeof DiscoveredDevices>;

const word = Type.String({ minLength: 1, maxLength: 200 });

/** `POST /adopt` of an edge agent. What is left out is taken from what was discovered under this topic. */
export const AdoptDevice = Type.Object(
  {
    id: Id,
    siteId: Id,
    zoneId: Type.Optional(Id),
    kind: DeviceKind,
    name: Type.Object({ kk: word, ru: word, en: word }, strict),
    position: Position,
    profile: ProfileName,
    topic: Type.String({ minLength: 1, maxLength: 1_000 }),
    expectedIntervalS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 2_678_400 })),
    metrics: Type.Optional(Type.Array(Metric, { minItems: 1, maxItems: 64 })),
    power: SiteDevice.properties.power,
    streams: SiteDevice.properties.streams,
    codes: SiteDevice.properties.codes,
  },
  strict,
);
export type AdoptDevice = Static<typeof AdoptDevice>;

/** `POST /api/v1/discovered-devices/adopt`. */
export const AdoptAtEdge = Type.Object({ edgeId: Id, ...AdoptDevice.properties }, strict);
export type AdoptAtEdge = Static<typeof AdoptAtEdge>;

/** `changed` is false where the very same device was adopted before. */
export const Adopted = Type.Object({ changed: Type.Boolean(), device: SiteDevice });
export type Adopted = Static<typeof Adopted>;

/** The file beside the spool in which an edge agent keeps what was adopted; merged with the site file at the start. */
export const AdoptedFile = Type.Object({ devices: Type.Array(SiteDevice, { default: [] }) }, strict);
export type AdoptedFile = Static<typeof AdoptedFile>;
