import type { Agency, DispatchState } from '@kuzet/contracts/dispatch.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { together } from '@kuzet/lib/together.ts';
import { stepDispatch } from '../domain/dispatch-machine.ts';
import type { Queryable, Transaction } from '../store/database.ts';
import type { News } from './incident-writer.ts';
import { type WebhookType, webhookBody } from './webhook-body.ts';

export interface PlacedDispatch {
  dispatchId: string;
  agencyId: string;
  /** Why it could not even be queued. */
  failed: string | null;
}

/** Writes dispatches and outbox rows inside the transaction that decided them. */
export interface DispatchQueue {
  place(
    tx: Transaction,
    incident: { id: string; drill: boolean },
    agencyIds: readonly string[],
    options: { again: boolean },
  ): Promise<PlacedDispatch[]>;
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
  autoAgencies(tx: Transaction, type: string): Promise<string[]>;
}

export interface DispatchQueueDeps {
  clock: Clock;
  newId(): string;
  /** server/incidents/load-incidents.ts */
  loadIncidents(q: Queryable, ids: readonly string[]): Promise<Incident[]>;
}

/** Why an agency cannot be sent this at all; null when it can. */
export function unreachable(agency: Agency, drill: boolean): string | null {
  if (!agency.enabled) return 'the agency is taken out of service';
  if (agency.channel === 'desk') return null;
  if (drill)
    return agency.drillEndpoint ? null : 'the agency has no address for drills, and a drill goes to no other address';
  return agency.endpoint ? null : 'the agency has no webhook address';
}

export function createDispatchQueue({ clock, newId, loadIncidents }: DispatchQueueDeps): DispatchQueue {
  return {
    async place(tx, incident, agencyIds, { again }) {
      const [agencies, standing] = await together([
        tx.query<{ id: string; doc: Agency }>(
          'select id, doc from kuzet.agencies where id = any($1::text[]) order by id',
          [[...agencyIds]],
        ),
        tx.query<{ id: string; agency_id: string; state: DispatchState }>(
          'select id, agency_id, state from kuzet.dispatches where incident_id = $1 and agency_id = any($2::text[])',
          [incident.id, [...agencyIds]],
        ),
      ]);
      const placed: PlacedDispatch[] = [];
      const writes: Promise<unknown>[] = [];
      for (const { id: agencyId, doc: agency } of agencies) {
        const before = standing.find((row) => row.agency_id === agencyId);
        const requeue = before ? stepDispatch(before.state, 'requeue').outcome === 'changed' : false;
        if (before && !(again && requeue)) continue;
        const failed = unreachable(agency, incident.drill);
        const nowMs = clock.now();
        const dispatchId = before?.id ?? `dsp_${newId()}`;
        // A call made again starts from nothing; what came of the first stands in the timeline.
        const written = tx.query(
          `insert into kuzet.dispatches (id, incident_id, agency_id, state, drill, queued_at, accept_by, failed_at, reason)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (incident_id, agency_id) do update set state = excluded.state, queued_at = excluded.queued_at,
             accept_by = excluded.accept_by, failed_at = excluded.failed_at, reason = excluded.reason, overdue = false,
             sent_at = null, delivered_at = null, accepted_at = null, accepted_by = null, rejected_at = null`,
          [
            dispatchId,
            incident.id,
            agencyId,
            failed ? 'failed' : 'queued',
            incident.drill,
            new Date(nowMs).toISOString(),
            new Date(nowMs + agency.acceptWithinS * 1000).toISOString(),
            failed ? new Date(nowMs).toISOString() : null,
            failed,
          ],
        );
        writes.push(written);
        placed.push({ dispatchId, agencyId, failed });
      }
      await together(writes);
      return placed;
    },

    async send(tx, { incidentId, version, raised, news, exceptDispatchId }) {
      const dispatches = await tx.query<{ id: string; state: string; channel: string }>(
        `select d.id, d.state, a.doc ->> 'channel' as channel
         from kuzet.dispatches d join kuzet.agencies a on a.id = d.agency_id where d.incident_id = $1 order by d.id`,
        [incidentId],
      );
      const messages = dispatches.flatMap(({ id, state, channel }): { dispatchId: string; type: WebhookType }[] => {
        if (raised.includes(id)) return [{ dispatchId: id, type: 'incident.raised' }];
        // A desk reads the incident live; only its call itself passes through the outbox.
        const reached = channel === 'webhook' && ['queued', 'sent', 'delivered', 'accepted'].includes(state);
        return news !== null && reached && id !== exceptDispatchId ? [{ dispatchId: id, type: news }] : [];
      });
      if (messages.length === 0) return false;
      const [incident] = await loadIncidents(tx, [incidentId]);
      if (!incident) throw new Error(`incident ${incidentId} is gone while locked`);
      const nowAt = new Date(clock.now()).toISOString();
      await together(
        messages.map(({ dispatchId, type }) =>
          tx.query(
            `insert into kuzet.outbox (id, dispatch_id, sequence, type, body, created_at, next_attempt_at)
             values ($1, $2, $3, $4, $5, $6, $6)`,
            [
              `msg_${newId()}`,
              dispatchId,
              version,
              type,
              webhookBody({ type, timestamp: nowAt, data: { dispatchId, sequence: version, incident } }),
              nowAt,
            ],
          ),
        ),
      );
      return true;
    },

    async autoAgencies(tx, type) {
      const rows = await tx.query<{ id: string }>(
        `select id from kuzet.agencies
         where (doc ->> 'enabled')::boolean and doc -> 'autoDispatch' @> to_jsonb($1::text) order by id`,
        [type],
      );
      return rows.map((row) => row.id);
    },
  };
}
