import type { ActionResult, Actor, Effects } from '@kuzet/contracts/actor.ts';
import type { NewIncident } from '@kuzet/contracts/api.ts';
import type { Disposition, Incident, Priority, ProcedureStep } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { severityOf } from '../domain/severity.ts';
import type { Database, Queryable, Transaction } from '../store/database.ts';
import {
  type ActionContext,
  type Decision,
  type Done,
  markAcknowledged,
  noteOnce,
  type Refusal,
  refuse,
  stateAfter,
} from './actions.ts';
import type { DispatchQueue, IncidentChanges } from './incident-changes.ts';
import { type IncidentListQuery, listIncidentIds } from './incident-list.ts';
import { loadIncidents } from './load-incidents.ts';
import { mergeIncidents, splitIncident } from './merge-split.ts';
import { openByPerson } from './open-by-person.ts';

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

/** Closed with these words, there is nothing for a crew to go to. */
const nothingThere: ReadonlySet<Disposition> = new Set<Disposition>(['false-alarm', 'duplicate', 'test', 'no-action']);

export function createIncidentService(deps: IncidentServiceDeps): IncidentService {
  const { database, clock, changes, queue, onCommitted } = deps;
  const nowAt = () => new Date(clock.now()).toISOString();

  const loadOne = async (q: Queryable, id: string): Promise<ActionResult<Incident>> => {
    const [incident] = await loadIncidents(q, [id]);
    return incident ? { ok: true, value: incident } : refuse('not-found', `no incident ${id}`);
  };

  async function run(work: (tx: Transaction) => Promise<Done | Refusal>): Promise<ActionResult<Incident>> {
    const { done, answer } = await database.transaction(async (tx) => {
      const done = await work(tx);
      return { done, answer: done.ok ? await loadOne(tx, done.id) : done };
    });
    if (done.ok && done.touched.length > 0)
      onCommitted({ incidents: done.touched, dispatchQueued: done.dispatchQueued });
    return answer;
  }

  /** One incident, locked; `decide` says what becomes of it. */
  const act = (id: string, actor: Actor, decide: (context: ActionContext) => Promise<Decision>) =>
    run(async (tx) => {
      const incident = await changes.lock(tx, id);
      if (!incident) return refuse('not-found', `no incident ${id}`);
      const decision = await decide({ tx, incident, actor, nowAt: nowAt() });
      if (decision === 'unchanged') return { ok: true, id, touched: [], dispatchQueued: false };
      if ('ok' in decision) return decision;
      const { dispatchQueued } = await changes.apply(tx, incident, decision);
      return { ok: true, id, touched: [id], dispatchQueued };
    });

  return {
    async list(query, actor) {
      const page = await listIncidentIds(database, query, actor);
      if (!page.ok) return page;
      return {
        ok: true,
        value: { items: await loadIncidents(database, page.value.ids), nextCursor: page.value.nextCursor },
      };
    },

    async get(id, actor) {
      const found = await loadOne(database, id);
      const mayNot =
        found.ok && actor.agencyId !== null && !found.value.dispatches.some((d) => d.agencyId === actor.agencyId);
      return mayNot ? refuse('not-found', `no incident ${id}`) : found;
    },

    open: (body, actor) => run((tx) => openByPerson({ tx, clock, changes, queue, actor }, body)),

    acknowledge: (id, body, actor) =>
      act(id, actor, async (context) => {
        const state = stateAfter(context.incident, 'acknowledge');
        if (!state.ok) return state;
        const seen = await markAcknowledged(context);
        const timeline = [...seen.timeline, ...(await noteOnce(context, body.note))];
        if (timeline.length === 0) return 'unchanged';
        return { set: { ...state.set, ...seen.set }, timeline, actor: actor.name, news: 'incident.updated' };
      }),

    assign: (id, body, actor) =>
      act(id, actor, async (context) => {
        if (context.incident.state === 'closed') return refuse('conflict', 'the incident is closed');
        const [row] = await context.tx.query<{ assignee: string | null }>(
          'select assignee from kuzet.incidents where id = $1',
          [id],
        );
        const notes = await noteOnce(context, body.note);
        const same = row?.assignee === body.assignee;
        if (same && notes.length === 0) return 'unchanged';
        return {
          set: { assignee: body.assignee },
          timeline: [...(same ? [] : [{ kind: 'assigned', data: { assignee: body.assignee } } as const]), ...notes],
          actor: actor.name,
          news: null,
        };
      }),

    dispatch: (id, body, actor) =>
      act(id, actor, async (context) => {
        const state = stateAfter(context.incident, 'acknowledge');
        if (!state.ok) return state;
        const agencyIds = [...new Set(body.agencyIds)];
        const known = await context.tx.query<{ id: string; enabled: boolean }>(
          `select id, (doc ->> 'enabled')::boolean as enabled from kuzet.agencies where id = any($1::text[])`,
          [agencyIds],
        );
        const missing = agencyIds.filter((agencyId) => !known.some((agency) => agency.id === agencyId));
        if (missing.length) return refuse('invalid-request', `no agency ${missing.join(', ')}`);
        const off = known.filter((agency) => !agency.enabled).map((agency) => agency.id);
        if (off.length) return refuse('not-possible-now', `taken out of service: ${off.join(', ')}`);
        const standing = await context.tx.query<{ agency_id: string }>(
          `select agency_id from kuzet.dispatches
           where incident_id = $1 and agency_id = any($2::text[]) and state not in ('rejected', 'failed')`,
          [id, agencyIds],
        );
        const wanted = agencyIds.filter((agencyId) => !standing.some((row) => row.agency_id === agencyId));
        const seen = await markAcknowledged(context);
        const timeline = [...seen.timeline, ...(await noteOnce(context, body.note))];
        if (wanted.length === 0 && timeline.length === 0) return 'unchanged';
        return {
          set: { ...state.set, ...seen.set },
          timeline,
          actor: actor.name,
          news: 'incident.updated',
          dispatchTo: { agencyIds: wanted, again: true },
        };
      }),

    resolve: (id, body, actor) =>
      act(id, actor, async (context) => {
        const state = stateAfter(context.incident, 'resolve');
        if (!state.ok) return state;
        const notes = await noteOnce(context, body.note);
        if (!state.changed && notes.length === 0) return 'unchanged';
        const seen = await markAcknowledged(context);
        return {
          set: { ...seen.set, ...state.set, ...(state.changed ? { resolved_at: context.nowAt } : {}) },
          timeline: [...seen.timeline, ...notes, ...(state.changed ? [{ kind: 'resolved' } as const] : [])],
          actor: actor.name,
          news: 'incident.updated',
        };
      }),

    close: (id, body, actor) =>
      act(id, actor, async (context) => {
        if (body.disposition === 'merged') return refuse('invalid-request', 'merging has a call of its own');
        if (context.incident.state === 'closed') {
          const [row] = await context.tx.query<{ disposition: string }>(
            'select disposition from kuzet.incidents where id = $1',
            [id],
          );
          return row?.disposition === body.disposition
            ? 'unchanged'
            : refuse('conflict', `closed already, as ${row?.disposition}`);
        }
        const seen = await markAcknowledged(context);
        return {
          set: { ...seen.set, state: 'closed', closed_at: context.nowAt, disposition: body.disposition },
          timeline: [
            ...seen.timeline,
            ...(await noteOnce(context, body.note)),
            { kind: 'closed', data: { disposition: body.disposition } },
          ],
          actor: actor.name,
          news: nothingThere.has(body.disposition) ? 'incident.cancelled' : 'incident.updated',
        };
      }),

    note: (id, body, actor) =>
      act(id, actor, async (context) => {
        const timeline = await noteOnce(context, body.text);
        if (timeline.length === 0) return 'unchanged';
        // A word added after the end is for the record; crews have gone home.
        const news = context.incident.state === 'closed' ? null : 'incident.updated';
        return { timeline, actor: actor.name, news };
      }),

    setPriority: (id, body, actor) =>
      act(id, actor, async ({ tx, incident }) => {
        if (incident.state === 'closed') return refuse('conflict', 'the incident is closed');
        if (incident.priority === body.priority) return 'unchanged';
        const agencyIds = body.priority === 'critical' ? await queue.autoAgencies(tx, incident.type) : [];
        return {
          set: { priority: body.priority, severity: severityOf(incident.type, body.priority) },
          timeline: [
            {
              kind: 'priority-changed',
              data: { from: incident.priority, to: body.priority, reason: body.reason },
            },
          ],
          actor: actor.name,
          news: 'incident.updated',
          dispatchTo: { agencyIds, again: false },
        };
      }),

    setStep: (id, stepId, body, actor) =>
      act(id, actor, async ({ tx, incident, nowAt }) => {
        if (incident.state === 'closed') return refuse('conflict', 'the incident is closed');
        const [row] = await tx.query<{ steps: ProcedureStep[] }>('select steps from kuzet.incidents where id = $1', [
          id,
        ]);
        const steps = row?.steps ?? [];
        const step = steps.find((step) => step.id === stepId);
        if (!step) return refuse('not-found', `no step ${stepId} in ${id}`);
        if ((step.doneAt !== null) === body.done) return 'unchanged';
        step.doneAt = body.done ? nowAt : null;
        step.doneBy = body.done ? actor.name : null;
        return {
          set: { steps: JSON.stringify(steps) },
          timeline: [{ kind: body.done ? 'step-done' : 'step-undone', data: { stepId } }],
          actor: actor.name,
          news: null,
        };
      }),

    merge: (id, body, actor) =>
      run((tx) => mergeIncidents({ tx, clock, changes, queue, actor }, id, body.into, body.note)),

    split: (id, body, actor) =>
      run((tx) => splitIncident({ tx, clock, changes, queue, actor }, id, body.alarmIds, body.note)),
  };
}
