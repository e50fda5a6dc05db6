import type { EvidenceFile } from '@kuzet/contracts/evidence.ts';
import type { Database } from '../store/database.ts';
import type { EvidenceFolder } from './evidence-folder.ts';

const dayMs = 86_400_000;
const atOnce = 500;

/** Deletes the files whose time is over; their manifests stay, and the next one says that they went on purpose. */
export async function removeOld(
  database: Database,
  folder: EvidenceFolder,
  { keepDays, drillKeepDays }: { keepDays: number | null; drillKeepDays: number | null },
  nowMs: number,
): Promise<void> {
  const before = (days: number | null) => (days === null ? null : new Date(nowMs - days * dayMs));
  const rows = await database.query<{ id: string; incident_id: string; files: EvidenceFile[] }>(
    `select e.id, e.incident_id, e.files from kuzet.evidence e join kuzet.incidents i on i.id = e.incident_id
     where e.removed_at is null and e.state = 'ready' and i.state = 'closed'
       and e.opened_at < case when i.drill then $1::timestamptz else $2::timestamptz end order by e.id limit ${atOnce}`,
    [before(drillKeepDays), before(keepDays)],
  );
  for (const { id, incident_id, files } of rows) {
    // The row first: a crash between the two leaves a file too many, and never a file missing without a word.
    await database.query('update kuzet.evidence set removed_at = $2, unsigned = true where id = $1::bigint', [
      id,
      new Date(nowMs),
    ]);
    await folder.remove(
      incident_id,
      files.map(({ name }) => name),
    );
  }
}
