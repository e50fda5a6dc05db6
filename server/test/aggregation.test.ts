/** Minutes and hours against a recount of the raw readings; what is deleted, and what is not. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadingItem } from '@kuzet/contracts/uplink.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { insertReadings, toReadingRows } from '../ingest/insert-readings.ts';
import { createAggregation } from '../store/aggregation.ts';
import type { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { createReadingStore } from '../store/reading-store.ts';
import { createRetention } from '../store/retention.ts';
import { applyTimescaleSettings } from '../store/timescale-settings.ts';
import { openTestPglite, openTestPostgres, serverUrl, type TestDatabase } from './open-test-database.ts';

const kinds: [string, () => Promise<TestDatabase>][] = [['PGlite', openTestPglite]];
if (serverUrl) kinds.push(['the server', () => openTestPostgres(serverUrl as string)]);

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2026, 10, 22, 12);
const forEver = { rawDays: null, minuteDays: null, hourDays: null };
const settings = { chunkHours: 6, compressAfterHours: 24 };

/** Always the same "random" numbers, 0 up to 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
function shuffle<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
const reading = (device: string, atMs: number, value: number, receivedMs = atMs + 100): ReadingItem => ({
  t: 'reading',
  device,
  observedAt: new Date(atMs).toISOString(),
  receivedAt: new Date(receivedMs).toISOString(),
  values: { temperature: value },
});

describe.each(kinds)('aggregates on %s', (_kind, open) => {
  let test: TestDatabase;
  let isCommunity: boolean;
  let clock: ReturnType<typeof createTestClock>;
  const prepare = async () => {
    test = await open();
    await migrate(test.database, silentLog);
    await applyTimescaleSettings(test.database, settings);
    const [row] = await test.database.query(`select to_regclass('kuzet.cagg_1m') is not null as yes`);
    isCommunity = row?.yes === true;
  };
  beforeAll(prepare);
  afterAll(() => test.remove());
  beforeEach(async () => {
    clock = createTestClock(noon);
    // What TimescaleDB has aggregated once it remembers beyond the rows.
    if (isCommunity) {
      await test.remove();
      await prepare();
      return;
    }
    await test.database.script(
      'truncate kuzet.readings, kuzet.late_readings, kuzet.rollup_1m, kuzet.rollup_1h, kuzet.latest_values',
    );
    await test.database.query(
      'update kuzet.aggregation set late_before = null, aggregated_to = null, raw_from = null, held_until = null',
    );
  });
  const insert = (items: ReadingItem[]) =>
    test.database.transaction((tx) => insertReadings(tx, toReadingRows(test.database, items)));
  const job = (keeping: { rawDays: number | null; minuteDays: number | null; hourDays: number | null } = forEver) => {
    const value = createAggregation({
      database: test.database,
      // Looks when it is told to.
      clock: { ...clock, every: () => () => undefined },
      log: throwingLog,
      hubId: 'hub',
      keeping,
      settledAfterMs: 0,
    });
    /** Other tests' transactions on the same server are waited for. */
    const settle = () =>
      vi.waitFor(
        async () => {
          await value.look();
          expect(await aggregatedTo()).toBe(clock.now() - minute);
          expect(await test.database.query('select * from kuzet.late_readings')).toEqual([]);
        },
        { timeout: 15_000, interval: 10 },
      );
    return { ...value, settle };
  };
  const errors: unknown[] = [];
  const throwingLog = {
    ...silentLog,
    error: (...args: unknown[]) => {
      console.log(args);
      errors.push(args);
    },
  } as typeof silentLog;
  afterAll(() => expect(errors).toEqual([]));

  const recount = (unit: 'minute' | 'hour') =>
    test.database.query(
      `select date_trunc('${unit}', observed_at, 'UTC') as bucket, device_id, count(*)::int as n, round(avg(value)::numeric, 9)::text as avg,
         min(value) as min, max(value) as max,
         (array_agg(value order by observed_at desc, received_at desc, value desc))[1] as last
       from kuzet.readings where value is not null group by 1, 2 order by 2, 1`,
    );
  const stored = (level: '1m' | '1h') =>
    test.database.query(
      `select bucket, device_id, n::int as n, round(avg::numeric, 9)::text as avg, min, max, last
       from kuzet.readings_${level} order by device_id, bucket`,
    );
  const expectExact = async () => {
    for (const [level, unit] of [
      ['1m', 'minute'],
      ['1h', 'hour'],
    ] as const) {
      const made = await stored(level);
      expect(made.length).toBeGreaterThan(0);
      expect(made).toEqual(await recount(unit));
    }
  };
  const aggregatedTo = async () => {
    const [row] = await test.database.query<{ at: Date | null }>('select aggregated_to as at from kuzet.aggregation');
    return row?.at?.getTime() ?? null;
  };

  it('[P13] equal a recount after shuffled, late, double and wrongly dated readings', async () => {
    const random = createRandom(1);
    const all: ReadingItem[] = [];
    for (let at = noon - 3 * hour; at < noon; at += 17_000)
      for (const device of ['a', 'b', 'c'])
        all.push(reading(device, at + Math.floor(random() * 9) * 1000, random() * 50));
    all.push(reading('a', 5_000, 1, noon), reading('b', noon + 400 * day, 2, noon));
    all.push(...all.slice(0, 40));
    shuffle(all, random);
    const { settle, stop } = job();
    clock.advance(10 * minute);
    const step = Math.ceil(all.length / 8);
    for (let from = 0; from < all.length; from += step) {
      await insert(all.slice(from, from + step));
      await settle();
      clock.advance(minute);
    }
    await settle();
    await expectExact();
    await stop();
  });

  it('[P13] are made of what is stored, not computed each time', async () => {
    await insert([reading('a', noon - 2 * hour, 1), reading('a', noon - 2 * hour + 1000, 3)]);
    const { settle, stop } = job();
    await settle();
    // Behind the job's back: nobody notes it.
    await test.database.query(
      `insert into kuzet.readings (observed_at, received_at, device_id, metric, value) values ($1, $1, 'a', 'temperature', 100)`,
      [new Date(noon - 2 * hour)],
    );
    expect((await stored('1m')).map(({ n, max }) => [n, max])).toEqual([[2, 3]]);
    await insert([reading('a', noon - 2 * hour + 2000, 2)]);
    await settle();
    await expectExact();
    await stop();
  });

  it('[P13] an hour grows with its minutes, and with what comes late for one of them', async () => {
    const random = createRandom(7);
    const { settle, stop } = job();
    for (let at = noon - minute; at < noon + 70 * minute; at += 7 * minute) {
      clock.advance(Math.max(0, at + minute - clock.now()));
      const more = [...'ab'].map((device) => reading(device, at + Math.floor(random() * 50_000), random() * 50));
      await insert((at / minute) % 2 ? [...more, reading('a', at - 20 * minute, random() * 50)] : more);
      await settle();
      await expectExact();
    }
    await stop();
  });

  it('[P13] an hour is read without its minutes', async ({ skip }) => {
    if (isCommunity) skip();
    const { settle, stop } = job();
    for (let at = noon - 2 * hour; at < noon + 30 * minute; at += 5 * minute) await insert([reading('a', at, 1)]);
    clock.advance(30 * minute);
    await settle();
    const plan = await test.database.query(
      'explain select * from kuzet.readings_1h where bucket >= $1 and bucket < $2',
      [new Date(noon - hour), new Date(noon + hour)],
    );
    expect(JSON.stringify(plan)).toContain('rollup_1h');
    expect(JSON.stringify(plan)).not.toContain('rollup_1m');
    const [made] = await test.database.query('select n::int as n from kuzet.rollup_1h where bucket = $1', [
      new Date(noon),
    ]);
    expect(made).toEqual({ n: 6 });
    await stop();
  });

  /** Ranges of pages that the BRIN index of readings does not know of, which it then learns. */
  const unknownRanges = async () => {
    const [row] = await test.database.query<{ n: number }>(
      `select sum(brin_summarize_new_values(i.indexrelid))::int as n
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam and a.amname = 'brin'
       where i.indrelid in (
         select 'kuzet.readings'::regclass union select inhrelid from pg_inherits where inhparent = 'kuzet.readings'::regclass)`,
    );
    return row!.n;
  };
  const flood = (round: number) =>
    test.database.query(
      `insert into kuzet.readings (observed_at, received_at, device_id, metric, value)
       select $1::timestamptz - i * interval '1 ms', $1, 'a', 'temperature', i from generate_series(1, 20000) i`,
      [new Date(noon - round * minute)],
    );

  it('[P18] the index of times knows the pages that came, whether minutes are due or not', async () => {
    await flood(1);
    expect(await unknownRanges()).toBeGreaterThan(0);
    const { look, settle, stop } = job();
    await settle();
    for (const round of [2, 3]) {
      await flood(round);
      await look();
      expect(await unknownRanges()).toBe(0);
    }
    await stop();
  });

  it.runIf(serverUrl && _kind !== 'PGlite')('[P18] a vacuum is not disturbed, and not waited for', async () => {
    await flood(1);
    const { settle, stop } = job();
    const [{ table }] = (await test.database.query(
      `select coalesce((select inhrelid from pg_inherits where inhparent = 'kuzet.readings'::regclass limit 1),
         'kuzet.readings'::regclass)::regclass::text as table`,
    )) as [{ table: string }];
    await test.database.transaction(async (tx) => {
      // The lock that a vacuum holds.
      await tx.query(`lock table ${table} in share update exclusive mode`);
      await settle();
    });
    expect(await unknownRanges()).toBeGreaterThan(0);
    await stop();
  });

  it('[P13] hold of each kind of value what can be added up', async () => {
    await insert([
      { ...reading('a', noon - hour, 0), values: { yes: true, word: 'eco', huge: 1.7e308 } },
      { ...reading('a', noon - hour + 1, 0), values: { yes: false, word: 'eco', huge: 1.7e308 } },
    ]);
    const { settle, stop } = job();
    const seen = () => test.database.query('select metric, n::int as n, avg, last, sum from kuzet.readings_1h');
    const right = [{ metric: 'yes', n: 2, avg: 0.5, last: 0, sum: 1 }];
    expect(await seen()).toEqual(right);
    await settle();
    expect(await seen()).toEqual(right);
    await stop();
  });

  it('[P14] a backlog of many devices makes its hours anew', async () => {
    await insert([reading('a', noon - 5 * hour, 1)]);
    const { settle, stop } = job();
    await settle();
    await insert(
      Array.from({ length: 900 }, (_, i) => reading(`d${i % 150}`, noon - 5 * hour + (i % 15) * 15 * minute, i)),
    );
    const notes = await test.database.query('select device_id from kuzet.late_readings');
    expect(notes.length).toBeGreaterThan(0);
    expect(notes.length).toBeLessThan(10);
    await settle();
    await expectExact();
    await stop();
  });

  it('[P14] what comes on time notes nothing, and one hub at a time does the work', async () => {
    await insert([reading('a', noon - hour, 1)]);
    const { look, settle, stop } = job();
    await settle();
    await insert([reading('a', noon, 1)]);
    expect(await test.database.query('select * from kuzet.late_readings')).toEqual([]);
    const before = await aggregatedTo();
    await test.database.query(`update kuzet.aggregation set held_by = 'another', held_until = $1`, [
      new Date(noon + hour),
    ]);
    clock.advance(10 * minute);
    await look();
    expect(await aggregatedTo()).toBe(before);
    clock.advance(hour);
    await settle();
    expect(await aggregatedTo()).toBe(clock.now() - minute);
    await stop();
  });

  it.runIf(serverUrl && _kind !== 'PGlite')(
    '[P14] a transaction under way is waited for, and waits for nobody',
    async () => {
      const { look, settle, stop } = job();
      await insert([reading('a', noon - hour, 1)]);
      await settle();
      clock.advance(5 * minute);
      await test.database.transaction(async (tx) => {
        await insertReadings(tx, toReadingRows(test.database, [reading('a', noon, 5)]));
        await look();
        expect(await aggregatedTo()).toBe(noon - minute);
      });
      // After the mark was moved: it sees that it is late.
      await insert([reading('a', noon + 1000, 6)]);
      await settle();
      expect(await aggregatedTo()).toBe(noon + 4 * minute);
      await expectExact();
      await stop();
    },
  );

  it('[P14] readings in compressed chunks: late ones count as well', async ({ skip }) => {
    if (!isCommunity) skip();
    const { settle, stop } = job();
    const items = Array.from({ length: 500 }, (_, i) => reading(`d${i % 5}`, noon - day + i * minute, i % 37));
    await insert(items);
    await settle();
    const { database } = test;
    await database.query(`select compress_chunk(c) from show_chunks('kuzet.readings') c`);
    await database.query(`select compress_chunk(c) from show_chunks('kuzet.cagg_1m') c`);
    const packed = await database.query(
      `select is_compressed as yes from timescaledb_information.chunks where hypertable_name = 'readings'`,
    );
    expect(packed.every(({ yes }) => yes)).toBe(true);
    await expectExact();
    await insert(
      shuffle(
        items.slice(0, 50).map((item, i) => reading(item.device, Date.parse(item.observedAt) + i, 500 + i)),
        createRandom(2),
      ),
    );
    await settle();
    await expectExact();
    expect((await stored('1h')).some(({ max }) => (max as number) >= 500)).toBe(true);
    // So many go by COPY.
    await insert(
      shuffle(
        Array.from({ length: 2_500 }, (_, i) => reading(`d${i % 5}`, noon - day + (i % 400) * minute + i, 600 + i)),
        createRandom(3),
      ),
    );
    await settle();
    await expectExact();
    expect((await stored('1h')).some(({ max }) => (max as number) >= 3_000)).toBe(true);
    await stop();
  });

  it('[P17] TimescaleDB does what the settings say, from every start on', async ({ skip }) => {
    if (!isCommunity) skip();
    const { database } = test;
    const policies = () =>
      database.query(
        `select job_id, config->>'compress_after' as after from timescaledb_information.jobs
         where proc_name in ('policy_compression', 'policy_columnstore') order by job_id`,
      );
    const first = await policies();
    expect(first.map(({ after }) => after)).toEqual(['24:00:00', '7 days']);
    await applyTimescaleSettings(database, settings);
    expect(await policies()).toEqual(first);
    await applyTimescaleSettings(database, { chunkHours: 12, compressAfterHours: 48 });
    expect((await policies()).map(({ after }) => after).sort()).toEqual(['48:00:00', '7 days']);
    await applyTimescaleSettings(database, { chunkHours: 12, compressAfterHours: null });
    expect(await policies()).toEqual([]);
    expect(
      await database.query(
        `select time_interval::text as every from timescaledb_information.dimensions
         where hypertable_schema = 'kuzet' and hypertable_name = 'readings'`,
      ),
    ).toEqual([{ every: '12:00:00' }]);
  });

  it('[P15] raw readings go when they were kept long enough, and what was made of them stays', async () => {
    const { settle, stop } = job({ rawDays: 1, minuteDays: 2, hourDays: null });
    const old = noon - 2 * day - hour;
    await insert([
      reading('a', old, 1),
      reading('a', old + 20_000, 2),
      reading('a', noon - hour, 3),
      reading('a', 0, 4, noon),
    ]);
    await settle();
    // Its first look at what to delete may have come before the aggregates that it waits for; the next is due now.
    clock.advance(10 * minute);
    await settle();
    const raw = await test.database.query('select value from kuzet.readings order by value');
    // Of 1970 by its clock, of today by its receipt.
    expect(raw).toEqual([{ value: 3 }, { value: 4 }]);
    expect((await stored('1m')).map(({ n }) => n)).toEqual(expect.arrayContaining([1]));
    const hours = await test.database.query('select n::int as n, avg, max from kuzet.readings_1h where bucket = $1', [
      new Date(old),
    ]);
    expect(hours).toEqual([{ n: 2, avg: 1.5, max: 2 }]);
    // Too late for an hour whose readings are gone: it is stored, and nothing is made anew of it alone.
    await insert([reading('a', old + 30_000, 9)]);
    clock.advance(minute);
    await settle();
    expect(
      await test.database.query('select n::int as n, avg, max from kuzet.readings_1h where bucket = $1', [
        new Date(old),
      ]),
    ).toEqual(hours);
    expect(await test.database.query('select * from kuzet.late_readings')).toEqual([]);
    await stop();
  });

  it('[P15] nothing is deleted that is not aggregated yet', async () => {
    await insert([reading('a', noon - 3 * day, 1), reading('a', noon - 2 * day, 2)]);
    const first = job();
    await first.settle();
    await first.stop();
    await insert([reading('a', noon - 2 * day + 1000, 3)]);
    // A job that does not get to late hours, as when the database refuses it.
    const retention = createRetention({
      database: test.database,
      clock,
      log: silentLog,
      keeping: { rawDays: 1, minuteDays: 400, hourDays: 400 },
    });
    await retention.run();
    expect(await test.database.query('select value from kuzet.readings order by value')).toEqual(
      isCommunity || !test.database.timescale ? [{ value: 2 }, { value: 3 }] : expect.any(Array),
    );
    const second = job({ rawDays: 1, minuteDays: 400, hourDays: 400 });
    clock.advance(6 * minute);
    await second.settle();
    expect(await test.database.query('select n::int as n, max from kuzet.readings_1h order by bucket')).toEqual([
      { n: 1, max: 1 },
      { n: 2, max: 3 },
    ]);
    clock.advance(11 * minute);
    await second.settle();
    expect(await test.database.query('select value from kuzet.readings')).toEqual([]);
    expect(await test.database.query('select n::int as n, max from kuzet.readings_1m order by bucket')).toEqual([
      { n: 1, max: 1 },
      { n: 2, max: 3 },
    ]);
    await stop(second);
  });
  const stop = (value: { stop(): Promise<void> }) => value.stop();

  it('[H16][H17] a query picks its level by the span, keeps to the points, and keeps every peak', async () => {
    const random = createRandom(3);
    const every = 20_000;
    const items = Array.from({ length: 7000 }, (_, i) => reading('a', noon - 7000 * every + i * every, random()));
    items[3210] = reading('a', noon - 7000 * every + 3210 * every, 99);
    items[6543] = reading('a', noon - 7000 * every + 6543 * every, -99);
    await insert(items);
    const { settle, stop } = job();
    await settle();
    const store = createReadingStore(test.database, clock, { minuteDays: 180 });
    const read = (over: object) => store.read({ deviceId: 'a', metric: 'temperature', ...over });
    const from = new Date(noon - 7000 * every).toISOString();
    const to = new Date(noon).toISOString();
    const whole = await read({ from, to });
    expect([whole.bucket, whole.stepS, whole.nextCursor]).toEqual(['1m', 120, null]);
    expect(whole.items.length).toBeLessThanOrEqual(2000);
    const buckets = whole.items as { bucket: string; n: number; min: number; max: number }[];
    expect(Math.max(...buckets.map(({ max }) => max))).toBe(99);
    expect(Math.min(...buckets.map(({ min }) => min))).toBe(-99);
    expect(buckets.reduce((sum, { n }) => sum + n, 0)).toBe(7000);

    for (const maxPoints of [2, 3, 10, 100, 1000, 5000]) {
      const page = await read({ from, to, maxPoints });
      expect(page.items.length).toBeLessThanOrEqual(maxPoints);
      expect(page.items.length).toBeGreaterThan(0);
      if (page.bucket === 'raw') continue;
      expect(Math.max(...page.items.map(({ max }) => max))).toBe(99);
    }
    expect((await read({ from: new Date(noon - 10 * hour).toISOString(), to })).bucket).toBe('raw');
    expect((await read({ from, to, maxPoints: 50 })).bucket).toBe('1h');
    expect((await read({ from, to, bucket: '1d' })).items).toHaveLength(3);
    // Minutes are kept for 180 days only.
    const long = await read({ from: new Date(noon - 200 * day).toISOString(), to, maxPoints: 6000 });
    expect([long.bucket, long.stepS]).toEqual(['1h', 3600]);
    await expect(read({ bucket: 'raw', maxPoints: 5 })).rejects.toThrow(RangeError);
    await stop();
  });

  it('[H18] raw and whole levels come in pages that leave nothing out', async () => {
    await insert(Array.from({ length: 250 }, (_, i) => reading('a', noon - 250 * minute + i * minute, i)));
    const store = createReadingStore(test.database, clock, { minuteDays: null });
    for (const bucket of ['raw', '1m'] as const) {
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.read({ deviceId: 'a', metric: 'temperature', bucket, limit: 60, cursor });
        expect(page.items.length).toBeLessThanOrEqual(60);
        seen.push(...page.items.map((item) => ('value' in item ? item.value : item.last)));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => i));
    }
  });
});

describe.runIf(serverUrl)('TimescaleDB that comes later', () => {
  let test: TestDatabase;
  const role = `kuzet_reader_${randomBytes(4).toString('hex')}`;
  beforeAll(async () => {
    test = await openTestPostgres(serverUrl as string);
    await test.database.query(`create role ${role}`);
  });
  afterAll(async () => {
    await test.database.query(`drop owned by ${role}`);
    await test.database.query(`drop role ${role}`);
    await test.remove();
  });

  it('[P16] keeps what was aggregated of readings that are deleted, and who may read it', async ({ skip }) => {
    const { database } = test;
    const [licence] = await database.query(`select current_setting('timescaledb.license', true) as name`);
    if (!database.timescale || licence?.name !== 'timescale') skip();
    const clock = { ...createTestClock(noon), every: () => () => undefined };
    const run = async (of: typeof database) => {
      const keeping = { rawDays: 1, minuteDays: 400, hourDays: null };
      const { look } = createAggregation({
        database: of,
        clock,
        log: silentLog,
        hubId: 'hub',
        keeping,
        settledAfterMs: 0,
      });
      await vi.waitFor(
        async () => {
          await look();
          expect(await database.query('select aggregated_to from kuzet.aggregation')).toEqual([
            { aggregated_to: new Date(noon - minute) },
          ]);
        },
        { timeout: 15_000, interval: 10 },
      );
      await createRetention({ database: of, clock, log: silentLog, keeping }).run();
    };
    const plain = { ...database, timescale: false };
    await migrate(plain, silentLog);
    await database.query(`grant usage on schema kuzet to ${role}`);
    await database.query(`grant select on kuzet.readings_1m, kuzet.readings_1h to ${role}`);
    const items = [
      reading('a', noon - 30 * hour, 1),
      reading('a', noon - 30 * hour + 1, 2),
      reading('a', noon - hour, 3),
    ];
    await database.transaction((tx) => insertReadings(tx, toReadingRows(database, items)));
    await run(plain);
    expect(await database.query('select value from kuzet.readings')).toEqual([{ value: 3 }]);

    const seen = () =>
      database.transaction(async (tx) => {
        await tx.query(`set local role ${role}`);
        const rows = [];
        for (const level of ['1m', '1h'])
          rows.push(...(await tx.query(`select n::int as n, avg, last from kuzet.readings_${level} order by bucket`)));
        return rows;
      });
    const [old, young] = [
      { n: 2, avg: 1.5, last: 2 },
      { n: 1, avg: 3, last: 3 },
    ];
    expect(await seen()).toEqual([old, young, old, young]);
    await migrate(database, silentLog);
    expect(await seen()).toEqual([old, young, old, young]);
    await run(database);
    expect(await seen()).toEqual([old, young, old, young]);
    await database.transaction((tx) =>
      insertReadings(
        tx,
        toReadingRows(database, [reading('a', noon - 30 * hour, 9), reading('a', noon - hour + 1, 5)]),
      ),
    );
    await run(database);
    await vi.waitFor(async () => {
      await run(database);
      expect(await seen()).toEqual([old, { n: 2, avg: 4, last: 5 }, old, { n: 2, avg: 4, last: 5 }]);
    });
  });

  it('[P16] steps for the community licence wait for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kuzet-steps-'));
    try {
      writeFileSync(join(folder, '0900-a.timescale.sql'), 'create table kuzet.a_chunks (x int)');
      writeFileSync(join(folder, '0901-b.timescale-community.sql'), 'create table kuzet.a_licence (x int)');
      const under = (licence: string): Database => ({
        ...test.database,
        timescale: true,
        transaction: (work) =>
          test.database.transaction((tx) =>
            work({
              ...tx,
              query: async (sql, params) =>
                sql.includes('timescaledb.license') ? ([{ licence }] as never) : tx.query(sql, params),
            }),
          ),
      });
      const made = () =>
        test.database.query(
          `select to_regclass('kuzet.a_chunks') is not null as a, to_regclass('kuzet.a_licence') is not null as b`,
        );
      await test.database.script('drop schema if exists kuzet cascade');
      await migrate(under('apache'), silentLog, folder);
      expect(await made()).toEqual([{ a: true, b: false }]);
      await migrate(under('timescale'), silentLog, folder);
      expect(await made()).toEqual([{ a: true, b: true }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
