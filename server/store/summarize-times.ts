import type { Database } from './database.ts';
import { DatabaseError } from './database-error.ts';

/** Older chunks of TimescaleDB get few new pages; the server's own vacuum is in time for those. */
const newestIndexes = 4;
const lockNotAvailable = '55P03';

/**
 * Tells the BRIN indexes of time about pages that came since. Without it a question for the newest readings reads every
 * one of those pages: PostgreSQL itself does it in a vacuum only, which follows a flood late and PGlite never.
 * Where a vacuum is at work, it is not disturbed: it does the same at its end.
 */
export async function summarizeTimes(database: Database): Promise<void> {
  const indexes = await database.query<{ index: string }>(
    `select i.indexrelid::text as index
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam and a.amname = 'brin'
     where c.relkind = 'i' and i.indrelid in (
       select unnest(array['kuzet.readings'::regclass, 'kuzet.rollup_1m'::regclass])
       union select inhrelid from pg_inherits where inhparent = 'kuzet.readings'::regclass)
     order by i.indexrelid desc limit ${newestIndexes}`,
  );
  for (const { index } of indexes) {
    try {
      await database.transaction(async (tx) => {
        // Whoever waits for a second for the lock of a vacuum ends it (deadlock_timeout).
        await tx.query(`set local lock_timeout = '100ms'`);
        await tx.query('select brin_summarize_new_values($1::text::oid::regclass)', [index]);
      });
    } catch (err) {
      if (!(err instanceof DatabaseError) || err.sqlState !== lockNotAvailable) throw err;
    }
  }
}
