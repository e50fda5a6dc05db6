import type { Incident } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Queryable, Transaction } from '../store/database.ts';

export interface QueuedDispatch {
  dispatchId: string;
  agencyId: string;
  failed: string | null;
}

/** Writes dispatches and outbox rows inside the transaction that decided them. */
export interface DispatchQueue {
  queue(
    tx: Transaction,
    incident: { id: string; drill: boolean; version: number },
    agencyIds: readonly string[],
  ): Promise<QueuedDispatch[]>;
  tell(
    tx: Transaction,
    told: {
      incidentId: string;
      version: number;
      type: 'incident.updated' | 'incident.cancelled';
      exceptDispatchId?: string | null;
    },
  ): Promise<boolean>;
  autoAgencies(tx: Transaction, type: string): Promise<string[]>;
}

export interface DispatchQueueDeps {
  clock: Clock;
  newId(): string;
  /** server/incidents/load-incidents.ts */
  loadIncidents(q: Queryable, ids: readonly string[]): Promise<Incident[]>;
}

export function createDispatchQueue(_deps: DispatchQueueDeps): DispatchQueue {
  throw new Error('not built yet');
}
