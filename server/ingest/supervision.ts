import type { DeviceKind, DeviceState } from '@kuzet/contracts/device.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createRegularWork } from '@kuzet/lib/regular-work.ts';
import { edgeGoneAfterMs, edgeGonePriority, hubSettledAfterMs, silencePriority } from '../domain/supervision.ts';
import { createHearingSince } from './hearing-since.ts';
import type { Database, Effects, Queryable } from './ports.ts';

export interface Supervision {
  /** Looks once, now. Calls while one look is under way share it. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export interface SupervisionDeps {
  database: Database;
  clock: Clock;
  log: Log;
  newId(): string;
  /** Whether the hub would hear a word and store it: broker, uplinks and pipeline work. */
  hearing(): boolean;
  onCommitted(effects: Effects): void;
}

const everyMs = 5_000;

/**
 * Raises and clears the fault alarms of what is not heard: `device-silent` and `edge-offline`. It goes by what is stored,
 * so it works over restarts, and judges nobody for the time in which the hub itself could not hear: P25, A11, A12.
 */
export function createSupervision(deps: SupervisionDeps): Supervision {
  const { database, clock, log, newId, hearing, onCommitted } = deps;
  const hearingSince = createHearingSince({ clock, hearing });

  async function judge(since: Date): Promise<void> {
    const at = new Date(clock.now());
    const changed = await database.transaction(async (tx) => {
      const cleared = [...(await clearHeard(tx, at)), ...(await clearReturned(tx, at))];
      const silent = await findSilent(tx, at, since);
      const gone = await findGone(tx, at, since);
      await raise(tx, at, newId, [
        ...silent.map(({ id, kind, state }): Fault => {
          const fault = { condition: 'device-silent', priority: silencePriority(kind), edgeId: null };
          return { ...fault, subject: id, metric: 'state', value: state };
        }),
        ...gone.map((id): Fault => {
          const fault = { condition: 'edge-offline', priority: edgeGonePriority, edgeId: id };
          return { ...fault, subject: id, metric: 'online', value: false };
        }),
      ]);
      return { cleared: cleared.length, silent: silent.map(({ id }) => id), gone };
    });
    if (changed.silent.length > 0) log.warn({ devices: told(changed.silent) }, 'devices are not heard: alarm raised');
    if (changed.gone.length > 0) log.warn({ edges: changed.gone }, 'edge agents are away: alarm raised');
    if (changed.cleared + changed.silent.length + changed.gone.length > 0) onCommitted({ faults: true });
  }

  async function work(): Promise<void> {
    const sinceMs = hearingSince.look();
    if (sinceMs === null) return;
    try {
      await judge(new Date(sinceMs));
    } catch (cause) {
      hearingSince.broken();
      throw cause;
    }
  }

  const { run, stop } = createRegularWork({
    clock,
    log,
    everyMs,
    complaint: 'devices and edges cannot be supervised; trying again every 5 s',
    work,
  });
  return { look: run, stop };
}

const told = (ids: string[]) => (ids.length > 20 ? [...ids.slice(0, 20), `and ${ids.length - 20} more`] : ids);

interface Fault {
  subject: string;
  condition: string;
  priority: string;
  edgeId: string | null;
  metric: string;
  value: string | boolean;
}

/** A device is heard when its own word made it so, and lately; who left the inventory or service is no longer asked. */
async function clearHeard(q: Queryable, at: Date): Promise<unknown[]> {
  return q.query(
    `update kuzet.alarms a set active = false, sources = '{}',
       cleared_at = greatest(a.raised_at, case when d.removed_at is null and d.state <> 'disabled'
         then least(d.last_seen_at, $1::timestamptz) else $1::timestamptz end)
     from kuzet.devices d
     where a.active and a.condition = 'device-silent' and d.id = a.device_id and (
       d.removed_at is not null or d.state in ('disabled', 'online')
       or (d.state in ('test', 'fault')
         and (extract(epoch from $1::timestamptz - d.last_seen_at) - 10) / 2 <= d.expected_interval_s))
     returning a.id`,
    [at],
  );
}

async function clearReturned(q: Queryable, at: Date): Promise<unknown[]> {
  return q.query(
    `update kuzet.alarms a set active = false, sources = '{}',
       cleared_at = greatest(a.raised_at, coalesce(e.presence_since, $1::timestamptz))
     from kuzet.edges e
     where a.active and a.condition = 'edge-offline' and e.id = a.edge_id and (e.online
       or not exists (select from kuzet.devices where edge_id = e.id and removed_at is null)
         and not exists (select from kuzet.cameras where edge_id = e.id and removed_at is null))
     returning a.id`,
    [at],
  );
}

/**
 * Devices of edges that are there, unheard for longer than they may since the last moment from which they could have been:
 * their own last word, their edge's return or the end of its backlog, the hub's own hearing. A goodbye needs no waiting.
 * A row that a batch has in hand is left to it: its device is being heard.
 */
async function findSilent(q: Queryable, at: Date, since: Date) {
  return q.query<{ id: string; kind: DeviceKind; state: DeviceState }>(
    `select d.id, d.kind, d.state from kuzet.devices d join kuzet.edges e on e.id = d.edge_id
     where d.removed_at is null and e.online and d.state in ('silent', 'offline', 'unknown', 'fault')
       and (d.state = 'offline' or (extract(epoch from $1::timestamptz
         - greatest(d.last_seen_at, d.known_since, e.presence_since, e.lag_at, $2::timestamptz)) - 10) / 2
         > d.expected_interval_s)
       and not exists (select from kuzet.alarms a
         where a.active and a.condition = 'device-silent' and a.device_id = d.id)
     order by d.id for update of d skip locked`,
    [at, since],
  );
}

async function findGone(q: Queryable, at: Date, since: Date): Promise<string[]> {
  if (at.getTime() - since.getTime() < hubSettledAfterMs) return [];
  const rows = await q.query<{ id: string }>(
    `select e.id from kuzet.edges e
     where not e.online and coalesce(e.presence_since, $2::timestamptz) <= $1::timestamptz
       and (exists (select from kuzet.devices where edge_id = e.id and removed_at is null)
         or exists (select from kuzet.cameras where edge_id = e.id and removed_at is null))
       and not exists (select from kuzet.alarms a where a.active and a.condition = 'edge-offline' and a.edge_id = e.id)
     order by e.id`,
    [new Date(at.getTime() - edgeGoneAfterMs), since],
  );
  return rows.map(({ id }) => id);
}

async function raise(q: Queryable, at: Date, newId: () => string, faults: readonly Fault[]): Promise<void> {
  if (faults.length === 0) return;
  const rows = faults.map((fault) => ({ ...fault, id: newId() }));
  await q.query(
    `insert into kuzet.alarms (id, device_id, edge_id, condition, priority, active, metric, value, peak_value, raised_at,
       sources)
     select id, subject, "edgeId", condition, priority, true, metric, value, value, $2::timestamptz, array[metric]
     from jsonb_to_recordset($1::jsonb) as t (id text, subject text, "edgeId" text, condition text, priority text,
       metric text, value jsonb)
     on conflict (device_id, condition) where active do nothing`,
    [JSON.stringify(rows), at],
  );
}
