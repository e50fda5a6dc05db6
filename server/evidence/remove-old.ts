import type { Database } from '../store/database.ts';

const dayMs = 86_400_000;
const atOnce = 500;

/** Marks the files whose time is over. Their manifests stay; the next one says that they went on purpose, and they go with it. */
export async function removeOld(
  database: Database,
  { keepDays, drillKeepDays }: { keepDays: number | null; drillKeepDays: number | null },
  nowMs: number,
): Promise<void> {
  const before = (days: number | null) => (days === null ? null : new Date(nowMs - days * dayMs));
  await database.query(
    `update kuzet.evidence set removed_at = $3, unsigned = true where id in (
       select e.id from kuzet.evidence e join kuzet.incidents i on i.id = e.incident_id
       where e.removed_at is null and e.state = 'ready' and i.state = 'closed'
         and e.opened_at < case when i.drill then $1::timestamptz else $2::timestamptz end order by e.id limit ${atOnce})`,
    [before(drillKeepDays), before(keepDays), new Date(nowMs)],
  );
}
