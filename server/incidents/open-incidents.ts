import type { IncidentState, IncidentType } from '@kuzet/contracts/incident.ts';
import type { OpenIncident } from '../domain/correlator.ts';
import type { Transaction } from '../store/database.ts';

/**
 * Real incidents (no drills) of these types that are not closed: a sensor's alarm never joins a drill. Their rows are
 * locked, in the order of ids as everyone locks them, so that none can be closed between this look and the joining.
 */
export async function lockOpenIncidents(tx: Transaction, types: readonly IncidentType[]): Promise<OpenIncident[]> {
  const rows = await tx.query(
    `select i.id, i.type, i.state, i.site_id, i.zone_id, i.lon, i.lat, i.floor, i.opened_at,
       (select max(a.raised_at) from kuzet.alarms a where a.incident_id = i.id) as last_alarm_at
     from kuzet.incidents i
     where i.state <> 'closed' and not i.drill and i.type = any($1::text[]) order by i.id for update of i`,
    [[...types]],
  );
  return rows.map((row) => ({
    id: row.id as string,
    type: row.type as IncidentType,
    state: row.state as IncidentState,
    siteId: row.site_id as string | null,
    zoneId: row.zone_id as string | null,
    position:
      row.lon === null || row.lat === null
        ? null
        : {
            lon: row.lon as number,
            lat: row.lat as number,
            ...(row.floor === null ? {} : { floor: row.floor as number }),
          },
    openedAt: row.opened_at as Date,
    lastAlarmAt: (row.last_alarm_at ?? row.opened_at) as Date,
  }));
}
