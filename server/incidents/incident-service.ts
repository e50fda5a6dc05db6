import type { ActionResult, Actor, Effects } from '@kuzet/contracts/actor.ts';
import type { NewIncident } from '@kuzet/contracts/api.ts';
import type { Disposition, Incident, Priority } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Database } from '../store/database.ts';
import type { DispatchQueue, IncidentChanges } from './incident-changes.ts';

export interface IncidentListQuery {
  /** One state, several with commas, or `open` for every state but closed. */
  state?: string;
  type?: string;
  from?: string;
  to?: string;
  drill?: boolean;
  limit?: number;
  cursor?: string;
}

/**
 * Everything that people do to incidents. Each action is one transaction; doing it twice changes nothing the second
 * time. `get` and `list` show an actor with an agency (dispatcher, agency) that agency's incidents only.
 */
export interface IncidentService {
  list(query: IncidentListQuery, actor: Actor): Promise<ActionResult<{ items: Incident[]; nextCursor: string | null }>>;
  get(id: string, actor: Actor): Promise<ActionResult<Incident>>;
  open(body: NewIncident, actor: Actor): Promise<ActionResult<Incident>>;
  acknowledge(id: string, body: { note?: string }, actor: Actor): Promise<ActionResult<Incident>>;
  assign(id: string, body: { assignee: string; note?: string }, actor: Actor): Promise<ActionResult<Incident>>;
  dispatch(id: string, body: { agencyIds: string[]; note?: string }, actor: Actor): Promise<ActionResult<Incident>>;
  resolve(id: string, body: { note?: string }, actor: Actor): Promise<ActionResult<Incident>>;
  close(id: string, body: { disposition: Disposition; note?: string }, actor: Actor): Promise<ActionResult<Incident>>;
  note(id: string, body: { text: string }, actor: Actor): Promise<ActionResult<Incident>>;
  /** Answers the incident merged into. */
  merge(id: string, body: { into: string; note?: string }, actor: Actor): Promise<ActionResult<Incident>>;
  /** Answers the new incident. */
  split(id: string, body: { alarmIds: string[]; note?: string }, actor: Actor): Promise<ActionResult<Incident>>;
  setPriority(id: string, body: { priority: Priority; reason: string }, actor: Actor): Promise<ActionResult<Incident>>;
  setStep(id: string, stepId: string, body: { done: boolean }, actor: Actor): Promise<ActionResult<Incident>>;
}

export interface IncidentServiceDeps {
  database: Database;
  clock: Clock;
  changes: IncidentChanges;
  queue: DispatchQueue;
  onCommitted(effects: Effects): void;
}

export function createIncidentService(_deps: IncidentServiceDeps): IncidentService {
  throw new Error('not built yet');
}
