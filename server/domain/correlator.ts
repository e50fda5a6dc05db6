import type { Position } from '@kuzet/contracts/common.ts';
import type { IncidentState, IncidentType } from '@kuzet/contracts/incident.ts';
import { distanceM } from './geometry.ts';

/** What is known of an incident that an alarm might belong to. Times as Date or epoch milliseconds. */
export interface OpenIncident {
  id: string;
  type: IncidentType;
  state: IncidentState;
  siteId: string | null;
  zoneId: string | null;
  position: Position | null;
  openedAt: Date | number;
  /** When the latest of its alarms was raised; its opening where it has none. */
  lastAlarmAt: Date | number;
}

export interface RaisedAlarm {
  incidentType: IncidentType;
  siteId: string | null;
  zoneId: string | null;
  position: Position;
  raisedAt: Date | number;
}

export type Placement = { kind: 'join'; incidentId: string } | { kind: 'open' };

/** Neighbouring detectors of one hall lie closer than this, two houses of a street seldom do. */
export const sameEventM = 150;
export const sameEventMs = 30 * 60_000;

/**
 * Decides where a raised alarm belongs: with an incident of its type and site that is neither resolved nor closed, in
 * its zone or within 150 m, opened or last added to within 30 minutes; the one with the latest alarm, where several fit.
 * Anything else opens an incident of its own.
 */
export function placeAlarm(alarm: RaisedAlarm, open: readonly OpenIncident[]): Placement {
  const at = Number(alarm.raisedAt);
  const fitting = open.filter(
    (incident) =>
      incident.type === alarm.incidentType &&
      incident.siteId === alarm.siteId &&
      incident.state !== 'resolved' &&
      incident.state !== 'closed' &&
      isSamePlace(alarm, incident) &&
      // Either way round: an edge that was cut off sends the beginning of an incident after its middle.
      Math.min(Math.abs(at - Number(incident.openedAt)), Math.abs(at - Number(incident.lastAlarmAt))) <= sameEventMs,
  );
  const [best] = fitting.sort((a, b) => Number(b.lastAlarmAt) - Number(a.lastAlarmAt) || (a.id < b.id ? 1 : -1));
  return best ? { kind: 'join', incidentId: best.id } : { kind: 'open' };
}

function isSamePlace(alarm: RaisedAlarm, incident: OpenIncident): boolean {
  if (alarm.zoneId !== null && alarm.zoneId === incident.zoneId) return true;
  return incident.position !== null && distanceM(alarm.position, incident.position) <= sameEventM;
}
