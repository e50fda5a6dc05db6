import type { DeviceKind, DeviceState, MetricValue } from '@kuzet/contracts/device.ts';
import type { DeviceStatusItem, ReadingItem } from '@kuzet/contracts/uplink.ts';
import { silentAfterMs } from '../domain/supervision.ts';
import type { ArrayParam } from '../store/database.ts';
import { isLate, judgedTime, timeMs } from './observed-time.ts';
import type { Queryable } from './ports.ts';

/** A device as the batch found it, and as it leaves it. */
export interface DeviceInHand {
  id: string;
  kind: DeviceKind;
  expectedIntervalS: number;
  state: DeviceState;
  test: boolean;
  fault: boolean;
  lastSeenMs: number | null;
  /** What is stored of it, to see what has to be written and whether another has written meanwhile. */
  stored: { state: DeviceState; test: boolean; fault: boolean; lastSeenMs: number | null };
  /** Newest value a metric of this batch. */
  latest: Map<string, { value: MetricValue; atMs: number }>;
  changed: boolean;
  /** Readings of this batch whose own time cannot be true; believed ones that were held back (P27). */
  clockFaults: number;
  lateReadings: number;
}

/**
 * When devices were last heard, where that is newer than what is stored: a device that speaks many times a second is
 * written once a second. After a restart what is stored counts, at most `storedWithinMs` older.
 */
export type HeardLately = Map<string, number>;
const storedWithinMs = 1_000;

/** Somebody else wrote a device between its reading and its writing: the transaction is to be done again. */
export class DeviceChangedError extends Error {
  override name = 'DeviceChangedError';
}

/** The devices that the batch speaks of; those the hub does not know, or no longer, are missing. In order of id. */
export async function loadDevices(
  q: Queryable,
  ids: Iterable<string>,
  heardLately: HeardLately,
): Promise<Map<string, DeviceInHand>> {
  // Not locked: most of them are not written. Who writes sees whether they are still as they were read.
  const rows = await q.query<StoredDevice>(
    `select id, kind, expected_interval_s, state, test, fault, extract(epoch from last_seen_at)::float8 as last_seen_s
     from kuzet.devices where id = any($1) and removed_at is null order by id`,
    [{ arrayOf: 'text', values: [...ids] } satisfies ArrayParam],
  );
  return new Map(
    rows.map(({ id, kind, expected_interval_s, state, test, fault, last_seen_s }) => {
      const lastSeenMs = last_seen_s === null ? null : Math.round(last_seen_s * 1_000);
      const lately = heardLately.get(id);
      return [
        id,
        {
          id,
          kind,
          expectedIntervalS: expected_interval_s,
          state,
          test,
          fault,
          lastSeenMs: lastSeenMs === null || lately === undefined ? lastSeenMs : Math.max(lastSeenMs, lately),
          stored: { state, test, fault, lastSeenMs },
          latest: new Map(),
          changed: false,
          clockFaults: 0,
          lateReadings: 0,
        },
      ];
    }),
  );
}

interface StoredDevice extends Record<string, unknown> {
  id: string;
  kind: DeviceKind;
  expected_interval_s: number;
  state: DeviceState;
  test: boolean;
  fault: boolean;
  last_seen_s: number | null;
}

/** Takes over what a reading says: last seen, latest values, test mode and fault. */
export function hear(device: DeviceInHand, reading: ReadingItem, nowMs: number): void {
  const receivedMs = timeMs(reading.receivedAt);
  const { atMs, believed } = judgedTime(timeMs(reading.observedAt), receivedMs);
  for (const metric in reading.values) {
    const value = reading.values[metric]!;
    const known = device.latest.get(metric);
    if (!known || atMs >= known.atMs) device.latest.set(metric, { value, atMs });
  }
  if (reading.replayed) {
    // What it says of the device's presence, test mode or fault is long past.
    device.changed = true;
    return;
  }
  if (!believed) device.clockFaults += 1;
  else if (isLate(atMs, receivedMs)) device.lateReadings += 1;
  const { test, fault } = reading.values;
  if (typeof test === 'boolean') device.test = test;
  if (typeof fault === 'boolean') device.fault = fault;
  seen(device, receivedMs, nowMs, true);
}

/** Takes over a hello or a goodbye. A goodbye from before the last word is history. */
export function greet(device: DeviceInHand, status: DeviceStatusItem, nowMs: number): void {
  seen(device, timeMs(status.at), nowMs, status.online);
}

function seen(device: DeviceInHand, atMs: number, nowMs: number, present: boolean): void {
  device.changed = true;
  const isNews = device.lastSeenMs === null || atMs >= device.lastSeenMs;
  if (isNews && present) device.lastSeenMs = atMs;
  if (device.state === 'disabled') return;
  if (isNews && !present) device.state = 'offline';
  else if (isNews || device.state === 'test' || device.state === 'fault') device.state = presence(device, nowMs);
}

/** Heard, but so long ago by the edge's clock (a backlog) that it cannot be called online: silent. */
function presence(device: DeviceInHand, nowMs: number): DeviceState {
  if (device.test) return 'test';
  if (device.fault) return 'fault';
  const isFresh = device.lastSeenMs !== null && nowMs - device.lastSeenMs <= silentAfterMs(device.expectedIntervalS);
  return isFresh ? 'online' : 'silent';
}

/**
 * Writes what changed: one statement whatever the number of devices.
 * @returns the devices that were heard.
 * @throws DeviceChangedError when one is no longer as it was read.
 */
export async function saveDevices(
  q: Queryable,
  devices: Iterable<DeviceInHand>,
  heardLately: HeardLately,
): Promise<string[]> {
  const changed = [...devices].filter((device) => device.changed);
  if (changed.length === 0) return [];
  await save(q, changed.filter(mustBeStored), changed);
  for (const { id, lastSeenMs, stored } of changed) {
    if (lastSeenMs !== null && lastSeenMs !== stored.lastSeenMs) heardLately.set(id, lastSeenMs);
  }
  return changed.map((device) => device.id);
}

function mustBeStored({ state, test, fault, lastSeenMs, stored }: DeviceInHand): boolean {
  if (state !== stored.state || test !== stored.test || fault !== stored.fault) return true;
  if (lastSeenMs === null || stored.lastSeenMs === null) return lastSeenMs !== stored.lastSeenMs;
  return lastSeenMs >= stored.lastSeenMs + storedWithinMs;
}

/** In order of device and metric, so that two hubs wait for each other in one direction only. */
const statement = `
  with latest as (
    insert into kuzet.latest_values as l (device_id, metric, observed_at, value)
    select id, metric, to_timestamp(at_ms / 1000), value::jsonb
    from unnest($9::text[], $10::text[], $11::float8[], $12::text[]) as t (id, metric, at_ms, value)
    on conflict (device_id, metric) do update set observed_at = excluded.observed_at, value = excluded.value
    where excluded.observed_at >= l.observed_at),
  written as (
    update kuzet.devices d set state = t.state, test = t.test, fault = t.fault,
      last_seen_at = to_timestamp(t.seen_ms / 1000)
    from unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::float8[], $6::text[], $7::bool[], $8::bool[])
      as t (id, state, test, fault, seen_ms, old_state, old_test, old_fault)
    where d.id = t.id and d.state = t.old_state and d.test = t.old_test and d.fault = t.old_fault
    returning 1)
  select count(*)::integer as count from written`;

async function save(q: Queryable, states: readonly DeviceInHand[], heard: readonly DeviceInHand[]): Promise<void> {
  const ids: string[] = [];
  const metrics: string[] = [];
  const atMs: number[] = [];
  const values: string[] = [];
  for (const { id, latest } of heard) {
    const entries = latest.size > 1 ? [...latest].sort(([a], [b]) => (a < b ? -1 : 1)) : latest;
    for (const [metric, newest] of entries) {
      ids.push(id);
      metrics.push(metric);
      atMs.push(newest.atMs);
      values.push(typeof newest.value === 'string' ? JSON.stringify(newest.value) : String(newest.value));
    }
  }
  if (states.length === 0 && ids.length === 0) return;
  const text = (some: readonly string[]): ArrayParam => ({ arrayOf: 'text', values: some });
  const rows = await q.query<{ count: number }>(statement, [
    text(states.map((device) => device.id)),
    text(states.map((device) => device.state)),
    states.map((device) => device.test),
    states.map((device) => device.fault),
    { arrayOf: 'float8', values: states.map((device) => device.lastSeenMs) } satisfies ArrayParam,
    text(states.map(({ stored }) => stored.state)),
    states.map(({ stored }) => stored.test),
    states.map(({ stored }) => stored.fault),
    text(ids),
    text(metrics),
    { arrayOf: 'float8', values: atMs } satisfies ArrayParam,
    text(values),
  ]);
  if (rows[0]?.count !== states.length) throw new DeviceChangedError('a device was changed by another meanwhile');
}
