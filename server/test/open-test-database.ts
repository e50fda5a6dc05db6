import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/**
 * A data folder whose database is made but empty. Making one costs seconds of processor time, so it is done once for
 * each version of PGlite and copied from then on.
 */
export async function makeDataDir(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(modules, '@electric-sql/pglite/package.json'), 'utf8'));
  const template = join(modules, '.cache/kuzet', `pglite-${version}`);
  if (!existsSync(template)) {
    mkdirSync(join(template, '..'), { recursive: true });
    const making = mkdtempSync(`${template}-`);
    await (await openDatabase({ url: null, dataDir: making, log: silentLog })).close();
    try {
      renameSync(making, template);
    } catch (cause) {
      // Another test file was first.
      if (!existsSync(template)) throw cause;
      rmSync(making, { recursive: true });
    }
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'kuzet-database-'));
  cpSync(template, dataDir, { recursive: true });
  return dataDir;
}
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** An empty PGlite in a folder of its own. */
export async function openTestPglite(): Promise<TestDatabase> {
  const dataDir = await makeDataDir();
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
