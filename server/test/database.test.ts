import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { together } from '@kuzet/lib/together.ts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Transaction } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { openDatabase } from '../store/open-database.ts';
import { makeDataDir, openTestPglite, openTestPostgres, serverUrl, type TestDatabase } from './open-test-database.ts';

const kinds: [string, () => Promise<TestDatabase>][] = [['PGlite', openTestPglite]];
if (serverUrl) kinds.push(['PostgreSQL', () => openTestPostgres(serverUrl as string)]);

describe.each(kinds)('%s', (kind, open) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await open();
    await test.database.script(
      'create table t (id int primary key, at timestamptz, doc jsonb, words text[], raw bytea)',
    );
  });
  afterAll(() => test.remove());

  it('says what it is', () => {
    expect(test.database.description).toMatch(new RegExp(`^${kind} \\d+\\.\\d+`));
  });

  it('[P1] gives numbers, text for bigint, Date, parsed JSON and null alike', async () => {
    const [row] = await test.database.query(
      `select 1 as i, 2.5::float8 as f, 9007199254740993::bigint as big, count(*) as n, true as yes, null as nothing,
         '2026-11-22T12:00:00.123Z'::timestamptz as at, '{"a":[1,"б"]}'::jsonb as doc, array['a','b,"c'] as words
       from t`,
    );
    expect(row).toEqual({
      i: 1,
      f: 2.5,
      big: '9007199254740993',
      n: '0',
      yes: true,
      nothing: null,
      at: new Date('2026-11-22T12:00:00.123Z'),
      doc: { a: [1, 'б'] },
      words: ['a', 'b,"c'],
    });
  });

  it('[P1] takes dates, arrays, JSON text, bytes and undefined as parameters', async () => {
    const at = new Date('2026-11-22T12:00:00.123Z');
    await test.database.query('insert into t (id, at, doc, words, raw) values ($1, $2, $3, $4, $5)', [
      1,
      at,
      JSON.stringify({ name: "Бәйтерек'", list: [true, null] }),
      ['a', 'b,"c\\', 'ә'],
      new Uint8Array([0, 255, 10]),
    ]);
    const [row] = await test.database.query<Record<string, Uint8Array>>(
      'select at, doc, words, raw from t where id = 1',
    );
    expect(row).toMatchObject({ at, doc: { name: "Бәйтерек'", list: [true, null] }, words: ['a', 'b,"c\\', 'ә'] });
    expect([...(row?.raw ?? [])]).toEqual([0, 255, 10]);
    expect(await test.database.query('select $1::text as nothing', [undefined])).toEqual([{ nothing: null }]);
    const rows = await test.database.query(
      'select * from unnest($1::float8[], $2::bool[], $3::text[]) as t (f, b, s)',
      [
        [1.5, null],
        [true, null],
        ['x', null],
      ],
    );
    expect(rows).toEqual([
      { f: 1.5, b: true, s: 'x' },
      { f: null, b: null, s: null },
    ]);
  });

  it('[P1] keeps all of a transaction, or nothing', async () => {
    const failed = test.database.transaction(async (tx) => {
      await tx.query('insert into t (id) values (10)');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    const result = await test.database.transaction(async (tx) => {
      await tx.query('insert into t (id) values (11)');
      return 'yes';
    });
    expect(result).toBe('yes');
    expect(await test.database.query('select id from t where id in (10, 11)')).toEqual([{ id: 11 }]);
  });

  it('[P1] nothing from outside gets into a transaction, and concurrent ones all end', async () => {
    await test.database.query('insert into t (id, doc) values (20, $1)', ['0']);
    const add = (fail: boolean) =>
      test.database
        .transaction(async (tx) => {
          const [row] = await tx.query<{ doc: number }>('select doc from t where id = 20 for update');
          await tx.query('update t set doc = $1 where id = 20', [JSON.stringify(Number(row?.doc) + 1)]);
          if (fail) throw new Error('rolled back');
        })
        .catch((cause: Error) => cause.message);
    const outcomes = await Promise.all([
      ...Array.from({ length: 20 }, (_, index) => add(index % 2 === 0)),
      ...Array.from({ length: 5 }, (_, index) => test.database.query('insert into t (id) values ($1)', [30 + index])),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'rolled back')).toHaveLength(10);
    expect(await test.database.query('select doc from t where id = 20')).toEqual([{ doc: 10 }]);
    expect(await test.database.query('select count(*) as n from t where id between 30 and 34')).toEqual([{ n: '5' }]);
  });

  it('[P28] what is asked for together is answered in its order, and a failure takes all of it back', async () => {
    const work = (last: string) =>
      test.database.transaction((tx) =>
        together([
          tx.query<{ id: number }>('insert into t (id) values (70) returning id'),
          tx.query<{ id: number }>('update t set id = 71 where id = 70 returning id'),
          tx.query<{ id: number }>(last),
        ]),
      );
    await expect(work('select 1/0 as id')).rejects.toMatchObject({ sqlState: '22012' });
    expect(await test.database.query('select id from t where id in (70, 71)')).toEqual([]);
    expect(await work('select count(*)::int as id from t where id = 71')).toEqual([
      [{ id: 70 }],
      [{ id: 71 }],
      [{ id: 1 }],
    ]);
  });

  it('[P1] a transaction whose failure was passed over is not taken for committed', async () => {
    const work = test.database.transaction(async (tx) => {
      await tx.query('insert into t (id) values (60)');
      await tx.query('select 1/0').catch(() => undefined);
    });
    await expect(work).rejects.toThrow(/nothing was committed|current transaction is aborted/);
    expect(await test.database.query('select id from t where id = 60')).toEqual([]);
  });

  it('[P28] nothing is done in a transaction that is over', async () => {
    let late: Transaction | undefined;
    await test.database.transaction(async (tx) => {
      late = tx;
    });
    await expect(late?.query('insert into t (id) values (80)')).rejects.toThrow('the transaction is over');
    const rows = test.database.rows('t', [{ name: 'id', type: 'float8', values: [81] }]);
    await expect(late?.append(rows)).rejects.toThrow('the transaction is over');
  });

  describe('rows', () => {
    beforeAll(() =>
      test.database.script('create table r (n float8, at timestamptz, word text, other text not null default $$-$$)'),
    );
    const words = ['', 'plain', 'Өрт сөндіру', 'é'.repeat(39), 'x'.repeat(500), 'tab\t, "quote"\\n', null];
    const times = [Date.UTC(2026, 10, 22), Date.UTC(1965, 0, 1, 0, 0, 0, 123), Date.UTC(2999, 11, 31), null];
    const numbers = [0, -1.5, 1e300, 5e-324, 2 ** 53, null];
    const rowsOf = (count: number) => {
      const pick = <T>(values: readonly T[]) => Array.from({ length: count }, (_, i) => values[i % values.length] as T);
      return test.database.rows('r', [
        { name: 'n', type: 'float8', values: pick(numbers) },
        { name: 'at', type: 'timestamptz', values: pick(times) },
        { name: 'word', type: 'text', values: pick(words) },
      ]);
    };

    // The first by one statement, the second by COPY where the database has it.
    it.each([84, 4_200])('[P29] %i rows are stored as they are', async (count) => {
      await test.database.script('truncate r');
      await test.database.transaction((tx) => tx.append(rowsOf(count)));
      const rows = await test.database.query(
        'select n, at, word, other, count(*)::int as count from r group by 1, 2, 3, 4',
      );
      const key = (n: unknown, at: unknown, word: unknown) => JSON.stringify([n, at, word]);
      const wanted = Array.from({ length: 84 }, (_, i) => {
        const at = times[i % times.length];
        return key(numbers[i % numbers.length], at === null ? null : new Date(at as number), words[i % words.length]);
      });
      expect(new Set(rows.map(({ n, at, word }) => key(n, at, word)))).toEqual(new Set(wanted));
      expect(new Set(rows.map((row) => row.count))).toEqual(new Set([count / 84]));
      expect(new Set(rows.map((row) => row.other))).toEqual(new Set(['-']));
    });

    it('[P29] no rows are no statement', async () => {
      await test.database.transaction((tx) => tx.append(rowsOf(0)));
    });

    it.each([10, 3_000])('[P29] among %i rows one that cannot be stored takes all of them back', async (count) => {
      await test.database.script('truncate r');
      const values = Array.from({ length: count }, (_, i) => (i === 7 ? 'NUL \0' : 'word'));
      const rows = test.database.rows('r', [{ name: 'word', type: 'text', values }]);
      const failed = test.database.transaction((tx) =>
        together([tx.append(rows), tx.query('insert into t (id) values (90)'), tx.append(rowsOf(count))]),
      );
      await expect(failed).rejects.toMatchObject({ sqlState: '22021' });
      expect(await test.database.query('select count(*)::int as n from r')).toEqual([{ n: 0 }]);
      expect(await test.database.query('select id from t where id = 90')).toEqual([]);
      await test.database.transaction((tx) => tx.append(rowsOf(count)));
      expect(await test.database.query('select count(*)::int as n from r')).toEqual([{ n: count }]);
    });

    it('[P29] a table that is not there is said, also with much to store', async () => {
      const rows = test.database.rows('nowhere', [{ name: 'n', type: 'float8', values: Array(3_000).fill(1) }]);
      await expect(test.database.transaction((tx) => tx.append(rows))).rejects.toMatchObject({ sqlState: '42P01' });
      expect(await test.database.query('select 1 as one')).toEqual([{ one: 1 }]);
    });
  });

  it('tells the SQLSTATE of a refused statement and goes on', async () => {
    await expect(test.database.query('insert into t (id) values (40), (40)')).rejects.toMatchObject({
      sqlState: '23505',
    });
    const inside = test.database.transaction(async (tx) => {
      await tx.query('select 1/0');
    });
    await expect(inside).rejects.toMatchObject({ sqlState: '22012' });
    expect(await test.database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('[P2] migrates once, and finds everything after opening again', async () => {
    await migrate(test.database, silentLog);
    await test.database.query('insert into kuzet.incident_numbers (year, last) values (2026, 7)');
    const before = await test.database.query('select * from kuzet.migrations order by version');
    expect(before.length).toBeGreaterThanOrEqual(2);
    const again = await test.reopen();
    await migrate(again, silentLog);
    expect(await again.query('select * from kuzet.migrations order by version')).toEqual(before);
    expect(await again.query('select last from kuzet.incident_numbers')).toEqual([{ last: 7 }]);
  });

  it('[P2] refuses a database of a newer program, and a step that has changed', async () => {
    await migrate(test.database, silentLog);
    await test.database.query("insert into kuzet.migrations (version, name, checksum) values (9999, '9999-x.sql', '')");
    await expect(migrate(test.database, silentLog)).rejects.toThrow(/newer than this program.*9999-x\.sql/);
    await test.database.query('delete from kuzet.migrations where version = 9999');
    await test.database.query("update kuzet.migrations set checksum = 'other' where version = 3");
    await expect(migrate(test.database, silentLog)).rejects.toThrow(/0003-reading-views\.sql has changed/);
  });
});

describe.runIf(serverUrl)('a server', () => {
  it('compiles no queries, from the first statement of each connection on', async () => {
    const test = await openTestPostgres(serverUrl as string);
    try {
      const looks = Array.from({ length: 5 }, () => test.database.query('show jit'));
      for (const look of looks) expect(await look).toEqual([{ jit: 'off' }]);
    } finally {
      await test.remove();
    }
  });
});

describe.runIf(serverUrl)('a server that cuts connections', () => {
  it('ends calls, not the process, and is used again at once', async () => {
    const test = await openTestPostgres(serverUrl as string);
    const admin = new pg.Client(serverUrl as string);
    await admin.connect();
    let cutting = true;
    let done = 0;
    let failed = 0;
    const work = async (transaction: boolean) => {
      while (cutting) {
        const call = transaction
          ? test.database.transaction((tx) => tx.query('select $1::int as n', [1]))
          : test.database.query('select $1::int as n', [1]);
        await call.then(
          () => done++,
          () => failed++,
        );
      }
    };
    try {
      const [row] = await test.database.query<{ name: string }>('select current_database() as name');
      const working = Promise.all(Array.from({ length: 16 }, (_, index) => work(index % 2 === 0)));
      for (let cuts = 0; cuts < 60; cuts++) {
        const before = done;
        await vi.waitFor(() => expect(done).toBeGreaterThan(before + 16), { timeout: 5_000, interval: 5 });
        await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [row?.name]);
      }
      cutting = false;
      await working;
      expect(failed).toBeGreaterThan(0);
      // An error event that nobody hears would have failed this run.
      expect(await test.database.query('select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      cutting = false;
      await admin.end();
      await test.remove();
    }
  }, 30_000);
});

describe.runIf(serverUrl)('TimescaleDB', () => {
  let test: TestDatabase;
  let offered: boolean;
  beforeAll(async () => {
    test = await openTestPostgres(serverUrl as string);
    const [row] = await test.database.query<{ offered: boolean }>(
      `select exists (select from pg_available_extensions where name = 'timescaledb')
         and position('timescaledb' in current_setting('shared_preload_libraries')) > 0 as offered`,
    );
    offered = row?.offered === true;
    if (!offered)
      console.warn('SKIPPED: hypertables; the server of KUZET_TEST_DATABASE_URL has no TimescaleDB preloaded');
  });
  afterAll(() => test.remove());
  const hypertables = () =>
    test.database.query(
      `select hypertable_schema || '.' || hypertable_name as name, column_name::text as by, time_interval::text as every
       from timescaledb_information.dimensions where hypertable_schema = 'kuzet'`,
    );
  const insert = (at: string) =>
    test.database.query(
      `insert into kuzet.readings (device_id, metric, observed_at, received_at, value) values ('d', 'm', $1, $1, 1)`,
      [new Date(at)],
    );

  it('[P2] is named where the server has it, and only there', () => {
    expect(test.database.timescale).toBe(offered);
    expect(test.database.description).toMatch(offered ? /, TimescaleDB \d+\.\d+/ : /^PostgreSQL [\d.]+$/);
  });

  it('[P2] cuts readings into days, those also that were there before it', async ({ skip }) => {
    if (!offered) skip();
    await migrate({ ...test.database, timescale: false }, silentLog);
    expect(await hypertables()).toEqual([]);
    await insert('2026-11-20T23:59:59.999Z');
    await insert('2026-11-22T12:00:00Z');

    await migrate(test.database, silentLog);
    await insert('2026-11-22T12:00:01Z');
    expect(await hypertables()).toEqual([{ name: 'kuzet.readings', by: 'observed_at', every: '1 day' }]);
    const again = await test.reopen();
    await migrate(again, silentLog);
    expect(
      await again.query('select count(*)::int as n, count(distinct tableoid)::int as days from kuzet.readings'),
    ).toEqual([{ n: 3, days: 2 }]);
    expect(await again.query('select n from kuzet.readings_1h order by bucket')).toEqual([{ n: '1' }, { n: '2' }]);
  });
});

describe('migration files', () => {
  let test: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    test = await openTestPglite();
    folder = mkdtempSync(join(tmpdir(), 'kuzet-steps-'));
  });
  afterAll(async () => {
    await test.remove();
    rmSync(folder, { recursive: true });
  });

  it('[P2] a failing step leaves nothing behind; TimescaleDB steps wait for TimescaleDB', async () => {
    writeFileSync(
      join(folder, '0001-a.sql'),
      "create table kuzet.a (x text default 'a;b'); -- one; two\ncreate table kuzet.b ();",
    );
    writeFileSync(join(folder, '0002-b.timescale.sql'), "select create_hypertable('kuzet.a', 'x');");
    writeFileSync(join(folder, '0003-c.sql'), 'create table kuzet.c (); select 1/0;');
    await expect(migrate(test.database, silentLog, folder)).rejects.toThrow('division by zero');
    expect(await test.database.query("select to_regclass('kuzet.a') as a")).toEqual([{ a: null }]);
    writeFileSync(join(folder, '0003-c.sql'), 'create table kuzet.c ();');
    await migrate(test.database, silentLog, folder);
    expect(await test.database.query('select version from kuzet.migrations order by version')).toEqual([
      { version: 1 },
      { version: 3 },
    ]);
  });
});

describe('a database that cannot be used', () => {
  const dataDirs: string[] = [];
  const dataDir = () => {
    const made = mkdtempSync(join(tmpdir(), 'kuzet-start-'));
    dataDirs.push(made);
    return made;
  };
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    for (const made of dataDirs) {
      chmodSync(made, 0o700);
      rmSync(made, { recursive: true });
    }
  });
  const opening = (options: { url?: string; dataDir?: string }) =>
    openDatabase({ url: options.url ?? null, dataDir: options.dataDir ?? '', log: silentLog });

  it('names host, port and what to check when the server does not answer', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const failed = opening({ url: `postgres://kuzet:hush@127.0.0.1:${port}/city` });
    await expect(failed).rejects.toThrow(StartError);
    await expect(failed).rejects.toThrow(new RegExp(`database city at 127\\.0\\.0\\.1:${port}.*KUZET_DATABASE_URL`));
    await expect(failed).rejects.not.toThrow(/hush/);
  });

  it.runIf(serverUrl)('says which database is missing', async () => {
    const url = new URL(serverUrl as string);
    url.pathname = '/kuzet_no_such_database';
    await expect(opening({ url: url.href })).rejects.toThrow(/kuzet_no_such_database.*Create that database/);
  });

  it.runIf(serverUrl)('says that the user lacks the right to create in it', async () => {
    const test = await openTestPostgres(serverUrl as string);
    const name = `kuzet_guest_${process.pid}`;
    try {
      await test.database.query(`create role ${name} login password 'hush'`);
      const [row] = await test.database.query<{ database: string }>('select current_database() as database');
      const url = new URL(serverUrl as string);
      url.username = name;
      url.password = 'hush';
      url.pathname = `/${row?.database}`;
      await expect(opening({ url: url.href })).rejects.toThrow(/Give that user the right to create/);
    } finally {
      await test.database.query(`drop role ${name}`);
      await test.remove();
    }
  });

  it('names the folder that cannot be made', async () => {
    const folder = dataDir();
    writeFileSync(join(folder, 'database'), 'a file where the folder should be');
    const failed = opening({ dataDir: folder });
    await expect(failed).rejects.toThrow(StartError);
    await expect(failed).rejects.toThrow(/database cannot be written.*KUZET_DATA_DIR/);
  });

  it('says so when the folder holds something else than a database', async () => {
    const folder = dataDir();
    mkdirSync(join(folder, 'database', 'pg'), { recursive: true });
    writeFileSync(join(folder, 'database', 'pg', 'PG_VERSION'), 'rubbish');
    const failed = opening({ dataDir: folder });
    await expect(failed).rejects.toThrow(StartError);
    await expect(failed).rejects.toThrow(/cannot be opened.*backup/);
  });

  it('[P3] refuses a folder in use, takes over one left by a kill, and keeps every committed row', async () => {
    const folder = await makeDataDir();
    dataDirs.push(folder);
    const script = `
      import { openDatabase } from './server/store/open-database.ts';
      import { silentLog } from './lib/log.ts';
      const database = await openDatabase({ url: null, dataDir: ${JSON.stringify(folder)}, log: silentLog });
      await database.script('create table t (id int)');
      for (let id = 1; ; id++) {
        await database.transaction((tx) => tx.query('insert into t values ($1)', [id]));
        console.log(id);
      }`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const ended = once(child, 'exit');
    let committed = 0;
    let tried: Promise<void> | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      committed = Number(line);
      if (committed !== 50) continue;
      tried = expect(opening({ dataDir: folder })).rejects.toThrow(new RegExp(`in use by process ${child.pid}`));
      await tried;
      child.kill('SIGKILL');
    }
    expect(tried).not.toBeNull();
    // Its pipe closes a little before the process is gone.
    await ended;
    const database = await opening({ dataDir: folder });
    const [row] = await database.query<{ n: string; last: number }>('select count(*) as n, max(id) as last from t');
    await database.close();
    expect(Number(row?.n)).toBe(row?.last);
    expect(Number(row?.n)).toBeGreaterThanOrEqual(committed);
    expect(Number(row?.n)).toBeLessThanOrEqual(committed + 1);
  }, 90_000);
});
