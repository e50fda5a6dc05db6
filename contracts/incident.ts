import { type Static, Type } from 'typebox';
import { Id, LocalizedText, literals, Nullable, Position, Timestamp } from './common.ts';
import { MetricValue } from './device.ts';
import { Dispatch } from './dispatch.ts';

export const incidentTypes = [
  'fire',
  'gas',
  'intrusion',
  'water',
  'air-quality',
  'power',
  'road',
  'public-order',
  'medical',
  'other',
] as const;
export const IncidentType = literals(incidentTypes);
export type IncidentType = Static<typeof IncidentType>;

/** What screens show. */
export const priorities = ['critical', 'high', 'routine'] as const;
export const Priority = literals(priorities);
export type Priority = Static<typeof Priority>;

/** What CAP 1.2 carries (`info.severity`, in lower case). */
export const severities = ['minor', 'moderate', 'severe', 'extreme'] as const;
export const Severity = literals(severities);
export type Severity = Static<typeof Severity>;

export const incidentStates = ['new', 'acknowledged', 'dispatched', 'on-scene', 'resolved', 'closed'] as const;
export const IncidentState = literals(incidentStates);
export type IncidentState = Static<typeof IncidentState>;

export const dispositions = ['confirmed', 'false-alarm', 'duplicate', 'test', 'no-action', 'merged'] as const;
export const Disposition = literals(dispositions);
export type Disposition = Static<typeof Disposition>;

/** What a rule saw: EN 54's words where a fire system has them. */
export const alarmConditions = [
  'smoke',
  'heat',
  'smoke-density',
  'manual-call-point',
  'panel-fire',
  'gas',
  'door-forced',
  'water-leak',
  'water-level',
  'air-quality',
  'device-fault',
  'device-silent',
  'edge-offline',
  'camera-lost',
] as const;
export const AlarmCondition = literals(alarmConditions);
export type AlarmCondition = Static<typeof AlarmCondition>;

/**
 * ISA-18.2: an alarm is active or cleared, and acknowledged or not, independently. One alarm a device and condition is
 * open at a time; a condition that returns after clearing raises a new one.
 */
export const Alarm = Type.Object({
  id: Type.String(),
  deviceId: Id,
  deviceName: LocalizedText,
  condition: AlarmCondition,
  priority: Priority,
  state: literals(['active', 'cleared']),
  acknowledged: Type.Boolean(),
  metric: Type.String(),
  value: MetricValue,
  /** Worst value seen while it was active. */
  peakValue: MetricValue,
  raisedAt: Timestamp,
  clearedAt: Nullable(Timestamp),
  incidentId: Nullable(Type.String()),
});
export type Alarm = Static<typeof Alarm>;

/** `kind` is a word of a closed list, so that every language can say it; `data` fills the sentence. */
export const timelineKinds = [
  'opened',
  'alarm-raised',
  'alarm-cleared',
  'acknowledged',
  'assigned',
  'note',
  'priority-changed',
  'step-done',
  'step-undone',
  'dispatch-queued',
  'dispatch-sent',
  'dispatch-delivered',
  'dispatch-accepted',
  'dispatch-rejected',
  'dispatch-updated',
  'dispatch-completed',
  'dispatch-failed',
  'dispatch-overdue',
  'dispatch-redelivered',
  'camera-lost',
  'camera-back',
  'resolved',
  'closed',
  'reopened',
  'merged',
  'split',
] as const;
export const TimelineEntry = Type.Object({
  id: Type.Integer(),
  at: Timestamp,
  kind: literals(timelineKinds),
  /** Who or what: a person's name, an agency's, or `system`. */
  actor: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown()),
});
export type TimelineEntry = Static<typeof TimelineEntry>;

export const NearbyCamera = Type.Object({
  id: Id,
  distanceM: Type.Number({ minimum: 0 }),
  /** From the incident to the camera, degrees clockwise from north. */
  bearingDeg: Type.Number({ minimum: 0, maximum: 360 }),
});
export type NearbyCamera = Static<typeof NearbyCamera>;

/** One step of the procedure for this type of incident. */
export const ProcedureStep = Type.Object({
  id: Id,
  text: LocalizedText,
  doneAt: Nullable(Timestamp),
  doneBy: Nullable(Type.String()),
});
export type ProcedureStep = Static<typeof ProcedureStep>;

export const Incident = Type.Object({
  /** `INC-2026-000123` */
  id: Type.String(),
  type: IncidentType,
  priority: Priority,
  severity: Severity,
  state: IncidentState,
  drill: Type.Boolean(),
  siteId: Nullable(Id),
  zoneId: Nullable(Id),
  /** Where, in words; null where nobody knows. */
  siteName: Nullable(LocalizedText),
  zoneName: Nullable(LocalizedText),
  address: Nullable(LocalizedText),
  district: Nullable(LocalizedText),
  position: Nullable(Position),
  /** A person's own words; null for an incident that alarms opened. */
  description: Nullable(Type.String()),
  source: literals(['alarm', 'person']),
  openedAt: Timestamp,
  acknowledgedAt: Nullable(Timestamp),
  acknowledgedBy: Nullable(Type.String()),
  assignee: Nullable(Type.String()),
  dispatchedAt: Nullable(Timestamp),
  onSceneAt: Nullable(Timestamp),
  resolvedAt: Nullable(Timestamp),
  closedAt: Nullable(Timestamp),
  disposition: Nullable(Disposition),
  updatedAt: Timestamp,
  /** Grows by one with every change; a webhook's `sequence` orders by it. */
  version: Type.Integer({ minimum: 1 }),
  alarms: Type.Array(Alarm),
  /** Nearest first, at most six. */
  cameras: Type.Array(NearbyCamera),
  dispatches: Type.Array(Dispatch),
  steps: Type.Array(ProcedureStep),
  /** Oldest first. */
  timeline: Type.Array(TimelineEntry),
});
export type Incident = Static<typeof Incident>;
