import type { Database } from '../store/database.ts';

/** Cameras attached to the incidents that an agency has and that are not closed. */
export const createAgencyCameras = (database: Database) => async (agencyId: string) => {
  const rows = await database.query<{ id: string }>(
    `select distinct camera->>'id' as id from kuzet.dispatches d join kuzet.incidents i on i.id = d.incident_id
     cross join jsonb_array_elements(i.cameras) camera where d.agency_id = $1 and i.state <> 'closed'`,
    [agencyId],
  );
  return rows.map(({ id }) => id);
};
