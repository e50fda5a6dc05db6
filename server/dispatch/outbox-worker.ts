import type { Effects } from '@kuzet/contracts/actor.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Database } from '../store/database.ts';
import type { IncidentChanges } from './incident-writer.ts';

export interface DispatchWorker {
  start(): void;
  /** Something was queued: look now. */
  wake(): void;
  /** Ends requests under way (they are sent again after the next start, with the same webhook-id) and waits for them. */
  stop(): Promise<void>;
}

export interface DispatchWorkerDeps {
  database: Database;
  clock: Clock;
  log: Log;
  /** 0 up to 1. */
  random(): number;
  changes: IncidentChanges;
  onCommitted(effects: Effects): void;
  /** CIDR list that webhook addresses must lie in; config `dispatch.allowedNetworks`. */
  allowedNetworks: readonly string[];
  /** For one request, from name lookup to the answer's head; config `dispatch.timeoutMs`, default 10 000. */
  timeoutMs?: number;
}

/** Sends what is in the outbox, and turns unanswered dispatches overdue. */
export function createDispatchWorker(_deps: DispatchWorkerDeps): DispatchWorker {
  throw new Error('not built yet');
}
