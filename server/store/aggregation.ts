import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createRegularWork } from '@kuzet/lib/regular-work.ts';
import { type Aggregates, noteAggregated, openAggregates } from './aggregates.ts';
import type { Database } from './database.ts';
import { createRetention, type Keeping } from './retention.ts';
import { summarizeTimes } from './summarize-times.ts';

export interface AggregationDeps {
  database: Database;
  clock: Clock;
  log: Log;
  /** What tells this hub from another on the same database. */
  hubId: string;
  keeping: Keeping;
  /** A backlog goes on writing into the same hours: an hour is made anew when nothing came for this long. */
  settledAfterMs?: number;
}
export interface Aggregation {
  /** Does what is due, now. Calls while one is under way share it. */
  look(): Promise<void>;
  /** Begins no more work; waits for the step under way. */
  stop(): Promise<void>;
}
interface State {
  late_before: Date | null;
  aggregated_to: Date | null;
  raw_from: Date | null;
}
interface LateHour {
  hour: Date;
  devices: string[] | null;
  everyone: boolean;
  ids: string[];
}

const everyMs = 30_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Readings come at most seconds after they were made; what takes longer is late, and is noted. */
const trailMs = minuteMs;
/** But no later than this, though more keeps coming. */
const redoneAfterMs = 10 * minuteMs;
/** A hub that died in between is replaced after this. */
const heldMs = 5 * minuteMs;
const retentionEveryMs = 10 * minuteMs;
const maxNotes = 50_000;

/**
 * Keeps readings_1m and readings_1h equal to the raw readings, whenever these arrive, and then deletes what has been
 * kept long enough.
 *
 * Nothing is missed, and nobody waits for it: first `late_before` is moved and committed; then, when every transaction
 * that was running at that moment is over, what lies before it is aggregated. Whoever stored readings before `late_before`
 * without seeing it is over by then, and so is counted; whoever saw it has noted their hour (ingest/note-late-readings.ts).
 */
export function createAggregation(deps: AggregationDeps): Aggregation {
  const { database, clock, log, hubId, settledAfterMs = minuteMs } = deps;
  const retention = createRetention(deps);
  let aggregates: Aggregates | null = null;
  let pending: { to: Date; xid: string } | null = null;
  let retentionDueMs = 0;
  let stopped = false;

  async function work(): Promise<void> {
    if (!(await hold())) return;
    aggregates ??= await openAggregates(database);
    await summarizeTimes(database);
    if (pending) await advance();
    if (!pending && !stopped) {
      pending = await propose();
      await advance();
    }
    if (await redoLateHours()) await summarizeTimes(database);
    if (clock.now() < retentionDueMs || stopped) return;
    const isDone = await retention.run();
    if (isDone) retentionDueMs = clock.now() + retentionEveryMs;
  }

  async function hold(): Promise<boolean> {
    const now = clock.now();
    const rows = await database.query(
      `update kuzet.aggregation set held_by = $1, held_until = $2
       where held_by = $1 or held_until is null or held_until < $3 returning one`,
      [hubId, new Date(now + heldMs), new Date(now)],
    );
    return rows.length > 0;
  }

  async function state(): Promise<State> {
    const [row] = await database.query('select late_before, aggregated_to, raw_from from kuzet.aggregation');
    return row as unknown as State;
  }

  async function propose(): Promise<{ to: Date; xid: string }> {
    const end = clock.now() - trailMs;
    const [row] = await database.query<{ late_before: Date }>(
      'update kuzet.aggregation set late_before = greatest(late_before, $1::timestamptz) returning late_before',
      [new Date(end - (end % minuteMs))],
    );
    const [snapshot] = await database.query<{ xid: string }>(
      'select pg_snapshot_xmax(pg_current_snapshot())::text as xid',
    );
    return { to: row!.late_before, xid: snapshot!.xid };
  }

  async function advance(): Promise<void> {
    const { to, xid } = pending!;
    const [row] = await database.query<{ over: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 as over',
      [xid],
    );
    if (!row?.over) return;
    let from = (await state()).aggregated_to ?? (await begin(to));
    while (from < to && !stopped) {
      const hourEnd = from.getTime() - (from.getTime() % hourMs) + hourMs;
      const next = new Date(Math.min(to.getTime(), hourEnd));
      await aggregates!.advance(from, next);
      from = next;
      if (!(await hold())) return;
    }
    if (!stopped) pending = null;
  }

  /** The first run on this database: where readings begin. Clocks that were wrong lie before, an hour here and there. */
  async function begin(to: Date): Promise<Date> {
    const [row] = await database.query<{ start: Date | null }>(
      `select date_trunc('hour', min(observed_at), 'UTC') as start from kuzet.readings
       where quality = 'good' and observed_at >= (select coalesce(raw_from, '-infinity') from kuzet.aggregation)`,
    );
    const start = row?.start && row.start < to ? row.start : new Date(to.getTime() - (to.getTime() % hourMs));
    await database.transaction(async (tx) => {
      await tx.query(
        `insert into kuzet.late_readings (hour, device_id, noted_at)
         select distinct date_trunc('hour', observed_at, 'UTC'), device_id, now() from kuzet.readings
         where observed_at < $1 and observed_at >= (select coalesce(raw_from, '-infinity') from kuzet.aggregation)`,
        [start],
      );
      await noteAggregated(tx, start);
    });
    return start;
  }

  /** @returns whether there were any. */
  async function redoLateHours(): Promise<boolean> {
    const hours = (await database.query(
      `select hour, array_agg(distinct device_id) filter (where device_id is not null) as devices,
         bool_or(device_id is null) as everyone, array_agg(id::text) as ids
       from (select * from kuzet.late_readings order by id limit $1) late
       group by hour
       having max(noted_at) <= now() - make_interval(secs => $2) or min(noted_at) <= now() - make_interval(secs => $3)
       order by hour`,
      [maxNotes, settledAfterMs / 1000, redoneAfterMs / 1000],
    )) as unknown as LateHour[];
    for (const { hour, devices, everyone, ids } of hours) {
      if (stopped || !(await hold())) return false;
      const { aggregated_to, raw_from } = await state();
      // Beyond what is aggregated it is counted when its time comes; of an hour whose raw readings may be deleted,
      // nothing whole could be made any more.
      if (aggregated_to && hour < aggregated_to && (!raw_from || hour >= raw_from)) {
        const to = new Date(Math.min(hour.getTime() + hourMs, aggregated_to.getTime()));
        await aggregates!.redo(hour, to, everyone ? null : devices);
      }
      await database.query('delete from kuzet.late_readings where id = any($1::text[]::bigint[])', [ids]);
    }
    return hours.length > 0;
  }

  const regular = createRegularWork({
    clock,
    log,
    everyMs,
    complaint: 'aggregates and retention stand still; trying again every 30 s. Nothing is deleted meanwhile',
    work,
  });
  return {
    look: regular.run,
    stop() {
      stopped = true;
      return regular.stop();
    },
  };
}
