import { type Static, Type } from 'typebox';
import { lossEvidences } from './camera.ts';
import { Id, LocalizedText, literals, Nullable, Timestamp } from './common.ts';
import { Alarm, AlarmCondition } from './incident.ts';

/** The cameras of one `camera-lost`: what was lost together is one alarm, which grows and shrinks with them (A21). */
export const AlarmCameras = Type.Object({
  /** Without picture now; of a cleared alarm all that it had. In order of id. */
  ids: Type.Array(Id),
  /** Their sites, in order of id. */
  siteIds: Type.Array(Id),
  /** When the first of them gave its last picture. */
  since: Timestamp,
  /** What the edge knows of the cause; `mixed` where it is not the same of all, null where nobody knows. */
  evidence: Nullable(literals([...lossEvidences, 'mixed'])),
});
export type AlarmCameras = Static<typeof AlarmCameras>;

/**
 * An alarm as `/api/v1/alarms` lists it: every condition at every device, with an incident or without, and of edges
 * themselves (`edgeId` set, `deviceId` null).
 */
export const AlarmRecord = Type.Object({
  ...Alarm.properties,
  deviceId: Nullable(Id),
  deviceName: Nullable(LocalizedText),
  edgeId: Nullable(Id),
  siteId: Nullable(Id),
  /** Of `camera-lost` only; `deviceId` is null then, and `deviceName` the camera's where it is one. */
  cameras: Nullable(AlarmCameras),
  /** Null where the incident was acknowledged: its own record says by whom. */
  acknowledgedAt: Nullable(Timestamp),
  acknowledgedBy: Nullable(Type.String()),
});
export type AlarmRecord = Static<typeof AlarmRecord>;

export const AlarmsQuery = Type.Object(
  {
    state: Type.Optional(literals(['active', 'cleared'])),
    acknowledged: Type.Optional(Type.Boolean()),
    condition: Type.Optional(AlarmCondition),
    deviceId: Type.Optional(Id),
    /** Those that have, or had, this camera among theirs. */
    cameraId: Type.Optional(Id),
    /** Whether it belongs to an incident; false: the faults. */
    incident: Type.Optional(Type.Boolean()),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    cursor: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type AlarmsQuery = Static<typeof AlarmsQuery>;
