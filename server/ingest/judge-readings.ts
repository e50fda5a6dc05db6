import type { Position } from '@kuzet/contracts/common.ts';
import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { IncidentType } from '@kuzet/contracts/incident.ts';
import type { Site, Zone } from '@kuzet/contracts/site-file.ts';
import { together } from '@kuzet/lib/together.ts';
import { stepAlarm } from '../domain/alarm-machine.ts';
import { judge, type Signal } from '../domain/alarm-rules.ts';
import type { DeviceInHand } from './device-state.ts';
import { judgedTime, timeMs } from './observed-time.ts';
import type { AlarmEvent, AlarmRow, Queryable } from './ports.ts';

interface Alarm extends AlarmRow {
  sources: string[];
  isNew: boolean;
  changed: boolean;
}

/** A value to judge, in order of arrival: alarms never go by devices' clocks. */
export interface Heard {
  device: DeviceInHand;
  metric: string;
  value: MetricValue;
  observedAt: string;
  receivedAt: string;
  /** The device was in test mode or out of service when it said so. */
  muted: boolean;
}

interface Happened {
  kind: 'raised' | 'cleared';
  alarm: AlarmRow;
  incidentType: IncidentType | null;
  device: DeviceInHand;
}

/**
 * Runs the alarm rules over the values of a batch and writes the alarms that change.
 * @returns events for the incident book, in order, and the incidents whose alarms changed without an event.
 */
export async function judgeReadings(
  q: Queryable,
  heard: readonly Heard[],
  newId: () => string,
): Promise<{ events: AlarmEvent[]; touchedIncidents: string[] }> {
  const signals = heard.flatMap((item) =>
    judge(item.device.kind, item.metric, item.value).map((signal) => ({ ...item, signal })),
  );
  if (signals.length === 0) return { events: [], touchedIncidents: [] };

  const active = await loadActive(q, new Set(signals.map(({ device }) => device.id)));
  const touched = new Set<Alarm>();
  const happened: Happened[] = [];
  for (const { signal, device, ...item } of signals) {
    const { rule, verdict } = signal;
    const key = `${device.id} ${rule.condition}`;
    const alarm = active.get(key);
    const change = stepAlarm(alarm ?? null, { metric: item.metric, value: item.value, verdict, muted: item.muted });
    if (change.kind === 'none') continue;
    if (change.kind === 'raise') {
      const raised = raise(newId(), device, signal, item);
      active.set(key, raised);
      touched.add(raised);
      happened.push({ kind: 'raised', alarm: { ...raised }, incidentType: rule.incidentType, device });
    } else if (alarm && change.kind === 'update') {
      Object.assign(alarm, { peakValue: change.peakValue, sources: change.sources, changed: true });
      touched.add(alarm);
    } else if (alarm) {
      const atMs = judgedTime(timeMs(item.observedAt), timeMs(item.receivedAt)).atMs;
      // A clock set back between the two must not end an alarm before it began.
      alarm.clearedAt = new Date(Math.max(atMs, alarm.raisedAt.getTime()));
      Object.assign(alarm, { sources: [], changed: true });
      active.delete(key);
      touched.add(alarm);
      happened.push({ kind: 'cleared', alarm: { ...alarm }, incidentType: rule.incidentType, device });
    }
  }
  const [, places] = await together([
    saveAlarms(q, [...touched]),
    loadPlaces(q, new Set(happened.map(({ device }) => device.id))),
  ]);
  const events = happened.map(({ device, ...event }) => ({ ...event, ...placeOf(places, device.id) }));
  const touchedIncidents = [...touched].flatMap(({ incidentId }) => (incidentId === null ? [] : [incidentId]));
  return { events, touchedIncidents: [...new Set(touchedIncidents)] };
}

function raise(id: string, device: DeviceInHand, { rule }: Signal, item: Omit<Heard, 'device'>): Alarm {
  return {
    id,
    deviceId: device.id,
    condition: rule.condition,
    priority: rule.priority,
    metric: item.metric,
    value: item.value,
    peakValue: item.value,
    raisedAt: new Date(judgedTime(timeMs(item.observedAt), timeMs(item.receivedAt)).atMs),
    clearedAt: null,
    acknowledged: false,
    incidentId: null,
    sources: [item.metric],
    isNew: true,
    changed: true,
  };
}

async function loadActive(q: Queryable, deviceIds: Iterable<string>): Promise<Map<string, Alarm>> {
  const rows = await q.query(
    `select id, device_id, condition, priority, metric, value, peak_value, raised_at, acknowledged, incident_id, sources
     from kuzet.alarms where active and device_id = any($1) order by id for update`,
    [[...deviceIds]],
  );
  return new Map(
    rows.map((row) => [
      `${row.device_id} ${row.condition}`,
      {
        id: row.id as string,
        deviceId: row.device_id as string,
        condition: row.condition as AlarmRow['condition'],
        priority: row.priority as AlarmRow['priority'],
        metric: row.metric as string,
        value: row.value as MetricValue,
        peakValue: row.peak_value as MetricValue,
        raisedAt: row.raised_at as Date,
        clearedAt: null,
        acknowledged: row.acknowledged as boolean,
        incidentId: row.incident_id as string | null,
        sources: row.sources as string[],
        isNew: false,
        changed: false,
      },
    ]),
  );
}

async function saveAlarms(q: Queryable, alarms: readonly Alarm[]): Promise<void> {
  const docs = (some: readonly Alarm[]) => JSON.stringify(some.map(({ isNew, changed, ...alarm }) => alarm));
  const known = alarms.filter((alarm) => !alarm.isNew);
  // Those that end first: one alarm a device and condition is active at a time, and the next may begin in this batch.
  const ending =
    known.length > 0 &&
    q.query(
      `update kuzet.alarms a set active = t."clearedAt" is null, cleared_at = t."clearedAt", peak_value = t."peakValue",
         sources = array(select jsonb_array_elements_text(t.sources))
       from jsonb_to_recordset($1::jsonb) as t (id text, "clearedAt" timestamptz, "peakValue" jsonb, sources jsonb)
       where a.id = t.id`,
      [docs(known)],
    );
  const fresh = alarms.filter((alarm) => alarm.isNew);
  const beginning =
    fresh.length > 0 &&
    q.query(
      `insert into kuzet.alarms (id, device_id, condition, priority, active, metric, value, peak_value, raised_at,
         cleared_at, sources)
       select id, "deviceId", condition, priority, "clearedAt" is null, metric, value, "peakValue", "raisedAt",
         "clearedAt", array(select jsonb_array_elements_text(sources))
       from jsonb_to_recordset($1::jsonb) as t (id text, "deviceId" text, condition text, priority text, metric text,
         value jsonb, "peakValue" jsonb, "raisedAt" timestamptz, "clearedAt" timestamptz, sources jsonb)`,
      [docs(fresh)],
    );
  await together([ending, beginning]);
}

interface Place {
  site: Site | null;
  zone: Zone | null;
  position: Position;
}

async function loadPlaces(q: Queryable, deviceIds: Set<string>): Promise<Map<string, Place>> {
  if (deviceIds.size === 0) return new Map();
  const rows = await q.query(
    `select d.id, d.doc->'position' as position, s.doc as site, z.doc as zone from kuzet.devices d
     left join kuzet.sites s on s.id = d.site_id left join kuzet.zones z on z.id = d.zone_id where d.id = any($1)`,
    [[...deviceIds]],
  );
  return new Map(
    rows.map((row) => [
      row.id as string,
      { position: row.position as Position, site: row.site as Site | null, zone: row.zone as Zone | null },
    ]),
  );
}

function placeOf(places: Map<string, Place>, deviceId: string): Place {
  const place = places.get(deviceId);
  if (!place) throw new Error(`device ${deviceId} vanished inside a transaction that holds its row`);
  return place;
}
