import type { Database } from './database.ts';

export interface TimescaleSettings {
  chunkHours: number;
  /** Null: never. */
  compressAfterHours: number | null;
}

/** Minutes are made anew where readings come late: compressing them too soon would have them unpacked over and over. */
const compressMinutesAfter = '7 days';

/** Makes TimescaleDB do what the configuration says; again at every start, changing only what differs. */
export async function applyTimescaleSettings(database: Database, settings: TimescaleSettings): Promise<void> {
  if (!database.timescale) return;
  const { chunkHours, compressAfterHours } = settings;
  // Chunks that are there keep the span they were made with.
  await database.query(`select set_chunk_time_interval('kuzet.readings', make_interval(hours => $1))`, [chunkHours]);
  const [row] = await database.query<{ compression: boolean }>(
    `select to_regclass('kuzet.cagg_1m') is not null as compression`,
  );
  if (!row?.compression) return;
  await setPolicy(database, 'kuzet.readings', compressAfterHours === null ? null : `${compressAfterHours} hours`);
  await setPolicy(database, 'kuzet.cagg_1m', compressAfterHours === null ? null : compressMinutesAfter);
}

async function setPolicy(database: Database, name: string, after: string | null): Promise<void> {
  await database.transaction(async (tx) => {
    // Two hubs that start together set it one after the other.
    await tx.query('select one from kuzet.aggregation for update');
    const [before] = await tx.query<{ same: boolean }>(
      `select (j.config->>'compress_after')::interval = $2::interval as same
       from timescaledb_information.jobs j
       left join timescaledb_information.continuous_aggregates c
         on c.materialization_hypertable_schema = j.hypertable_schema and c.materialization_hypertable_name = j.hypertable_name
       where j.proc_name in ('policy_compression', 'policy_columnstore')
         and $1 in (j.hypertable_schema || '.' || j.hypertable_name, c.view_schema || '.' || c.view_name)`,
      [name, after],
    );
    if (before ? before.same : after === null) return;
    await tx.query(`select remove_compression_policy($1::text::regclass, if_exists => true)`, [name]);
    if (after !== null)
      await tx.query(`select add_compression_policy($1::text::regclass, $2::interval)`, [name, after]);
  });
}
