import { type Static, Type } from 'typebox';
import { Id, LocalizedText, literals, Nullable, Timestamp } from './common.ts';
import { Alarm, AlarmCondition } from './incident.ts';

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
