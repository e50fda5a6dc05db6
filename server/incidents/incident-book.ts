import type { Position } from '@kuzet/contracts/common.ts';
import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { AlarmCondition, IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import type { Site, Zone } from '@kuzet/contracts/site-file.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { together } from '@kuzet/lib/together.ts';
import { type OpenIncident, placeAlarm } from '../domain/correlator.ts';
import { higherPriority, severityOf } from '../domain/severity.ts';
import type { Transaction } from '../store/database.ts';
import type { DispatchQueue, IncidentChanges, LockedIncident, TimelineNote } from './incident-changes.ts';
import { insertIncident, lockIncidentNumbers } from './new-incident.ts';
import { lockOpenIncidents } from './open-incidents.ts';

/** A row of kuzet.alarms as it stood when the event happened. */
export interface AlarmRow {
  id: string;
  deviceId: string;
  condition: AlarmCondition;
  priority: Priority;
  metric: string;
  value: MetricValue;
  peakValue: MetricValue;
  raisedAt: Date | string;
  clearedAt: Date | string | null;
  incidentId?: string | null;
}

/** `incidentType` null: an alarm without an incident (a device's fault, its silence). */
export interface AlarmEvent {
  kind: 'raised' | 'cleared';
  alarm: AlarmRow;
  incidentType: IncidentType | null;
  site: Site | null;
  zone: Zone | null;
  position: Position;
}

export interface IncidentBook {
  /**
   * Inside the pipeline's transaction, after the alarms' rows are written: joins each raised alarm to an open incident
   * or opens one, with its procedure, its nearest cameras, its timeline and, when it is critical, its dispatches. One
   * call changes an incident's version by one, however many of its alarms the batch holds.
   */
  applyAlarms(
    tx: Transaction,
    events: readonly AlarmEvent[],
  ): Promise<{ incidentIds: string[]; dispatchQueued: boolean }>;
}

export interface IncidentBookDeps {
  clock: Clock;
  changes: IncidentChanges;
  queue: DispatchQueue;
}

interface Pending {
  /** Set for an incident that this batch opened; its row is locked by being new. */
  opened: LockedIncident | null;
  timeline: TimelineNote[];
  raised: AlarmRow[];
}

export function createIncidentBook({ clock, changes, queue }: IncidentBookDeps): IncidentBook {
  async function open(tx: Transaction, event: AlarmEvent, type: IncidentType): Promise<LockedIncident> {
    return insertIncident(tx, clock, {
      type,
      priority: event.alarm.priority,
      drill: false,
      siteId: event.site?.id ?? null,
      zoneId: event.zone?.id ?? null,
      address: null,
      position: event.position,
      description: null,
      source: 'alarm',
    });
  }

  async function apply(tx: Transaction, incident: LockedIncident | null, pending: Pending): Promise<boolean> {
    // Closed between the alarm and its clearing: the alarm's own row says so, the incident is history.
    if (!incident || incident.state === 'closed') return false;
    const priority = pending.raised.reduce((worst, alarm) => higherPriority(worst, alarm.priority), incident.priority);
    const set: Record<string, unknown> = {};
    const timeline = [...pending.timeline];
    if (priority !== incident.priority) {
      set.priority = priority;
      set.severity = severityOf(incident.type, priority);
      timeline.push({ kind: 'priority-changed', data: { from: incident.priority, to: priority } });
    }
    const calls = pending.raised.length > 0 && priority === 'critical';
    const agencyIds = calls ? await queue.autoAgencies(tx, incident.type) : [];
    const applied = await changes.apply(tx, incident, {
      set,
      timeline,
      actor: 'system',
      news: pending.opened ? null : 'incident.updated',
      dispatchTo: { agencyIds, again: false },
    });
    return applied.dispatchQueued;
  }

  return {
    async applyAlarms(tx, events) {
      const raised = events.filter((event) => event.kind === 'raised' && event.incidentType !== null);
      const pendings = new Map<string, Pending>();
      const pendingOf = (id: string): Pending => {
        const found = pendings.get(id) ?? { opened: null, timeline: [], raised: [] };
        pendings.set(id, found);
        return found;
      };

      // In this order: the open ones are looked at only with the counter in hand.
      const types = [...new Set(raised.map((event) => event.incidentType as IncidentType))];
      const [, openOnes, incidentOfAlarm] = await together([
        types.length > 0 ? lockIncidentNumbers(tx, clock) : null,
        types.length > 0 ? lockOpenIncidents(tx, types) : ([] as OpenIncident[]),
        knownIncidents(tx, events),
      ]);

      for (const event of events) {
        const { alarm, incidentType } = event;
        if (event.kind === 'raised' && incidentType !== null) {
          const raisedAt = new Date(alarm.raisedAt);
          const where = { siteId: event.site?.id ?? null, zoneId: event.zone?.id ?? null, position: event.position };
          const placement = placeAlarm({ ...where, incidentType, raisedAt }, openOnes);
          const opened = placement.kind === 'open' ? await open(tx, event, incidentType) : null;
          const id = placement.kind === 'join' ? placement.incidentId : (opened as LockedIncident).id;
          const pending = pendingOf(id);
          if (opened) {
            pending.opened = opened;
            pending.timeline.push({ kind: 'opened', data: { source: 'alarm' } });
            const openedAt = new Date(clock.now());
            openOnes.push({ ...where, id, type: incidentType, state: 'new', openedAt, lastAlarmAt: raisedAt });
          } else {
            const joined = openOnes.find((incident) => incident.id === id);
            if (joined && Number(raisedAt) > Number(joined.lastAlarmAt)) joined.lastAlarmAt = raisedAt;
          }
          pending.raised.push(alarm);
          pending.timeline.push({ kind: 'alarm-raised', data: noteOf(alarm) });
          incidentOfAlarm.set(alarm.id, id);
        } else if (event.kind === 'cleared') {
          const id = incidentOfAlarm.get(alarm.id);
          if (id) pendingOf(id).timeline.push({ kind: 'alarm-cleared', data: noteOf(alarm) });
        }
      }

      // In the order of ids, as everyone locks them.
      const ids = [...pendings.keys()].sort();
      const [, incidents] = await together([
        joinAlarms(tx, pendings),
        together(ids.map((id) => pendings.get(id)?.opened ?? changes.lock(tx, id))),
      ]);
      let dispatchQueued = false;
      for (const [index, id] of ids.entries()) {
        if (await apply(tx, incidents[index] ?? null, pendings.get(id) as Pending)) dispatchQueued = true;
      }
      return { incidentIds: ids, dispatchQueued };
    },
  };
}

async function joinAlarms(tx: Transaction, pendings: ReadonlyMap<string, Pending>): Promise<void> {
  const joined = [...pendings].flatMap(([id, { raised }]) => raised.map((alarm) => ({ id, alarmId: alarm.id })));
  if (joined.length === 0) return;
  await tx.query(
    `update kuzet.alarms a set incident_id = t.id
     from unnest($1::text[], $2::text[]) as t (id, alarm_id) where a.id = t.alarm_id`,
    [joined.map(({ id }) => id), joined.map(({ alarmId }) => alarmId)],
  );
}

/** Which incident each cleared alarm belongs to, as the rows say: an event made earlier in the batch may not know it yet. */
async function knownIncidents(tx: Transaction, events: readonly AlarmEvent[]): Promise<Map<string, string>> {
  const cleared = events.filter((event) => event.kind === 'cleared').map((event) => event.alarm.id);
  if (cleared.length === 0) return new Map();
  const rows = await tx.query<{ id: string; incident_id: string }>(
    'select id, incident_id from kuzet.alarms where id = any($1::text[]) and incident_id is not null',
    [cleared],
  );
  return new Map(rows.map((row) => [row.id, row.incident_id]));
}

const noteOf = (alarm: AlarmRow): Record<string, unknown> => ({
  alarmId: alarm.id,
  deviceId: alarm.deviceId,
  condition: alarm.condition,
  metric: alarm.metric,
  value: alarm.value,
});
