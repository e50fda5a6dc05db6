import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Database, Queryable } from './database.ts';

/**
 * `0001-base.sql`; `0004-hypertable.timescale.sql` waits until the database has TimescaleDB, `….timescale-community.sql`
 * until it has TimescaleDB under its community licence, without which there is no compression and no aggregate;
 * `….rollups.sql` is for a database whose minutes and hours are tables, and is passed over where TimescaleDB makes them.
 */
const fileName = /^(\d{4})-[a-z0-9-]+(?:\.(timescale|timescale-community|rollups))?\.sql$/;
/** Any number, the same for every hub: two that start together migrate one after the other. */
const advisoryLock = 7_140_011;

interface Migration {
  version: number;
  name: string;
  kind: string | null;
  sql: string;
  checksum: string;
}

/** Beside this file in the source, beside main.js in the bundle: the build copies the folder there. */
const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Brings the schema up to this program's: every file of `folder` once, in order, all in one transaction.
 * @throws StartError when the database was written by a newer program, or a file that ran has changed since.
 */
export async function migrate(database: Database, log: Log, folder = migrationsFolder): Promise<void> {
  const migrations = readMigrations(folder);
  const newest = migrations.at(-1)?.version ?? 0;
  await database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [advisoryLock]);
    await tx.query('create schema if not exists kuzet');
    await tx.query(`create table if not exists kuzet.migrations (
      version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
    const rows = await tx.query<{ version: number; name: string; checksum: string }>(
      'select version, name, checksum from kuzet.migrations order by version',
    );
    const last = rows.at(-1);
    if (last && last.version > newest) {
      throw new StartError(
        `The database is newer than this program: it holds ${last.name}, this program knows steps up to ${newest}. Start a newer Kuzet, or put back the backup from before the upgrade.`,
      );
    }
    const community = database.timescale && (await hasCommunityLicence(tx));
    const isFor = async (what: string | null) => {
      if (what === 'timescale') return database.timescale;
      if (what === 'timescale-community') return community;
      return what !== 'rollups' || !(await hasContinuousAggregates(tx));
    };
    const done = new Map(rows.map((row) => [row.version, row]));
    for (const migration of migrations) {
      const before = done.get(migration.version);
      if (before && before.checksum !== migration.checksum) {
        throw new StartError(
          `The database step ${migration.name} has changed since it ran on this database. Steps never change once they ran: put the file back, or begin with an empty database.`,
        );
      }
      if (before || !(await isFor(migration.kind))) continue;
      for (const statement of splitStatements(migration.sql)) await tx.query(statement);
      await tx.query('insert into kuzet.migrations (version, name, checksum) values ($1, $2, $3)', [
        migration.version,
        migration.name,
        migration.checksum,
      ]);
      log.info({ step: migration.name }, 'database step done');
    }
  });
}

async function hasCommunityLicence(q: Queryable): Promise<boolean> {
  const [row] = await q.query<{ licence: string | null }>(
    `select current_setting('timescaledb.license', true) as licence`,
  );
  return row?.licence === 'timescale';
}

async function hasContinuousAggregates(q: Queryable): Promise<boolean> {
  const [row] = await q.query<{ yes: boolean }>(`select to_regclass('kuzet.cagg_1m') is not null as yes`);
  return row?.yes === true;
}

function readMigrations(folder: string): Migration[] {
  const migrations = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const match = fileName.exec(name);
      if (!match)
        throw new Error(
          `${name}: a migration is named NNNN-what.sql, NNNN-what.timescale.sql, NNNN-what.timescale-community.sql or NNNN-what.rollups.sql`,
        );
      const sql = readFileSync(`${folder}/${name}`, 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { version: Number(match[1]), name, kind: match[2] ?? null, sql, checksum };
    });
  const twice = migrations.find(({ version }, index) => migrations[index + 1]?.version === version);
  if (twice) throw new Error(`two migrations have the number of ${twice.name}`);
  return migrations;
}

/**
 * Cuts a script at the semicolons that end statements, so that it can run inside one transaction with parameters before
 * and after. Knows line comments and single quotes; our files hold no dollar quotes.
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let from = 0;
  for (const { 0: token, index } of sql.matchAll(/--[^\n]*|'(?:[^']|'')*'|;/g)) {
    if (token !== ';') continue;
    statements.push(sql.slice(from, index));
    from = index + 1;
  }
  statements.push(sql.slice(from));
  return statements.map((statement) => statement.trim()).filter((text) => text.replace(/--[^\n]*/g, '').trim() !== '');
}
