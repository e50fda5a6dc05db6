import type { IncidentState, IncidentType, Priority, timelineKinds } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { together } from '@kuzet/lib/together.ts';
import type { Transaction } from '../store/database.ts';

/** `incident.cancelled` only when there is nothing to go to: a false alarm, a test, a duplicate. */
export type News = 'incident.updated' | 'incident.cancelled';

/** What incidents need of dispatch; server/dispatch/dispatch-queue.ts is the real thing. */
export interface DispatchQueue {
  /**
   * Writes a dispatch for each agency that has none for this incident; with `again`, one that was rejected or failed is
   * queued anew. Nothing leaves before `send`.
   */
  place(
    tx: Transaction,
    incident: { id: string; drill: boolean },
    agencyIds: readonly string[],
    options: { again: boolean },
  ): Promise<PlacedDispatch[]>;
  /**
   * Writes the outbox rows of one version of an incident: `incident.raised` to the dispatches of `raised`, and `news` to
   * everyone else who has it. Answers whether there is anything to send.
   */
  send(
    tx: Transaction,
    message: {
      incidentId: string;
      version: number;
      raised: readonly string[];
      news: News | null;
      exceptDispatchId: string | null;
    },
  ): Promise<boolean>;
  /** Enabled agencies that are called to a critical incident of `type` without a person's word. */
  autoAgencies(tx: Transaction, type: string): Promise<string[]>;
}

/** `failed`: why it could not even be queued, e.g. a drill for an agency without a drill address. */
export interface PlacedDispatch {
  dispatchId: string;
  agencyId: string;
  failed: string | null;
}

/** A locked row of kuzet.incidents as changes need it. */
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

export interface TimelineNote {
  kind: (typeof timelineKinds)[number];
  data?: Record<string, unknown>;
}

export interface IncidentChange {
  /** Columns of kuzet.incidents to set, by column name; jsonb as text. */
  set?: Record<string, unknown>;
  timeline: readonly TimelineNote[];
  /** Name for the timeline. */
  actor: string;
  /** What agencies that have the incident are told; null for bookkeeping that is no news to them. */
  news: News | null;
  exceptDispatchId?: string | null;
  /** Agencies to dispatch to in the same change. */
  dispatchTo?: { agencyIds: readonly string[]; again: boolean };
  /** Dispatches to send `incident.raised` for, which are queued already. */
  raised?: readonly string[];
}

export interface AppliedChange {
  version: number;
  dispatchQueued: boolean;
  placed: PlacedDispatch[];
}

/** The one way an incident changes: its row locked, version + 1, timeline, outbox, in the caller's transaction. */
export interface IncidentChanges {
  lock(tx: Transaction, incidentId: string): Promise<LockedIncident | null>;
  apply(tx: Transaction, incident: LockedIncident, change: IncidentChange): Promise<AppliedChange>;
}

export function createIncidentChanges(deps: { clock: Clock; queue: DispatchQueue }): IncidentChanges {
  const { clock, queue } = deps;
  return {
    async lock(tx, incidentId) {
      const [row] = await tx.query(
        `select id, type, priority, state, drill, version, acknowledged_at as "acknowledgedAt",
           dispatched_at as "dispatchedAt", on_scene_at as "onSceneAt", closed_at as "closedAt"
         from kuzet.incidents where id = $1 for update`,
        [incidentId],
      );
      return row ? (row as unknown as LockedIncident) : null;
    },

    async apply(tx, incident, change) {
      const nowAt = new Date(clock.now()).toISOString();
      const placed = change.dispatchTo?.agencyIds.length
        ? await queue.place(tx, incident, change.dispatchTo.agencyIds, { again: change.dispatchTo.again })
        : [];

      const set = Object.entries({ ...change.set, updated_at: nowAt });
      const columns = set.map(([column], index) => `${column} = $${index + 2}`).join(', ');
      // The row is locked, so its next version is known before the database says so.
      const version = incident.version + 1;
      const raised = [
        ...(change.raised ?? []),
        ...placed.filter((dispatch) => !dispatch.failed).map((dispatch) => dispatch.dispatchId),
      ];
      const [[row], , dispatchQueued] = await together([
        tx.query<{ version: number }>(
          `update kuzet.incidents set ${columns}, version = version + 1 where id = $1 returning version`,
          [incident.id, ...set.map(([, value]) => value)],
        ),
        writeTimeline(tx, incident.id, nowAt, change.actor, [...change.timeline, ...placed.map(placedNote)]),
        raised.length > 0 || change.news !== null
          ? queue.send(tx, {
              incidentId: incident.id,
              version,
              raised,
              news: change.news,
              exceptDispatchId: change.exceptDispatchId ?? null,
            })
          : false,
      ]);
      if (row?.version !== version) throw new Error(`incident ${incident.id} is gone or changed while locked`);
      incident.version = version;
      return { version, dispatchQueued, placed };
    },
  };
}

function placedNote(dispatch: PlacedDispatch): TimelineNote {
  const data = { dispatchId: dispatch.dispatchId, agencyId: dispatch.agencyId };
  return dispatch.failed
    ? { kind: 'dispatch-failed', data: { ...data, reason: dispatch.failed } }
    : { kind: 'dispatch-queued', data };
}

async function writeTimeline(
  tx: Transaction,
  incidentId: string,
  at: string,
  actor: string,
  notes: readonly TimelineNote[],
): Promise<void> {
  if (notes.length === 0) return;
  // The ordinality keeps the order of ids the order of the notes.
  await tx.query(
    `insert into kuzet.incident_timeline (incident_id, at, kind, actor, data)
     select $1, $2::timestamptz, note.value ->> 'kind', $3, coalesce(note.value -> 'data', '{}'::jsonb)
     from jsonb_array_elements($4::jsonb) with ordinality as note(value, place) order by note.place`,
    [incidentId, at, actor, JSON.stringify(notes)],
  );
}
