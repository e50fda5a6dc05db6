import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Database } from './database.ts';

/** Days; null keeps for ever. */
export interface Keeping {
  rawDays: number | null;
  minuteDays: number | null;
  hourDays: number | null;
}
export interface Retention {
  /** Deletes what is due, a bounded amount. @returns false when there is more. */
  run(): Promise<boolean>;
}

const dayMs = 24 * 3_600_000;
/** Rows a statement: some 50 ms in which nobody else has PGlite, and little for a replica or a vacuum to follow. */
const batchRows = 10_000;
const batchesARun = 100;

/**
 * Deletes raw readings and aggregates that were kept long enough. What aggregates still need stays: readings beyond
 * what is aggregated, and hours that are noted to be made anew. A reading goes by its own time and by that of its
 * receipt, so that a device whose clock stands at 1970 does not lose today's.
 */
export function createRetention(deps: { database: Database; clock: Clock; log: Log; keeping: Keeping }): Retention {
  const { database, clock, log, keeping } = deps;
  const cutoff = (days: number) => new Date(clock.now() - days * dayMs);

  async function rawReadings(days: number): Promise<boolean> {
    const before = cutoff(days);
    // Written down before the first row goes: from then on nobody makes those hours anew.
    const [row] = await database.query<{ raw_from: Date | null }>(
      `update kuzet.aggregation a set raw_from = greatest(a.raw_from, date_trunc('hour', least($1::timestamptz,
         a.aggregated_to, (select min(hour) from kuzet.late_readings where a.raw_from is null or hour >= a.raw_from)), 'UTC'))
       where a.aggregated_to is not null
       returning raw_from`,
      [before],
    );
    if (!row?.raw_from) return true;
    const end = row.raw_from < before ? row.raw_from : before;
    if (database.timescale) return dropChunks(end);
    return deleteBatches('kuzet.readings', 'observed_at < $1 and received_at < $1', end);
  }

  async function deleteBatches(table: string, where: string, before: Date): Promise<boolean> {
    let deleted = 0;
    for (let batch = 0; batch < batchesARun; batch++) {
      const [row] = await database.query<{ n: number }>(
        `with gone as (delete from ${table} where ctid = any(array(select ctid from ${table} where ${where} limit ${batchRows})) returning 1)
         select count(*)::int as n from gone`,
        [before],
      );
      deleted += row?.n ?? 0;
      if ((row?.n ?? 0) < batchRows) {
        if (deleted > 0) await done(table, deleted, before);
        return true;
      }
    }
    await done(table, deleted, before);
    return false;
  }

  async function done(table: string, rows: number, before: Date): Promise<void> {
    log.info({ table, rows, before: before.toISOString() }, 'kept long enough: rows deleted');
    // PGlite has no autovacuum: without this the room of deleted rows is never used again.
    await database.script(`vacuum ${table}`);
  }

  async function dropChunks(before: Date): Promise<boolean> {
    const chunks = await database.query<{ from: Date; to: Date }>(
      `select range_start as from, range_end as to
       from timescaledb_information.chunks
       where hypertable_schema = 'kuzet' and hypertable_name = 'readings' and range_end <= $1 order by range_start`,
      [before],
    );
    for (const { from, to } of chunks) {
      const [row] = await database.query<{ news: boolean }>(
        `select exists (select from kuzet.readings
           where observed_at >= $1 and observed_at < $2 and received_at >= $3) as news`,
        [from, to, before],
      );
      if (row?.news)
        await database.query(
          'delete from kuzet.readings where observed_at >= $1 and observed_at < $2 and received_at < $3',
          [from, to, before],
        );
      else {
        await database.query(
          `select drop_chunks('kuzet.readings', older_than => $1::timestamptz, newer_than => $2::timestamptz)`,
          [to, from],
        );
        log.info({ from: from.toISOString(), to: to.toISOString() }, 'kept long enough: raw readings dropped');
      }
    }
    return true;
  }

  async function aggregate(level: '1m' | '1h', days: number): Promise<boolean> {
    const before = cutoff(days);
    const [row] = await database.query<{ continuous: boolean }>(
      `select to_regclass('kuzet.cagg_1m') is not null as continuous`,
    );
    if (row?.continuous)
      await database.query(`select drop_chunks('kuzet.cagg_${level}', older_than => $1::timestamptz)`, [before]);
    return deleteBatches(`kuzet.rollup_${level}`, 'bucket < $1', before);
  }

  return {
    async run() {
      const { rawDays, minuteDays, hourDays } = keeping;
      const all = [
        rawDays === null || (await rawReadings(rawDays)),
        minuteDays === null || (await aggregate('1m', minuteDays)),
        hourDays === null || (await aggregate('1h', hourDays)),
      ];
      return !all.includes(false);
    },
  };
}
