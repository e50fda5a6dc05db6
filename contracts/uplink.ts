import { type Static, Type } from 'typebox';
import { CameraState, LossEvidence } from './camera.ts';
import { Id, LocalizedText, literals, Nullable, Position, Timestamp } from './common.ts';
import { DeviceKind, Metric, MetricValue } from './device.ts';
import { Site, Zone } from './site-file.ts';

/** Alarms travel apart: a backlog of telemetry never holds up a fire. Each lane has a sequence of its own. */
export const lanes = ['alarm', 'telemetry'] as const;
export const Lane = literals(lanes);
export type Lane = Static<typeof Lane>;

export const ReadingItem = Type.Object({
  t: Type.Literal('reading'),
  device: Id,
  /** The device's word; the edge's clock where the payload has no time. */
  observedAt: Timestamp,
  /** The edge's clock when the message came in. */
  receivedAt: Timestamp,
  values: Type.Record(Type.String(), MetricValue),
  /**
   * From a dead letter that was sent through the edge again, or kept by a device that was cut off and says so: history,
   * which raises and clears nothing (A13).
   */
  replayed: Type.Optional(Type.Literal(true)),
});
export type ReadingItem = Static<typeof ReadingItem>;

/** A device said hello or goodbye by availability topic or last will. */
export const DeviceStatusItem = Type.Object({
  t: Type.Literal('device-status'),
  device: Id,
  online: Type.Boolean(),
  at: Timestamp,
});
export type DeviceStatusItem = Static<typeof DeviceStatusItem>;

export const CameraStatusItem = Type.Object({
  t: Type.Literal('camera-status'),
  camera: Id,
  state: CameraState,
  at: Timestamp,
  lastFrameAt: Nullable(Timestamp),
  lastError: Nullable(Type.String()),
  /** Of a camera that is stalled or lost, where the edge knows. */
  evidence: Type.Optional(LossEvidence),
});
export type CameraStatusItem = Static<typeof CameraStatusItem>;

/** A message no profile understood, kept whole up to `maxDeadLetterBytes`. */
export const DeadLetterItem = Type.Object({
  t: Type.Literal('dead-letter'),
  at: Timestamp,
  topic: Type.String(),
  reason: Type.String(),
  payloadBase64: Type.String(),
  /** Bytes of the payload as it came; more than were kept when it was cut. */
  payloadBytes: Type.Integer({ minimum: 0 }),
});
export type DeadLetterItem = Static<typeof DeadLetterItem>;
export const maxDeadLetterBytes = 16_384;

/** What an edge looks after. No address and no secret of a camera ever leaves the edge. */
export const Inventory = Type.Object({
  sites: Type.Array(Site),
  zones: Type.Array(Zone),
  devices: Type.Array(
    Type.Object({
      id: Id,
      siteId: Id,
      zoneId: Nullable(Id),
      kind: DeviceKind,
      name: LocalizedText,
      position: Position,
      metrics: Type.Array(Metric),
      expectedIntervalS: Type.Number(),
    }),
  ),
  cameras: Type.Array(
    Type.Object({
      id: Id,
      siteId: Id,
      zoneId: Nullable(Id),
      name: LocalizedText,
      position: Position,
      bearingDeg: Type.Number(),
      fovDeg: Type.Number(),
      ptz: Type.Boolean(),
      enabled: Type.Boolean(),
    }),
  ),
});
export type Inventory = Static<typeof Inventory>;

export const InventoryItem = Type.Object({ t: Type.Literal('inventory'), at: Timestamp, inventory: Inventory });
export type InventoryItem = Static<typeof InventoryItem>;

export const UplinkItem = Type.Union([ReadingItem, DeviceStatusItem, CameraStatusItem, DeadLetterItem, InventoryItem]);
export type UplinkItem = Static<typeof UplinkItem>;

/** Why items exist no longer: given up for want of room, or in a file that the disk did not give back. */
export const gapReasons = ['full', 'damaged'] as const;

export const Gone = Type.Object({
  /** When the first and the last of them came in at the edge; null where nothing told it. */
  fromAt: Nullable(Timestamp),
  toAt: Nullable(Timestamp),
  why: literals(gapReasons),
});
export type Gone = Static<typeof Gone>;

/**
 * One message on topics.uplink(edge, lane): JSON, gzip. Items carry the sequence numbers firstSeq, firstSeq+1, … of
 * their lane. `epoch` names the spool that numbered them: a new spool is a new epoch and starts at 1.
 */
export const UplinkBatch = Type.Object({
  v: Type.Literal(1),
  edge: Id,
  epoch: Type.String({ minLength: 1, maxLength: 64 }),
  lane: Lane,
  firstSeq: Type.Integer({ minimum: 1 }),
  /**
   * The oldest sequence number the lane's spool still holds. It tells the hub that what lies before is gone for good
   * (spool overflow, or a hub that lost its database), so that a gap up to here is recorded and passed over.
   */
  oldestSeq: Type.Optional(Type.Integer({ minimum: 1 })),
  /** What the edge knows of the items right before `firstSeq` that it gave up. */
  gone: Type.Optional(Gone),
  items: Type.Array(UplinkItem, { minItems: 1, maxItems: 5000 }),
});
export type UplinkBatch = Static<typeof UplinkBatch>;

/** "Everything of this epoch and lane up to and including seq is committed." Also the hub's answer to a gap. */
export const UplinkAck = Type.Object({
  v: Type.Literal(1),
  edge: Id,
  lane: Lane,
  epoch: Type.String(),
  seq: Type.Integer({ minimum: 0 }),
});
export type UplinkAck = Static<typeof UplinkAck>;

/** Retained on topics.edgeStatus(edge). `httpUrl` is where the hub fetches video and snapshots. */
export const EdgeStatus = Type.Object({
  edge: Id,
  online: Type.Boolean(),
  at: Timestamp,
  version: Type.String(),
  httpUrl: Nullable(Type.String()),
});
export type EdgeStatus = Static<typeof EdgeStatus>;
