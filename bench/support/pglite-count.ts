import { silentLog } from '@kuzet/lib/log.ts';
import { openPgliteDatabase } from '@kuzet/server/store/pglite-database.ts';

/** Rows in a PGlite folder whose hub has stopped. */
export async function countPgliteReadings(dataDir: string): Promise<number> {
  const database = await openPgliteDatabase({ folder: dataDir, log: silentLog });
  try {
    const [row] = await database.query<{ n: number }>('select count(*)::integer as n from kuzet.readings');
    return row?.n ?? 0;
  } finally {
    await database.close();
  }
}
