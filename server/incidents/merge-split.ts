import type { IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { stepIncident } from '../domain/incident-machine.ts';
import { higherPriority, severityOf } from '../domain/severity.ts';
import { type Done, markAcknowledged, noteOnce, type PersonsAct, type Refusal, refuse } from './actions.ts';
import { insertIncident, lockIncidentNumbers } from './new-incident.ts';

/**
 * Two incidents turn out to be one. The alarms of `id` go to `into`; `id` closes as merged and keeps its history. An
 * agency that works on `id` is told of `into` as a call of its own, so that closing the one never calls a crew back.
 */
export async function mergeIncidents(
  act: PersonsAct,
  id: string,
  into: string,
  note: string | undefined,
): Promise<Done | Refusal> {
  const { tx, clock, changes, actor } = act;
  if (id === into) return refuse('invalid-request', 'an incident cannot be merged into itself');
  // In the order of ids, as everyone locks them.
  const [first, second] = [id, into].sort() as [string, string];
  const locked = new Map([
    [first, await changes.lock(tx, first)],
    [second, await changes.lock(tx, second)],
  ]);
  const source = locked.get(id);
  const target = locked.get(into);
  if (!source || !target) return refuse('not-found', `no incident ${source ? into : id}`);
  if (source.state === 'closed') {
    const [row] = await tx.query<{ merged_into: string | null }>(
      'select merged_into from kuzet.incidents where id = $1',
      [id],
    );
    return row?.merged_into === into
      ? { ok: true, id: into, touched: [], dispatchQueued: false }
      : refuse('conflict', `${id} is closed${row?.merged_into ? `, merged into ${row.merged_into}` : ''}`);
  }
  if (target.state === 'closed') return refuse('conflict', `${into} is closed`);
  if (source.drill !== target.drill) return refuse('conflict', 'a drill and a real incident stay apart');

  const nowAt = new Date(clock.now()).toISOString();
  const context = { tx, incident: source, actor, nowAt };
  const seen = await markAcknowledged(context);
  const moved = await tx.query<{ id: string }>(
    'update kuzet.alarms set incident_id = $2 where incident_id = $1 returning id',
    [id, into],
  );
  const working = await tx.query<{ agency_id: string }>(
    `select agency_id from kuzet.dispatches
     where incident_id = $1 and state in ('queued', 'sent', 'delivered', 'accepted') order by agency_id`,
    [id],
  );

  const closed = await changes.apply(tx, source, {
    set: { ...seen.set, state: 'closed', closed_at: nowAt, disposition: 'merged', merged_into: into },
    timeline: [...seen.timeline, ...(await noteOnce(context, note)), { kind: 'merged', data: { into } }],
    actor: actor.name,
    news: 'incident.updated',
  });

  const priority = higherPriority(source.priority, target.priority);
  const returned = moved.length > 0 ? stepIncident(target.state, 'alarm-returned', target) : null;
  const reopened = returned?.outcome === 'changed' ? returned.state : null;
  const grown = await changes.apply(tx, target, {
    set: {
      priority,
      severity: severityOf(target.type, priority),
      ...(reopened ? { state: reopened, resolved_at: null } : {}),
    },
    timeline: [
      { kind: 'merged', data: { from: id, alarmIds: moved.map((alarm) => alarm.id) } },
      ...(reopened ? [{ kind: 'reopened', data: { state: reopened } } as const] : []),
    ],
    actor: actor.name,
    news: 'incident.updated',
    dispatchTo: { agencyIds: working.map((row) => row.agency_id), again: false },
  });
  return { ok: true, id: into, touched: [id, into], dispatchQueued: closed.dispatchQueued || grown.dispatchQueued };
}

/** One incident turns out to be two: the alarms named leave for a new one. At least one alarm stays. */
export async function splitIncident(
  act: PersonsAct,
  id: string,
  alarmIds: readonly string[],
  note: string | undefined,
): Promise<Done | Refusal> {
  const { tx, clock, changes, queue, actor } = act;
  await lockIncidentNumbers(tx, clock);
  const source = await changes.lock(tx, id);
  if (!source) return refuse('not-found', `no incident ${id}`);
  if (source.state === 'closed') return refuse('conflict', `${id} is closed`);
  const alarms = await tx.query<{ id: string; priority: Priority; doc: SiteDevice | null }>(
    `select a.id, a.priority, d.doc from kuzet.alarms a left join kuzet.devices d on d.id = a.device_id
     where a.incident_id = $1 order by a.raised_at, a.id`,
    [id],
  );
  const wanted = new Set(alarmIds);
  const leaving = alarms.filter((alarm) => wanted.has(alarm.id));
  if (leaving.length < wanted.size) {
    const strangers = [...wanted].filter((alarmId) => !leaving.some((alarm) => alarm.id === alarmId));
    return refuse('conflict', `not among the alarms of ${id}: ${strangers.join(', ')}`);
  }
  if (leaving.length === alarms.length) return refuse('invalid-request', 'at least one alarm must stay');

  const [row] = await tx.query<{ type: IncidentType; site_id: string | null; zone_id: string | null }>(
    'select type, site_id, zone_id from kuzet.incidents where id = $1',
    [id],
  );
  const device = leaving.find((alarm) => alarm.doc)?.doc ?? null;
  const priority = leaving.reduce<Priority>((worst, alarm) => higherPriority(worst, alarm.priority), 'routine');
  const created = await insertIncident(tx, clock, {
    type: source.type,
    priority,
    drill: source.drill,
    siteId: device?.siteId ?? row?.site_id ?? null,
    zoneId: device ? (device.zoneId ?? null) : (row?.zone_id ?? null),
    address: null,
    position: device?.position ?? null,
    description: null,
    source: 'alarm',
  });
  await tx.query('update kuzet.alarms set incident_id = $1 where id = any($2::text[])', [created.id, [...wanted]]);

  const nowAt = new Date(clock.now()).toISOString();
  const context = { tx, incident: source, actor, nowAt };
  const left = await changes.apply(tx, source, {
    timeline: [
      { kind: 'split', data: { into: created.id, alarmIds: [...wanted] } },
      ...(await noteOnce(context, note)),
    ],
    actor: actor.name,
    news: 'incident.updated',
  });
  const seen = await markAcknowledged({ ...context, incident: created });
  const opened = await changes.apply(tx, created, {
    set: { ...seen.set, state: 'acknowledged' },
    timeline: [{ kind: 'opened', data: { source: 'alarm', splitFrom: id } }, ...seen.timeline],
    actor: actor.name,
    news: null,
    dispatchTo: { agencyIds: priority === 'critical' ? await queue.autoAgencies(tx, source.type) : [], again: false },
  });
  return {
    ok: true,
    id: created.id,
    touched: [id, created.id],
    dispatchQueued: left.dispatchQueued || opened.dispatchQueued,
  };
}
