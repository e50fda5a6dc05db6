import type { Incident } from '@kuzet/contracts/incident.ts';
import type { Queryable } from '../store/database.ts';

/** Whole documents of contracts/incident.ts for many ids, in a fixed number of queries; unknown ids are left out. */
export async function loadIncidents(_q: Queryable, _ids: readonly string[]): Promise<Incident[]> {
  throw new Error('not built yet');
}

/** Ids of every incident that is not closed, newest first. */
export async function openIncidentIds(_q: Queryable): Promise<string[]> {
  throw new Error('not built yet');
}
