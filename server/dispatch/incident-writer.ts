import type { Transaction } from '../store/database.ts';

/** What dispatch needs of incidents; server/incidents/incident-changes.ts is the real thing. */
export interface LockedIncident {
  id: string;
  priority: string;
  state: string;
  drill: boolean;
  version: number;
  acknowledgedAt: Date | null;
  dispatchedAt: Date | null;
  onSceneAt: Date | null;
}

export interface IncidentChanges {
  lock(tx: Transaction, incidentId: string): Promise<LockedIncident | null>;
  apply(
    tx: Transaction,
    incident: LockedIncident,
    change: {
      set?: Record<string, unknown>;
      timeline: readonly { kind: string; data?: Record<string, unknown> }[];
      actor: string;
      tell: 'incident.updated' | 'incident.cancelled' | null;
      exceptDispatchId?: string | null;
    },
  ): Promise<{ version: number; dispatchQueued: boolean }>;
}
