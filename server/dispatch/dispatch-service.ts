import type { ActionResult, Actor, Effects } from '@kuzet/contracts/actor.ts';
import type { AcceptBody, CompleteBody, RejectBody, UpdateBody } from '@kuzet/contracts/api.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Static } from 'typebox';
import type { Database } from '../store/database.ts';
import type { DispatchQueue } from './dispatch-queue.ts';
import type { IncidentChanges } from './incident-writer.ts';

export interface DispatchListQuery {
  incidentId?: string;
  agencyId?: string;
  /** One state, or several with commas. */
  state?: string;
  limit?: number;
  cursor?: string;
}

/** What agencies answer. An actor with an agency acts on and sees its own agency's dispatches only. */
export interface DispatchService {
  list(query: DispatchListQuery, actor: Actor): Promise<ActionResult<{ items: Dispatch[]; nextCursor: string | null }>>;
  get(id: string, actor: Actor): Promise<ActionResult<Dispatch>>;
  accept(id: string, body: Static<typeof AcceptBody>, actor: Actor): Promise<ActionResult<Dispatch>>;
  reject(id: string, body: Static<typeof RejectBody>, actor: Actor): Promise<ActionResult<Dispatch>>;
  update(id: string, body: Static<typeof UpdateBody>, actor: Actor): Promise<ActionResult<Dispatch>>;
  complete(id: string, body: Static<typeof CompleteBody>, actor: Actor): Promise<ActionResult<Dispatch>>;
  /** An officer asks for one more delivery, at once. */
  redeliver(id: string, actor: Actor): Promise<ActionResult<Dispatch>>;
  /** An agency's desk says that the dispatch is on its screen. */
  markDelivered(id: string, agencyId: string): Promise<ActionResult<Dispatch>>;
}

export interface DispatchServiceDeps {
  database: Database;
  clock: Clock;
  changes: IncidentChanges;
  queue: DispatchQueue;
  onCommitted(effects: Effects): void;
}

export function createDispatchService(_deps: DispatchServiceDeps): DispatchService {
  throw new Error('not built yet');
}
