import type { LocalizedText, Position } from '@kuzet/contracts/common.ts';
import type { IncidentType, Priority, ProcedureStep } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { together } from '@kuzet/lib/together.ts';
import { procedures } from '../domain/procedures.ts';
import { severityOf } from '../domain/severity.ts';
import type { Transaction } from '../store/database.ts';
import type { LockedIncident } from './incident-changes.ts';
import { camerasNear } from './nearest-cameras.ts';

export interface NewIncidentRow {
  type: IncidentType;
  priority: Priority;
  drill: boolean;
  siteId: string | null;
  zoneId: string | null;
  address: LocalizedText | null;
  position: Position | null;
  description: string | null;
  source: 'alarm' | 'person';
}

/**
 * Takes the year's counter for this transaction. Whoever opens or joins incidents holds it from before the look at the
 * open ones until the commit, so two alarms of one fire that arrive at the same moment cannot open two incidents.
 */
export async function lockIncidentNumbers(tx: Transaction, clock: Clock): Promise<number> {
  const year = new Date(clock.now()).getUTCFullYear();
  await together([
    tx.query('insert into kuzet.incident_numbers (year, last) values ($1, 0) on conflict (year) do nothing', [year]),
    tx.query('select last from kuzet.incident_numbers where year = $1 for update', [year]),
  ]);
  return year;
}

/**
 * Writes an incident at version 0, with its number, procedure and nearest cameras; the first change, in the same
 * transaction, makes it version 1. `lockIncidentNumbers` must have been called in this transaction.
 */
export async function insertIncident(tx: Transaction, clock: Clock, row: NewIncidentRow): Promise<LockedIncident> {
  const nowAt = new Date(clock.now()).toISOString();
  const year = new Date(clock.now()).getUTCFullYear();
  const [[counter], cameras] = await together([
    tx.query<{ last: number }>('update kuzet.incident_numbers set last = last + 1 where year = $1 returning last', [
      year,
    ]),
    row.position ? camerasNear(tx, row.position) : [],
  ]);
  if (!counter) throw new Error(`no incident counter for ${year}: lockIncidentNumbers comes first`);
  const id = `INC-${year}-${String(counter.last).padStart(6, '0')}`;
  const steps: ProcedureStep[] = procedures[row.type].map((step) => ({ ...step, doneAt: null, doneBy: null }));
  await tx.query(
    `insert into kuzet.incidents (id, type, priority, severity, state, drill, site_id, zone_id, address, lon, lat, floor,
       description, source, opened_at, updated_at, version, cameras, steps)
     values ($1, $2, $3, $4, 'new', $5, $6, $7, $8::jsonb, $9, $10, $11, $12, $13, $14, $14, 0, $15::jsonb, $16::jsonb)`,
    [
      id,
      row.type,
      row.priority,
      severityOf(row.type, row.priority),
      row.drill,
      row.siteId,
      row.zoneId,
      row.address ? JSON.stringify(row.address) : null,
      row.position?.lon ?? null,
      row.position?.lat ?? null,
      row.position?.floor ?? null,
      row.description,
      row.source,
      nowAt,
      JSON.stringify(cameras),
      JSON.stringify(steps),
    ],
  );
  // part 0 is the still, part 1 the first clip; server/evidence works them off.
  await tx.query(
    `insert into kuzet.evidence (incident_id, camera_id, part, opened_at, next_attempt_at)
     select $1, camera, part, $2, $2 from unnest($3::text[]) camera cross join (values (0), (1)) parts (part)`,
    [id, nowAt, cameras.map((camera) => camera.id)],
  );
  return {
    id,
    type: row.type,
    priority: row.priority,
    state: 'new',
    drill: row.drill,
    version: 0,
    acknowledgedAt: null,
    dispatchedAt: null,
    onSceneAt: null,
    closedAt: null,
  };
}
