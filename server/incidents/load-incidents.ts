import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Alarm, Incident, NearbyCamera, ProcedureStep, TimelineEntry } from '@kuzet/contracts/incident.ts';
import type { Site, Zone } from '@kuzet/contracts/site-file.ts';
import { together } from '@kuzet/lib/together.ts';
import type { Queryable, Row } from '../store/database.ts';
import { iso, isoOrNull, loadDispatches } from './load-dispatches.ts';

/**
 * Whole documents of contracts/incident.ts in the order of `ids`, in two queries however many they are; unknown ids
 * are left out.
 */
export async function loadIncidents(q: Queryable, ids: readonly string[]): Promise<Incident[]> {
  if (ids.length === 0) return [];
  const [rows, dispatches] = await together([
    q.query(
      `select i.*, s.doc as site, z.doc as zone,
         (select jsonb_agg(to_jsonb(a) || jsonb_build_object('device_name', d.doc -> 'name') order by a.raised_at, a.id)
          from kuzet.alarms a left join kuzet.devices d on d.id = a.device_id where a.incident_id = i.id) as alarms,
         (select jsonb_agg(to_jsonb(t) order by t.id) from kuzet.incident_timeline t
          where t.incident_id = i.id) as timeline
       from kuzet.incidents i
       left join kuzet.sites s on s.id = i.site_id
       left join kuzet.zones z on z.id = i.zone_id
       where i.id = any($1::text[])`,
      [[...ids]],
    ),
    loadDispatches(q, { incidentIds: ids }),
  ]);
  const dispatchesOf = group(dispatches, (dispatch) => dispatch.incidentId);
  const byId = new Map(
    rows.map((row) => {
      const id = row.id as string;
      return [
        id,
        toIncident(
          row,
          ((row.alarms ?? []) as Row[]).map(toAlarm),
          dispatchesOf.get(id) ?? [],
          ((row.timeline ?? []) as Row[]).map(toTimelineEntry),
        ),
      ];
    }),
  );
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

/** Ids of every incident that is not closed, newest first. */
export async function openIncidentIds(q: Queryable): Promise<string[]> {
  const rows = await q.query<{ id: string }>(
    `select id from kuzet.incidents where state <> 'closed' order by opened_at desc, id desc`,
  );
  return rows.map((row) => row.id);
}

function toIncident(row: Row, alarms: Alarm[], dispatches: Dispatch[], timeline: TimelineEntry[]): Incident {
  const site = row.site as Site | null;
  const zone = row.zone as Zone | null;
  const floor = row.floor as number | null;
  return {
    id: row.id as string,
    type: row.type as Incident['type'],
    priority: row.priority as Incident['priority'],
    severity: row.severity as Incident['severity'],
    state: row.state as Incident['state'],
    drill: row.drill as boolean,
    siteId: (row.site_id as string | null) ?? null,
    zoneId: (row.zone_id as string | null) ?? null,
    siteName: site?.name ?? null,
    zoneName: zone?.name ?? null,
    address: (row.address as LocalizedText | null) ?? site?.address ?? null,
    district: site?.district ?? null,
    position:
      row.lon === null || row.lat === null
        ? null
        : { lon: row.lon as number, lat: row.lat as number, ...(floor === null ? {} : { floor }) },
    description: (row.description as string | null) ?? null,
    source: row.source as Incident['source'],
    openedAt: iso(row.opened_at),
    acknowledgedAt: isoOrNull(row.acknowledged_at),
    acknowledgedBy: (row.acknowledged_by as string | null) ?? null,
    assignee: (row.assignee as string | null) ?? null,
    dispatchedAt: isoOrNull(row.dispatched_at),
    onSceneAt: isoOrNull(row.on_scene_at),
    resolvedAt: isoOrNull(row.resolved_at),
    closedAt: isoOrNull(row.closed_at),
    disposition: (row.disposition as Incident['disposition']) ?? null,
    updatedAt: iso(row.updated_at),
    version: row.version as number,
    alarms,
    cameras: row.cameras as NearbyCamera[],
    dispatches,
    steps: row.steps as ProcedureStep[],
    timeline,
  };
}

function toAlarm(row: Row): Alarm {
  const id = row.device_id as string;
  return {
    id: row.id as string,
    deviceId: id,
    // A device that left the inventory still stands in what it raised, under its id.
    deviceName: (row.device_name as LocalizedText | null) ?? { kk: id, ru: id, en: id },
    condition: row.condition as Alarm['condition'],
    priority: row.priority as Alarm['priority'],
    state: row.active ? 'active' : 'cleared',
    acknowledged: row.acknowledged as boolean,
    metric: row.metric as string,
    value: row.value as Alarm['value'],
    peakValue: row.peak_value as Alarm['value'],
    raisedAt: iso(row.raised_at),
    clearedAt: isoOrNull(row.cleared_at),
    incidentId: (row.incident_id as string | null) ?? null,
  };
}

function toTimelineEntry(row: Row): TimelineEntry {
  return {
    id: Number(row.id),
    at: iso(row.at),
    kind: row.kind as TimelineEntry['kind'],
    actor: row.actor as string,
    data: row.data as Record<string, unknown>,
  };
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const found = groups.get(key);
    if (found) found.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
