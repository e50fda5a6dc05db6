import { join } from 'node:path';
import type { Log } from '@kuzet/lib/log.ts';
import type { Database } from './database.ts';
import { openPgDatabase } from './pg-database.ts';
import { openPgliteDatabase } from './pglite-database.ts';

export interface DatabaseOptions {
  /** `postgres://…`, or null for PGlite in the data folder. */
  url: string | null;
  /** Folder of everything the hub keeps; PGlite lives in `database` below it. */
  dataDir: string;
  log: Log;
}

/**
 * Opens the hub's database.
 * @throws StartError with the next step when the server does not answer or the folder cannot be used.
 */
export function openDatabase({ url, dataDir, log }: DatabaseOptions): Promise<Database> {
  return url ? openPgDatabase({ url, log }) : openPgliteDatabase({ folder: join(dataDir, 'database'), log });
}
