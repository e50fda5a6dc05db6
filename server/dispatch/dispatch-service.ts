import type { ActionResult, Actor, Effects } from '@kuzet/contracts/actor.ts';
import type { AcceptBody, CompleteBody, RejectBody, UpdateBody } from '@kuzet/contracts/api.ts';
import { type Agency, type Dispatch, type DispatchState, dispatchStates } from '@kuzet/contracts/dispatch.ts';
import { may } from '@kuzet/contracts/user.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Static } from 'typebox';
import { type DispatchEvent, stepDispatch } from '../domain/dispatch-machine.ts';
import { type IncidentEvent, stepIncident } from '../domain/incident-machine.ts';
import type { Database, Queryable, Transaction } from '../store/database.ts';
import { listDispatchIds } from './dispatch-list.ts';
import { unreachable } from './dispatch-queue.ts';
import type { DispatchTimelineKind, IncidentChanges, LockedIncident } from './incident-writer.ts';

export interface DispatchListQuery {
  incidentId?: string | undefined;
  agencyId?: string | undefined;
  /** One state, or several with commas. */
  state?: string | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
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
  /** server/incidents/load-dispatches.ts */
  loadDispatches(q: Queryable, by: { ids: readonly string[] }): Promise<Dispatch[]>;
  onCommitted(effects: Effects): void;
}

interface Standing {
  state: DispatchState;
  agency_id: string;
  agency: Agency;
  drill: boolean;
  accepted_at: Date | null;
  accepted_by: string | null;
  rejected_at: Date | null;
  completed_at: Date | null;
  reason: string | null;
  progress: Dispatch['progress'];
  unit: string | null;
  eta_at: Date | null;
}

interface Context {
  tx: Transaction;
  incident: LockedIncident;
  standing: Standing;
  nowAt: string;
}

/** `set`: columns of kuzet.dispatches. */
interface Decided {
  set: Record<string, unknown>;
  note: { kind: DispatchTimelineKind; data?: Record<string, unknown> };
  incidentEvent?: IncidentEvent;
  /** Whether other agencies are told; the one that answered knows. */
  news: boolean;
  raised?: boolean;
}

type Refusal = Extract<ActionResult<never>, { ok: false }>;
const refuse = (code: Refusal['code'], detail: string): Refusal => ({ ok: false, code, detail });

export function createDispatchService(deps: DispatchServiceDeps): DispatchService {
  const { database, clock, changes, loadDispatches, onCommitted } = deps;

  async function act(
    id: string,
    actorName: string,
    allowed: (agencyId: string) => boolean,
    decide: (context: Context) => Promise<Decided | 'unchanged' | Refusal> | Decided | 'unchanged' | Refusal,
  ): Promise<ActionResult<Dispatch>> {
    const done = await database.transaction(async (tx) => {
      const [found] = await tx.query<{ incident_id: string; agency_id: string }>(
        'select incident_id, agency_id from kuzet.dispatches where id = $1',
        [id],
      );
      if (!found) return { answer: refuse('not-found', `no dispatch ${id}`), effects: null };
      if (!allowed(found.agency_id))
        return { answer: refuse('forbidden', `${id} is for ${found.agency_id} to answer`), effects: null };
      // The incident before its dispatch, as everyone locks them.
      const incident = await changes.lock(tx, found.incident_id);
      const [standing] = await tx.query(
        `select d.*, a.doc as agency from kuzet.dispatches d join kuzet.agencies a on a.id = d.agency_id
         where d.id = $1 for update of d`,
        [id],
      );
      if (!incident || !standing) throw new Error(`dispatch ${id} lost its incident`);
      const context: Context = {
        tx,
        incident,
        standing: standing as unknown as Standing,
        nowAt: new Date(clock.now()).toISOString(),
      };
      const decided = await decide(context);
      if (decided !== 'unchanged' && 'ok' in decided) return { answer: decided, effects: null };
      const effects = decided === 'unchanged' ? null : await write(context, id, actorName, decided);
      const [value] = await loadDispatches(tx, { ids: [id] });
      return { answer: { ok: true, value: value as Dispatch } as const, effects };
    });
    if (done.effects) onCommitted(done.effects);
    return done.answer;
  }

  async function write(context: Context, id: string, actorName: string, decided: Decided): Promise<Effects> {
    const { tx, incident, standing, nowAt } = context;
    const columns = Object.entries(decided.set);
    if (columns.length > 0)
      await tx.query(
        `update kuzet.dispatches set ${columns.map(([column], index) => `${column} = $${index + 2}`).join(', ')} where id = $1`,
        [id, ...columns.map(([, value]) => value)],
      );
    const step = decided.incidentEvent ? stepIncident(incident.state, decided.incidentEvent, incident) : null;
    const set: Record<string, unknown> = {};
    if (step && step.outcome !== 'refused') {
      if (step.outcome === 'changed') set.state = step.state;
      if (step.stamp === 'dispatchedAt' && !incident.dispatchedAt) set.dispatched_at = nowAt;
      if (step.stamp === 'onSceneAt' && !incident.onSceneAt) set.on_scene_at = nowAt;
    }
    const { dispatchQueued } = await changes.apply(tx, incident, {
      set,
      timeline: [
        { kind: decided.note.kind, data: { dispatchId: id, agencyId: standing.agency_id, ...decided.note.data } },
      ],
      actor: actorName,
      news: decided.news ? 'incident.updated' : null,
      exceptDispatchId: id,
      raised: decided.raised ? [id] : [],
    });
    return { incidents: [incident.id], dispatchQueued };
  }

  const own = (actor: Actor) => (agencyId: string) => actor.agencyId === agencyId;

  /** Where the step cannot be, says what stands instead. */
  function next(context: Context, event: DispatchEvent): 'go' | 'unchanged' | Refusal {
    const { standing, incident } = context;
    const step = stepDispatch(standing.state, event);
    if (step.outcome === 'unchanged') return 'unchanged';
    if (step.outcome === 'refused')
      return step.why === 'answered-otherwise'
        ? refuse('conflict', stands(standing))
        : refuse('not-possible-now', `it is ${standing.state}`);
    const answer = event === 'accept' || event === 'reject';
    if (answer && incident.state === 'closed') return refuse('conflict', `${incident.id} is closed: nothing to answer`);
    return 'go';
  }

  return {
    async list(query, actor) {
      const states = query.state?.split(',');
      const unknown = states?.find((state) => !(dispatchStates as readonly string[]).includes(state));
      if (unknown !== undefined)
        return refuse('invalid-request', `state: ${unknown} is none of ${dispatchStates.join(', ')}`);
      const page = await listDispatchIds(database, query, actor.agencyId);
      if (!page) return refuse('invalid-request', 'cursor: not one that this list gave');
      const items = await loadDispatches(database, { ids: page.ids });
      const byId = new Map(items.map((item) => [item.id, item]));
      return {
        ok: true,
        value: { items: page.ids.flatMap((id) => byId.get(id) ?? []), nextCursor: page.nextCursor },
      };
    },

    async get(id, actor) {
      const [dispatch] = await loadDispatches(database, { ids: [id] });
      const mayNot = dispatch && actor.agencyId !== null && actor.agencyId !== dispatch.agencyId;
      return dispatch && !mayNot ? { ok: true, value: dispatch } : refuse('not-found', `no dispatch ${id}`);
    },

    accept: (id, body, actor) =>
      act(id, actor.name, own(actor), (context) => {
        const way = next(context, 'accept');
        if (way !== 'go') return way;
        const by = body.by ?? actor.name;
        return {
          set: {
            state: 'accepted',
            accepted_at: context.nowAt,
            accepted_by: by,
            unit: body.unit ?? null,
            eta_at: body.etaAt ?? null,
            overdue: false,
            failed_at: null,
            reason: null,
          },
          note: { kind: 'dispatch-accepted', data: { by, ...given(body, ['unit', 'etaAt', 'note']) } },
          incidentEvent: 'agency-accepted',
          news: true,
        };
      }),

    reject: (id, body, actor) =>
      act(id, actor.name, own(actor), async (context) => {
        const way = next(context, 'reject');
        if (way !== 'go') return way;
        // Nothing more is sent to who has said no; a message under way finds its row done.
        await context.tx.query(
          `update kuzet.outbox set done_at = $2::timestamptz, claimed_until = null
           where dispatch_id = $1 and done_at is null and given_up_at is null`,
          [id, context.nowAt],
        );
        return {
          set: {
            state: 'rejected',
            rejected_at: context.nowAt,
            reason: body.reason,
            overdue: false,
            failed_at: null,
          },
          note: { kind: 'dispatch-rejected', data: { by: body.by ?? actor.name, reason: body.reason } },
          news: true,
        };
      }),

    update: (id, body, actor) =>
      act(id, actor.name, own(actor), ({ standing, nowAt }) => {
        if (standing.state !== 'accepted') return refuse('not-possible-now', `it is ${standing.state}, not accepted`);
        if (standing.progress === 'on-scene' && body.progress === 'en-route')
          return refuse('conflict', 'the crew is on scene already');
        const news = given(body, ['progress', 'unit', 'etaAt', 'note']);
        const fresh =
          (body.progress !== undefined && body.progress !== standing.progress) ||
          (body.unit !== undefined && body.unit !== standing.unit) ||
          (body.etaAt !== undefined && Date.parse(body.etaAt) !== standing.eta_at?.getTime()) ||
          body.note !== undefined;
        if (!fresh) return 'unchanged';
        const arrived = body.progress === 'on-scene' && standing.progress !== 'on-scene';
        return {
          set: {
            ...(body.progress === undefined ? {} : { progress: body.progress }),
            ...(body.unit === undefined ? {} : { unit: body.unit }),
            ...(body.etaAt === undefined ? {} : { eta_at: body.etaAt }),
            ...(arrived ? { on_scene_at: nowAt } : {}),
          },
          note: { kind: 'dispatch-updated', data: news },
          ...(arrived ? { incidentEvent: 'agency-on-scene' as const } : {}),
          news: true,
        };
      }),

    complete: (id, body, actor) =>
      act(id, actor.name, own(actor), (context) => {
        const way = next(context, 'complete');
        if (way !== 'go') return way;
        return {
          set: { state: 'completed', completed_at: context.nowAt },
          note: { kind: 'dispatch-completed', data: given(body, ['note']) },
          news: true,
        };
      }),

    redeliver: (id, actor) =>
      act(
        id,
        actor.name,
        () => actor.role === 'system' || may(actor.role, 'operate'),
        async ({ tx, incident, standing, nowAt }) => {
          if (incident.state === 'closed') return refuse('not-possible-now', `${incident.id} is closed`);
          if (standing.state === 'rejected' || standing.state === 'completed')
            return refuse('not-possible-now', `it is ${stands(standing)}`);
          const why = unreachable(standing.agency, standing.drill);
          if (why) return refuse('not-possible-now', why);
          const note = { kind: 'dispatch-redelivered' } as const;
          const waiting = await tx.query<{ id: string; later: boolean }>(
            `select id, claimed_until is null and next_attempt_at > $2::timestamptz as later from kuzet.outbox
             where dispatch_id = $1 and done_at is null and given_up_at is null`,
            [id, nowAt],
          );
          if (waiting.length > 0) {
            const later = waiting.filter((row) => row.later).map((row) => row.id);
            if (later.length === 0) return 'unchanged';
            await tx.query('update kuzet.outbox set next_attempt_at = $2::timestamptz where id = any($1::text[])', [
              later,
              nowAt,
            ]);
            return { set: {}, note, news: false };
          }
          const acceptBy = new Date(Date.parse(nowAt) + standing.agency.acceptWithinS * 1000).toISOString();
          const revived = stepDispatch(standing.state, 'requeue').outcome === 'changed';
          return {
            set: revived ? { state: 'queued', failed_at: null, reason: null, overdue: false, accept_by: acceptBy } : {},
            note,
            news: false,
            raised: true,
          };
        },
      ).then((answer) => {
        // A message that waited for its next try is due now, though nothing new was written.
        if (answer.ok) onCommitted({ dispatchQueued: true });
        return answer;
      }),

    markDelivered: (id, agencyId) =>
      act(
        id,
        'system',
        (of) => of === agencyId,
        async (context) => {
          const { standing, nowAt, tx } = context;
          if (stepDispatch(standing.state, 'shown').outcome !== 'changed') return 'unchanged';
          await tx.query(`update kuzet.dispatches set sent_at = coalesce(sent_at, $2::timestamptz) where id = $1`, [
            id,
            nowAt,
          ]);
          return {
            set: { state: 'delivered', delivered_at: nowAt, failed_at: null, reason: null },
            note: { kind: 'dispatch-delivered', data: { shown: true } },
            news: false,
          };
        },
      ),
  };
}

function stands(standing: Standing): string {
  if (standing.state === 'rejected') return `rejected at ${iso(standing.rejected_at)}: ${standing.reason}`;
  if (standing.state === 'completed') return `completed at ${iso(standing.completed_at)}`;
  return `accepted at ${iso(standing.accepted_at)} by ${standing.accepted_by}`;
}

const iso = (at: Date | null): string => (at ? new Date(at).toISOString() : 'an unknown time');

/** The fields that were given, for the timeline. */
function given<T extends object>(body: T, keys: readonly (keyof T & string)[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));
}
