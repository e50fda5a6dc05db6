import type { IncidentState, Priority } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Transaction } from '../store/database.ts';

/** What incidents need of dispatch; server/dispatch/dispatch-queue.ts is the real thing. */
export interface DispatchQueue {
  /** Queues the incident to agencies that do not have it (or rejected or failed it). Answers the ids of the agencies queued. */
  queue(
    tx: Transaction,
    incident: { id: string; drill: boolean; version: number },
    agencyIds: readonly string[],
  ): Promise<QueuedDispatch[]>;
  /** Tells every agency that has the incident what changed: one message an agency, with `sequence` = the incident's version. */
  tell(
    tx: Transaction,
    told: {
      incidentId: string;
      version: number;
      type: 'incident.updated' | 'incident.cancelled';
      exceptDispatchId?: string | null;
    },
  ): Promise<boolean>;
  /** Agencies that are called to `type` without a person's word. */
  autoAgencies(tx: Transaction, type: string): Promise<string[]>;
}

/** `failed`: it could not even be queued, e.g. a drill for an agency without a drill address. */
export interface QueuedDispatch {
  dispatchId: string;
  agencyId: string;
  failed: string | null;
}

/** A locked row of kuzet.incidents as changes need it. */
export interface LockedIncident {
  id: string;
  type: string;
  priority: Priority;
  state: IncidentState;
  drill: boolean;
  version: number;
  acknowledgedAt: Date | null;
  dispatchedAt: Date | null;
  onSceneAt: Date | null;
  closedAt: Date | null;
  mergedInto: string | null;
}

export interface IncidentChange {
  /** Columns of kuzet.incidents to set, by column name. */
  set?: Record<string, unknown>;
  timeline: readonly { kind: string; data?: Record<string, unknown> }[];
  /** Name for the timeline. */
  actor: string;
  /** What agencies that have the incident are told; null for bookkeeping that is no news to them. */
  tell: 'incident.updated' | 'incident.cancelled' | null;
  exceptDispatchId?: string | null;
}

/** The one way an incident changes: its row locked, version + 1, timeline, outbox, in the caller's transaction. */
export interface IncidentChanges {
  lock(tx: Transaction, incidentId: string): Promise<LockedIncident | null>;
  /** Answers the new version and whether something now waits to leave. */
  apply(
    tx: Transaction,
    incident: LockedIncident,
    change: IncidentChange,
  ): Promise<{ version: number; dispatchQueued: boolean }>;
}

export function createIncidentChanges(_deps: { clock: Clock; queue: DispatchQueue }): IncidentChanges {
  throw new Error('not built yet');
}
