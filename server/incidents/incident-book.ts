import type { Position } from '@kuzet/contracts/common.ts';
import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { AlarmCondition, IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import type { Site, Zone } from '@kuzet/contracts/site-file.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Transaction } from '../store/database.ts';
import type { DispatchQueue, IncidentChanges } from './incident-changes.ts';

/** A row of kuzet.alarms, in the words of its columns. */
export interface AlarmRow {
  id: string;
  deviceId: string;
  condition: AlarmCondition;
  priority: Priority;
  metric: string;
  value: MetricValue;
  peakValue: MetricValue;
  raisedAt: Date | string;
  clearedAt: Date | string | null;
  incidentId?: string | null;
}

/** `incidentType` null: an alarm without an incident (a device's fault, its silence). */
export interface AlarmEvent {
  kind: 'raised' | 'cleared';
  alarm: AlarmRow;
  incidentType: IncidentType | null;
  site: Site | null;
  zone: Zone | null;
  position: Position;
}

export interface IncidentBook {
  /**
   * Inside the pipeline's transaction, after the alarms' rows are written: joins each raised alarm to an open incident
   * or opens one, with its procedure, its nearest cameras, its timeline and, when it is critical, its dispatches.
   */
  applyAlarms(
    tx: Transaction,
    events: readonly AlarmEvent[],
  ): Promise<{ incidentIds: string[]; dispatchQueued: boolean }>;
}

export interface IncidentBookDeps {
  clock: Clock;
  changes: IncidentChanges;
  queue: DispatchQueue;
}

export function createIncidentBook(_deps: IncidentBookDeps): IncidentBook {
  throw new Error('not built yet');
}
