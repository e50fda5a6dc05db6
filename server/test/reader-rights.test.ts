/** What the role of reports and Grafana may read, and what it may not. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@kuzet/lib/log.ts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../store/migrate.ts';
import { openTestPglite, openTestPostgres, serverUrl, type TestDatabase } from './open-test-database.ts';

const kinds: [string, () => Promise<TestDatabase>][] = [['PGlite', openTestPglite]];
if (serverUrl) kinds.push(['PostgreSQL', () => openTestPostgres(serverUrl as string)]);

const root = fileURLToPath(new URL('../..', import.meta.url));
// Roles belong to the whole server: under a name of its own this role meets no other test's database, and no real one.
const role = `kuzet_reader_${randomBytes(4).toString('hex')}`;
const read = (file: string) => readFileSync(join(root, file), 'utf8').replaceAll('kuzet_reader', role);

const folder = mkdtempSync(join(tmpdir(), 'kuzet-reader-'));
const migrations = 'server/store/migrations';
for (const file of readdirSync(join(root, migrations))) writeFileSync(join(folder, file), read(join(migrations, file)));
afterAll(() => rmSync(folder, { recursive: true }));

const reportNames = [
  'readings',
  'readings_1m',
  'readings_1h',
  'incidents',
  'dispatches',
  'audit_log',
  'dead_letter_counts',
];

function documentedGrants(): string[] {
  const block =
    [...read('docs/ref/databases.md').matchAll(/^```sql\n(.*?)^```$/gms)].map(([, text]) => text as string).at(-1) ??
    '';
  return block.split(';').filter((statement) => /^\s*grant /.test(statement));
}

function dashboardQueries(): string[] {
  return [...read('config/grafana/dashboards/overview.json').matchAll(/"rawSql": ("(?:[^"\\]|\\.)*")/g)].map(
    ([, json]) =>
      // Grafana's own macro, as its PostgreSQL data source writes it out.
      (JSON.parse(json as string) as string).replace(
        /\$__timeFilter\((\w+)\)/g,
        "$1 between '2026-11-22T00:00:00Z' and '2026-11-23T00:00:00Z'",
      ),
  );
}

describe.each(kinds)('kuzet_reader on %s', (_kind, open) => {
  let test: TestDatabase;
  const asReader = (sql: string) =>
    test.database.transaction(async (tx) => {
      await tx.query(`set local role ${role}`);
      return tx.query(sql);
    });
  const readable = async () => {
    const rows = await test.database.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'kuzet'::regnamespace and relkind in ('r', 'v', 'p')
         and has_any_column_privilege('${role}', oid, 'select, insert, update') order by 1`,
    );
    return rows.map(({ name }) => name);
  };

  beforeAll(async () => {
    test = await open();
    await test.database.query(`create role ${role} login`);
    // What the role once was given in advance.
    await test.database.query(`alter default privileges grant usage on schemas to ${role}`);
    await test.database.query(`alter default privileges grant select on tables to ${role}`);
    await migrate(test.database, silentLog, folder);
  });
  afterAll(async () => {
    await test.database.query(`drop owned by ${role}`);
    await test.database.query(`drop role ${role}`);
    await test.remove();
  });

  it('[P12] reads the names for reports and no others, also of tables to come', async () => {
    await test.database.query('create table kuzet.later (secret text)');
    expect(await readable()).toEqual([...reportNames].sort());
    await test.database.query('drop table kuzet.later');
    for (const name of reportNames) expect(await asReader(`select * from kuzet.${name}`)).toEqual([]);
    for (const name of ['agencies', 'users', 'sessions', 'outbox', 'dead_letters', 'migrations'])
      await expect(asReader(`select * from kuzet.${name}`), name).rejects.toMatchObject({ sqlState: '42501' });
    await expect(asReader('delete from kuzet.incidents')).rejects.toMatchObject({ sqlState: '42501' });
  });

  it('[P12] reads all that the dashboard asks for', async () => {
    const queries = dashboardQueries();
    expect(queries.length).toBeGreaterThan(5);
    for (const sql of queries) await asReader(sql);
  });

  it('[P12] dead letters are counted by the minute, without what they held', async () => {
    await test.database.query(
      `insert into kuzet.dead_letters (edge_id, at, topic, reason, payload, payload_bytes)
       select 'e', at::timestamptz, 't', 'r', '', 0
       from unnest(array['2026-11-22T12:00:01Z', '2026-11-22T12:00:59Z', '2026-11-22T12:01:00Z']) at`,
    );
    expect(await asReader('select * from kuzet.dead_letter_counts order by bucket')).toEqual([
      { bucket: new Date('2026-11-22T12:00:00Z'), edge_id: 'e', n: '2' },
      { bucket: new Date('2026-11-22T12:01:00Z'), edge_id: 'e', n: '1' },
    ]);
  });

  it('[P12] a role that came after the schema is given the same by the statements of docs/ref/databases.md', async () => {
    await test.database.query(`revoke all on all tables in schema kuzet from ${role}`);
    await test.database.query(`revoke all on schema kuzet from ${role}`);
    expect(await readable()).toEqual([]);
    const grants = documentedGrants();
    expect(grants).toHaveLength(2);
    for (const statement of grants) await test.database.query(statement);
    expect(await readable()).toEqual([...reportNames].sort());
    expect(await asReader('select count(*)::int as n from kuzet.incidents')).toEqual([{ n: 0 }]);
  });
});

const hasPsql = (() => {
  try {
    execFileSync('psql', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
if (!serverUrl || !hasPsql)
  console.warn('SKIPPED: config/timescaledb/reader.sh, it needs psql and KUZET_TEST_DATABASE_URL');

describe.runIf(serverUrl && hasPsql)('config/timescaledb/reader.sh', () => {
  it('[P12] makes a role that signs in and writes nothing', async () => {
    const url = new URL(serverUrl as string);
    const client = new pg.Client(url.href);
    await client.connect();
    try {
      execFileSync('sh', ['-c', read('config/timescaledb/reader.sh')], {
        env: {
          ...process.env,
          PGHOST: url.hostname,
          PGPORT: url.port || '5432',
          PGPASSWORD: decodeURIComponent(url.password),
          POSTGRES_USER: decodeURIComponent(url.username),
          POSTGRES_DB: url.pathname.slice(1),
          KUZET_READER_PASSWORD: "it's: $1 a\\b",
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const own = new URL(url.href);
      own.username = role;
      own.password = encodeURIComponent("it's: $1 a\\b");
      const reader = new pg.Client(own.href);
      await reader.connect();
      await expect(reader.query('create temp table t (x int)')).rejects.toMatchObject({ code: '25006' });
      await reader.end();
    } finally {
      await client.query(`drop role if exists ${role}`);
      await client.end();
    }
  });
});
