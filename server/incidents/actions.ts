import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { type IncidentEvent, stepIncident } from '../domain/incident-machine.ts';
import type { Transaction } from '../store/database.ts';
import type {
  DispatchQueue,
  IncidentChange,
  IncidentChanges,
  LockedIncident,
  TimelineNote,
} from './incident-changes.ts';

export type Refusal = Extract<ActionResult<never>, { ok: false }>;

export const refuse = (code: Refusal['code'], detail: string): Refusal => ({ ok: false, code, detail });

export interface ActionContext {
  tx: Transaction;
  incident: LockedIncident;
  actor: Actor;
  /** RFC 3339. */
  nowAt: string;
}

/** An act on more than one incident, or on one that is not there yet. */
export interface PersonsAct {
  tx: Transaction;
  clock: Clock;
  changes: IncidentChanges;
  queue: DispatchQueue;
  actor: Actor;
}

/** Several incidents may change in one action; `id` is the one to answer with. */
export interface Done {
  ok: true;
  id: string;
  touched: string[];
  dispatchQueued: boolean;
}

/** What an action decided: to change, to leave all as it is (it was done before), or to refuse. */
export type Decision = IncidentChange | 'unchanged' | Refusal;

/** A note beside another act; twice the same words from the same person count once. */
export async function noteOnce(context: ActionContext, text: string | undefined): Promise<TimelineNote[]> {
  if (!text) return [];
  const [known] = await context.tx.query(
    `select id from kuzet.incident_timeline
     where incident_id = $1 and kind = 'note' and actor = $2 and data ->> 'text' = $3 limit 1`,
    [context.incident.id, context.actor.name, text],
  );
  return known ? [] : [{ kind: 'note', data: { text } }];
}

/**
 * Whoever works on an incident has seen it: the moment and the name are written once, and its alarms are acknowledged
 * (ISA-18.2), so that nothing goes on blinking behind a person's back.
 */
export async function markAcknowledged(
  context: ActionContext,
): Promise<{ set: Record<string, unknown>; timeline: TimelineNote[] }> {
  const { tx, incident, actor, nowAt } = context;
  const alarms = await tx.query<{ id: string }>(
    'update kuzet.alarms set acknowledged = true where incident_id = $1 and not acknowledged returning id',
    [incident.id],
  );
  const first = incident.acknowledgedAt === null;
  if (!first && alarms.length === 0) return { set: {}, timeline: [] };
  return {
    set: first ? { acknowledged_at: nowAt, acknowledged_by: actor.name } : {},
    timeline: [{ kind: 'acknowledged', data: alarms.length ? { alarmIds: alarms.map((alarm) => alarm.id) } : {} }],
  };
}

/** The state column after `event`, or why it cannot be. */
export function stateAfter(
  incident: LockedIncident,
  event: IncidentEvent,
): { ok: true; set: Record<string, unknown>; changed: boolean } | Refusal {
  const step = stepIncident(incident.state, event, incident);
  if (step.outcome === 'refused')
    return refuse('conflict', `${step.why}${incident.closedAt ? ` since ${incident.closedAt.toISOString()}` : ''}`);
  const changed = step.outcome === 'changed';
  return { ok: true, set: changed ? { state: step.state } : {}, changed };
}
