/**
 * How long people wait for history: the trend of one device over a day, and the city at a glance, while the table grows
 * from a million rows to the whole day of 10,000 devices. On the server of KUZET_TEST_DATABASE_URL, or one of its own.
 */

import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createAggregation } from '../server/store/aggregation.ts';
import type { Database } from '../server/store/database.ts';
import { migrate } from '../server/store/migrate.ts';
import { openDatabase } from '../server/store/open-database.ts';
import { createReadingStore } from '../server/store/reading-store.ts';
import { applyTimescaleSettings } from '../server/store/timescale-settings.ts';
import { say } from './support/bench.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';
import { openBenchPostgres } from './support/postgres.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const forEver = { rawDays: null, minuteDays: null, hourDays: null };
const metric = 'temperature';
/** These have a reading in 10 s from the beginning, so that a trend is as long at a million rows as at the end. */
const denseDevices = 100;
const overviewRuns = 20;

const defaults = {
  devices: 10_000,
  intervalS: 10,
  /** Stops writing at this many rows; 0: the whole day of all devices. */
  rows: 0,
  /** As many devices are written as fit into so many minutes. */
  minutes: 20,
  sample: 30,
  /** TimescaleDB: compresses all chunks but the newest before the last measurement. */
  compress: false,
};

interface Spread {
  p50Ms: number;
  p95Ms: number;
}

export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const options = readOptions(args, defaults);
  const server = await openBenchPostgres();
  let database: Database | null = null;
  try {
    database = await openDatabase({ url: server.url, dataDir: '', log: silentLog });
    await migrate(database, silentLog);
    await applyTimescaleSettings(database, { chunkHours: 6, compressAfterHours: null });
    const endMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
    const city: City = { ...options, database, startMs: endMs - dayMs, endMs };
    await foundCity(city);

    const first = await writeFirstMillion(city);
    let { rows } = first;
    const firstAggregateS = await aggregate(city, false);
    rows += await writeTail(city);
    say(`${rows} rows; measuring`);
    const atFirst = await measure(city, rows, denseDevices);

    const filling = await fill(city, { ...first, rows });
    rows = filling.rows;
    const aggregateS = await aggregate(city, true);
    const [continuous] = await database.query<{ yes: boolean }>(
      `select to_regclass('kuzet.cagg_1m') is not null as yes`,
    );
    if (options.compress && continuous?.yes) {
      await database.query(
        `select compress_chunk(c, if_not_compressed => true) from show_chunks('kuzet.readings', older_than => $1::timestamptz) c`,
        [new Date(endMs - 6 * hourMs)],
      );
    }
    await database.script('analyze');
    rows += await writeTail(city);
    say(`${rows} rows; measuring`);
    const atEnd = await measure(city, rows, filling.devices);
    const [size] = await database.query<{ raw: string }>(
      continuous?.yes
        ? `select pg_size_pretty(hypertable_size('kuzet.readings')) as raw`
        : `select pg_size_pretty(pg_total_relation_size('kuzet.readings')) as raw`,
    );
    return {
      wanted: { trendMs: 50, overviewMs: 200 },
      rows,
      stoppedBy: filling.stoppedBy,
      writeRowsPerS: filling.rowsPerS,
      rawSize: size?.raw,
      aggregateS: { first: firstAggregateS, again: aggregateS },
      atFirst,
      atEnd,
      options,
      database: database.description,
      settings: server.settings,
      machine: describeMachine(),
    };
  } finally {
    await database?.close();
    await server.stop();
  }
}

interface City {
  database: Database;
  devices: number;
  intervalS: number;
  rows: number;
  minutes: number;
  sample: number;
  startMs: number;
  endMs: number;
}

async function foundCity({ database, devices, intervalS, endMs }: City): Promise<void> {
  await database.query(
    `insert into kuzet.devices (id, edge_id, site_id, kind, expected_interval_s, doc, state, last_seen_at)
     select 'sensor-' || lpad(d::text, 5, '0'), 'bench', 'site-' || d % 60,
       (array['air-quality', 'heat-detector', 'smoke-detector', 'gas-detector', 'weather'])[1 + d % 5], $2::float8, '{}',
       'online', $3::timestamptz
     from generate_series(0, $1::int - 1) d`,
    [devices, intervalS, new Date(endMs)],
  );
  await database.query(
    `insert into kuzet.latest_values (device_id, metric, observed_at, value)
     select id, $1::text, last_seen_at, to_jsonb(round((20 + 5 * random())::numeric, 2)) from kuzet.devices`,
    [metric],
  );
}

/** Some minutes of some devices. Slice after slice lies in the table in order of time, as readings come. */
async function write(
  { database }: City,
  part: { fromDevice: number; devices: number; fromMs: number; toMs: number; everyS: number },
): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `with written as (
       insert into kuzet.readings (observed_at, received_at, device_id, metric, value)
       select t + make_interval(secs => d % 7 * 0.1), t + make_interval(secs => 1), 'sensor-' || lpad(d::text, 5, '0'), $6::text,
         20 + 5 * sin(extract(epoch from t)::float8 / 13751 + d) + random()
       from generate_series($3::timestamptz, $4::timestamptz - interval '1 ms', make_interval(secs => $5)) t,
         generate_series($1::int, $1::int + $2::int - 1) d
       returning 1)
     select count(*)::int as n from written`,
    [part.fromDevice, part.devices, new Date(part.fromMs), new Date(part.toMs), part.everyS, metric],
  );
  return row?.n ?? 0;
}

/** A day: few devices whole, and of all others so little that it makes a million. The city is whole from the beginning. */
async function writeFirstMillion(city: City): Promise<{ rows: number; rowsPerS: number }> {
  const { devices, intervalS, startMs, endMs } = city;
  const others = devices - denseDevices;
  const everyHours = Math.max(
    1,
    Math.round((24 * others) / Math.max(others, 1_000_000 - (denseDevices * dayMs) / 1_000 / intervalS)),
  );
  const begun = performance.now();
  let rows = 0;
  for (let at = startMs, hour = 0; at < endMs; at += hourMs, hour++) {
    const slice = { fromMs: at, toMs: at + hourMs };
    rows += await write(city, { ...slice, fromDevice: 0, devices: denseDevices, everyS: intervalS });
    if (others > 0 && hour % everyHours === 0)
      rows += await write(city, { ...slice, fromDevice: denseDevices, devices: others, everyS: 3_600 });
  }
  return { rows, rowsPerS: (rows * 1_000) / (performance.now() - begun) };
}

/** The whole day of as many more devices as rows and minutes allow, by the speed of the first million. */
async function fill(city: City, before: { rows: number; rowsPerS: number }) {
  const { devices, intervalS, startMs, endMs } = city;
  const aDay = dayMs / 1_000 / intervalS;
  const byRows = city.rows ? Math.floor((city.rows - before.rows) / aDay) : Number.POSITIVE_INFINITY;
  const byTime = Math.floor((before.rowsPerS * city.minutes * 60) / aDay);
  const more = Math.max(0, Math.min(devices - denseDevices, byRows, byTime));
  const stoppedBy =
    more === devices - denseDevices ? 'the whole day of all devices' : more === byRows ? 'rows' : 'minutes';
  const begun = performance.now();
  let rows = before.rows;
  for (let at = startMs; at < endMs; at += sliceMs) {
    rows += await write(city, {
      fromDevice: denseDevices,
      devices: more,
      fromMs: at,
      toMs: at + sliceMs,
      everyS: intervalS,
    });
    if ((at - startMs) % hourMs === 0) say(`${rows} rows, ${Math.round((performance.now() - begun) / 1_000)} s`);
  }
  const tookS = (performance.now() - begun) / 1_000;
  return { rows, devices: denseDevices + more, stoppedBy, rowsPerS: Math.round((rows - before.rows) / tookS) };
}
const sliceMs = 600_000;

/** What the hub's job does; the second time all hours have changed. @returns seconds. */
async function aggregate({ database, startMs, endMs }: City, again: boolean): Promise<number> {
  const begun = performance.now();
  if (again)
    await database.query(
      `insert into kuzet.late_readings (hour, noted_at)
       select hour, now() from generate_series(date_trunc('hour', $1::timestamptz), $2::timestamptz, interval '1 hour') hour`,
      [new Date(startMs), new Date(endMs)],
    );
  const errors: unknown[] = [];
  const log = { ...silentLog, error: (...what: unknown[]) => void errors.push(what[0]) } as typeof silentLog;
  const job = createAggregation({
    database,
    clock: systemClock,
    log,
    hubId: 'bench',
    keeping: forEver,
    settledAfterMs: 0,
  });
  await job.look();
  await job.stop();
  if (errors.length > 0) throw new Error('the aggregates could not be made', { cause: errors[0] });
  return Math.round(performance.now() - begun) / 1000;
}

/** What came since the hub's job last looked: it is not in the aggregates, and views compute it. */
async function writeTail(city: City): Promise<number> {
  const [row] = await city.database.query<{ at: Date }>('select aggregated_to as at from kuzet.aggregation');
  const everyS = city.intervalS;
  return write(city, { fromDevice: 0, devices: city.devices, fromMs: row!.at.getTime(), toMs: Date.now(), everyS });
}

const overview = `
  select now_.site_id, now_.kind, now_.metric, now_.devices, now_.latest, past.n, past.avg, past.min, past.max
  from (
    select d.site_id, d.kind, l.metric, count(*) as devices, avg(l.value::float8) as latest
    from kuzet.latest_values l join kuzet.devices d on d.id = l.device_id
    where jsonb_typeof(l.value) = 'number' group by 1, 2, 3
  ) now_
  left join (
    select d.site_id, d.kind, r.metric, sum(r.n) as n, sum(r.sum) / sum(r.n) as avg, min(r.min) as min, max(r.max) as max
    from kuzet.readings_1h r join kuzet.devices d on d.id = r.device_id
    where r.bucket >= $1 and r.bucket < $2 group by 1, 2, 3
  ) past using (site_id, kind, metric)`;

async function measure(city: City, rows: number, devices: number) {
  const { database, startMs, endMs, sample } = city;
  const store = createReadingStore(database, systemClock, { minuteDays: null });
  const ids = Array.from(
    { length: Math.max(20, sample) },
    (_, i) => `sensor-${String(Math.floor(((i + 0.37) * devices) / Math.max(20, sample))).padStart(5, '0')}`,
  );
  let points = 0;
  let bucket = '';
  const trend = async (deviceId: string) => {
    const answer = await store.read({
      deviceId,
      metric,
      from: new Date(startMs).toISOString(),
      to: new Date(endMs).toISOString(),
    });
    points = answer.items.length;
    bucket = answer.bucket;
    if (points < 1000) throw new Error(`${deviceId} has ${points} points`);
  };
  const lastHour = Math.floor(endMs / hourMs) * hourMs;
  const hour = [new Date(lastHour - hourMs), new Date(lastHour)];
  const thisHour = Math.floor(Date.now() / hourMs) * hourMs;
  const untilNow = [new Date(thisHour - hourMs), new Date(thisHour + hourMs)];
  let groups = 0;
  const overviewOnce = async (span: Date[]) => {
    const answer = await database.query<{ n: string | null }>(overview, span);
    groups = answer.length;
    if (groups === 0 || answer.some(({ n }) => n === null)) throw new Error('the overview is not whole');
  };
  const times = (span: Date[]) => Array.from({ length: overviewRuns }, () => span);
  const trendFirst = await timed(ids, trend);
  const trendWarm = await timed(ids, trend);
  const overviewFirst = await timed([hour], overviewOnce);
  const overviewWarm = await timed(times(hour), overviewOnce);
  const overviewUntilNow = await timed(times(untilNow), overviewOnce);
  return {
    rows,
    trend: {
      devices: ids.length,
      bucket,
      points,
      // Of each device for the first time since it was written; what the machine holds in memory is not thrown out.
      first: trendFirst,
      warm: trendWarm,
      scans: await scans(
        database,
        `select * from kuzet.readings_1m where device_id = $1 and metric = $2 and bucket >= $3 and bucket < $4`,
        [ids[0], metric, new Date(startMs), new Date(endMs)],
      ),
    },
    overview: {
      groups,
      firstMs: overviewFirst.p50Ms,
      warm: overviewWarm,
      /** The hour under way and the one before, with readings that no aggregate has yet. */
      untilNow: overviewUntilNow,
      scans: await scans(database, overview, hour),
    },
  };
}

async function timed<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<Spread> {
  const took: number[] = [];
  for (const item of items) {
    const begun = performance.now();
    await work(item);
    took.push(performance.now() - begun);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0) * 10) / 10;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

/** How the plan reaches the tables of readings, and how many rows it really took from each. */
async function scans(database: Database, sql: string, params: readonly unknown[]): Promise<string[]> {
  const rows = await database.query<{ 'QUERY PLAN': string }>(
    `explain (analyze, costs off, timing off) ${sql}`,
    params,
  );
  return rows
    .map((row) => row['QUERY PLAN'])
    .filter((line) => /Scan.* on .*(readings|rollup|cagg|_hyper_|chunk)/.test(line))
    .map((line) => line.replace(/^[\s>-]+/, '').replace(/_hyper_(\d+)_\d+_chunk/g, '_hyper_$1_*'))
    .filter((line, index, all) => all.indexOf(line) === index)
    .slice(0, 20);
}
