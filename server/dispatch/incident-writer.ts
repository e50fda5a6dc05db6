import type { IncidentState, IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import type { Transaction } from '../store/database.ts';

export type News = 'incident.updated' | 'incident.cancelled';

/** A locked row of kuzet.incidents. */
export interface LockedIncident {
  id: string;
  type: IncidentType;
  priority: Priority;
  state: IncidentState;
  drill: boolean;
  version: number;
  acknowledgedAt: Date | null;
  dispatchedAt: Date | null;
  onSceneAt: Date | null;
  closedAt: Date | null;
}

export type DispatchTimelineKind =
  | 'dispatch-sent'
  | 'dispatch-delivered'
  | 'dispatch-accepted'
  | 'dispatch-rejected'
  | 'dispatch-updated'
  | 'dispatch-completed'
  | 'dispatch-failed'
  | 'dispatch-overdue'
  | 'dispatch-redelivered';

/** What dispatch needs of incidents; server/incidents/incident-changes.ts is the real thing. */
export interface IncidentChanges {
  lock(tx: Transaction, incidentId: string): Promise<LockedIncident | null>;
  apply(
    tx: Transaction,
    incident: LockedIncident,
    change: {
      set?: Record<string, unknown>;
      timeline: readonly { kind: DispatchTimelineKind; data?: Record<string, unknown> }[];
      actor: string;
      news: News | null;
      exceptDispatchId?: string | null;
      raised?: readonly string[];
    },
  ): Promise<{ version: number; dispatchQueued: boolean }>;
}
