import type { Database, Queryable } from './database.ts';

/** Who makes minutes and hours of raw readings. Times are whole minutes; `hour` is a whole hour, all in UTC. */
export interface Aggregates {
  /** Makes what lies from `from` up to `to`, for the first time, and notes that it is made up to there. */
  advance(from: Date, to: Date): Promise<void>;
  /** Makes an hour, or of the hour that is under way the part before `to`, anew: of these devices, or of all. */
  redo(hour: Date, to: Date, devices: readonly string[] | null): Promise<void>;
}

const hourMs = 3_600_000;
const floorHour = (at: Date) => new Date(at.getTime() - (((at.getTime() % hourMs) + hourMs) % hourMs));

export const noteAggregated = (q: Queryable, to: Date) =>
  q.query('update kuzet.aggregation set aggregated_to = $1', [to]);

/** Continuous aggregates where TimescaleDB has made them (migration 0007), else the roll-up tables. */
export async function openAggregates(database: Database): Promise<Aggregates> {
  const [row] = await database.query<{ continuous: boolean }>(
    `select to_regclass('kuzet.cagg_1m') is not null as continuous`,
  );
  return row?.continuous ? continuousAggregates(database) : rollupTables(database);
}

const columns = 'bucket, device_id, metric, n, sum, min, max, last';
const makeMinutes = `
  insert into kuzet.rollup_1m (${columns})
  select date_trunc('minute', observed_at, 'UTC'), device_id, metric, count(*), sum(value), min(value), max(value),
    (array_agg(value order by observed_at desc, received_at desc, value desc))[1]
  from kuzet.readings
  where observed_at >= $1 and observed_at < $2 and value between -1e100 and 1e100`;
const makeHours = `
  insert into kuzet.rollup_1h as made (${columns})
  select date_trunc('hour', bucket, 'UTC'), device_id, metric, sum(n)::bigint, sum(sum), min(min), max(max),
    (array_agg(last order by bucket desc))[1]
  from kuzet.rollup_1m
  where bucket >= $1 and bucket < $2`;
/** The minutes given are newer than those that are in the hour already. */
const addToHours = `${makeHours} group by 1, 2, 3
  on conflict (device_id, metric, bucket) do update set n = made.n + excluded.n, sum = made.sum + excluded.sum,
    min = least(made.min, excluded.min), max = greatest(made.max, excluded.max), last = excluded.last`;

function rollupTables(database: Database): Aggregates {
  return {
    async advance(from, to) {
      await database.transaction(async (tx) => {
        await tx.query(`${makeMinutes} group by 1, 2, 3`, [from, to]);
        await tx.query(addToHours, [from, to]);
        await noteAggregated(tx, to);
      });
    },
    async redo(hour, to, devices) {
      const only = devices === null ? '' : 'and device_id = any($3)';
      const params = devices === null ? [hour, to] : [hour, to, devices];
      const inHour = `where bucket >= $1 and bucket < $2 ${only}`;
      await database.transaction(async (tx) => {
        await tx.query(`delete from kuzet.rollup_1m ${inHour}`, params);
        await tx.query(`${makeMinutes} ${only} group by 1, 2, 3`, params);
        await tx.query(`delete from kuzet.rollup_1h ${inHour}`, params);
        await tx.query(`${makeHours} ${only} group by 1, 2, 3`, params);
      });
    },
  };
}

function continuousAggregates(database: Database): Aggregates {
  // A procedure that commits by itself: it takes neither a transaction nor, in older servers, parameters.
  const refresh = (name: string, from: Date, to: Date) =>
    database.script(
      `call refresh_continuous_aggregate('kuzet.${name}', '${from.toISOString()}'::timestamptz, '${to.toISOString()}'::timestamptz)`,
    );
  const both = async (from: Date, to: Date, hour: Date) => {
    await refresh('cagg_1m', from, to);
    if (isWhole(hour, to)) await refresh('cagg_1h', hour, to);
  };
  return {
    async advance(from, to) {
      await both(from, to, floorHour(new Date(to.getTime() - 1)));
      await noteAggregated(database, to);
    },
    redo: (hour, to) => both(hour, to, hour),
  };
}

const isWhole = (hour: Date, to: Date) => to.getTime() - hour.getTime() === hourMs;
