import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@kuzet/lib/log.ts';
import pg from 'pg';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/open-database.ts';

export interface TestDatabase {
  database: Database;
  /** Closes and opens the same data again. */
  reopen(): Promise<Database>;
  remove(): Promise<void>;
}

/** The server of KUZET_TEST_DATABASE_URL, whose user may create databases; null when it is not set. */
export const serverUrl = process.env.KUZET_TEST_DATABASE_URL || null;
if (!serverUrl) {
  console.warn('KUZET_TEST_DATABASE_URL is not set: everything is proved on PGlite, NOTHING on a PostgreSQL server');
}

/** An empty PGlite in a folder of its own. */
export async function openTestPglite(): Promise<TestDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kuzet-database-'));
  const open = () => openDatabase({ url: null, dataDir, log: silentLog });
  const test = {
    database: await open(),
    async reopen() {
      await test.database.close();
      test.database = await open();
      return test.database;
    },
    async remove() {
      await test.database.close();
      rmSync(dataDir, { recursive: true });
    },
  };
  return test;
}

/** An empty database of a random name on the server. */
export async function openTestPostgres(url: string): Promise<TestDatabase> {
  const name = `kuzet_test_${randomBytes(6).toString('hex')}`;
  const administer = async (sql: string) => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await administer(`create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  const open = () => openDatabase({ url: own.href, dataDir: '', log: silentLog });
  const test = {
    database: await open(),
    async reopen() {
      await test.database.close();
      test.database = await open();
      return test.database;
    },
    async remove() {
      await test.database.close();
      await administer(`drop database ${name} with (force)`);
    },
  };
  return test;
}
