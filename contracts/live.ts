import { type Static, Type } from 'typebox';
import { Camera } from './camera.ts';
import { Id, Nullable, Timestamp } from './common.ts';
import { Device } from './device.ts';
import { Agency } from './dispatch.ts';
import { Incident } from './incident.ts';
import { Site, Zone } from './site-file.ts';
import type { User } from './user.ts';
import { Wall } from './wall.ts';

/** The wall protocol on WebSocket /ws. W-rules of contracts/SPEC.md. */
export const liveProtocol = 1;

export const Edge = Type.Object({
  id: Id,
  online: Type.Boolean(),
  /** Last time anything came from it. */
  lastSeenAt: Nullable(Timestamp),
  version: Nullable(Type.String()),
});
export type Edge = Static<typeof Edge>;

/** Figures of the hub itself that screens show. */
export const SystemState = Type.Object({
  id: Type.Literal('hub'),
  version: Type.String(),
  startedAt: Timestamp,
  /** True while the scenario player feeds this hub: screens say so. */
  demo: Type.Boolean(),
  database: Type.String(),
  deadLetters: Type.Integer(),
  alarmsLast10Min: Type.Integer(),
  /** Active alarms without an incident: faults of devices, silence, edges that are away; and those nobody acknowledged. */
  faults: Type.Integer(),
  faultsUnacknowledged: Type.Integer(),
  /** Cameras of the active `camera-lost` alarms: it moves while one of these grows or shrinks. */
  camerasInFault: Type.Integer(),
  closedLast12h: Type.Integer(),
  lastClosedAt: Nullable(Timestamp),
});
export type SystemState = Static<typeof SystemState>;

/** Every collection a screen keeps, keyed by id. A dispatcher's screen gets its own incidents and their cameras only. */
export const liveCollections = {
  incident: Incident,
  device: Device,
  camera: Camera,
  site: Site,
  zone: Zone,
  agency: Agency,
  wall: Wall,
  edge: Edge,
  system: SystemState,
} as const;
export type LiveKind = keyof typeof liveCollections;
export interface LiveValues {
  incident: Incident;
  device: Device;
  camera: Camera;
  site: Site;
  zone: Zone;
  agency: Agency;
  wall: Wall;
  edge: Edge;
  system: SystemState;
}

/** `value: null` removes. */
export type LiveChange = { [K in LiveKind]: { kind: K; id: string; value: LiveValues[K] | null } }[LiveKind];

export type LiveSnapshot = { [K in LiveKind]: LiveValues[K][] };

/** `rev` grows by one a patch, per connection; `now` is the hub's clock in epoch milliseconds. */
export type ServerMessage =
  | { t: 'snapshot'; protocol: number; rev: number; now: number; user: User; data: LiveSnapshot }
  | { t: 'patch'; rev: number; now: number; changes: LiveChange[] }
  /** Once a second: proof that the line lives, and that no patch was missed. */
  | { t: 'tick'; rev: number; now: number }
  | { t: 'pong'; at: number; now: number };

/** Sent by a page. `received`: this desk has put the dispatch on its screen, which makes it `delivered`. */
export const ClientMessage = Type.Union([
  Type.Object({ t: Type.Literal('hello'), protocol: Type.Integer(), page: Type.String({ maxLength: 64 }) }),
  Type.Object({ t: Type.Literal('ping'), at: Type.Number() }),
  Type.Object({ t: Type.Literal('received'), dispatchId: Type.String({ maxLength: 64 }) }),
]);
export type ClientMessage = Static<typeof ClientMessage>;

/** WebSocket close codes above 4000 that a page must tell apart. */
export const closeCodes = {
  signInNeeded: 4401,
  forbidden: 4403,
  /** A camera or stream that there is not. */
  notFound: 4404,
  /** The page fell too far behind; it should connect again and take a fresh snapshot. */
  tooSlow: 4408,
  protocolMismatch: 4409,
} as const;
