import type { DeviceKind, DeviceState, MetricValue } from '@kuzet/contracts/device.ts';
import type { DeviceStatusItem, ReadingItem } from '@kuzet/contracts/uplink.ts';
import { silentAfterMs } from '../domain/supervision.ts';
import { isLate, judgedTime } from './observed-time.ts';
import type { Queryable } from './ports.ts';

/** A device as the batch found it, and as it leaves it. */
export interface DeviceInHand {
  id: string;
  siteId: string;
  zoneId: string | null;
  kind: DeviceKind;
  expectedIntervalS: number;
  state: DeviceState;
  test: boolean;
  fault: boolean;
  lastSeenMs: number | null;
  /** Newest value a metric of this batch. */
  latest: Map<string, { value: MetricValue; atMs: number }>;
  changed: boolean;
  /** Readings of this batch whose own time cannot be true; believed ones that were held back (P27). */
  clockFaults: number;
  lateReadings: number;
}

/** Locks the devices that the batch speaks of; those the hub does not know, or no longer, are missing. */
export async function loadDevices(q: Queryable, ids: Iterable<string>): Promise<Map<string, DeviceInHand>> {
  const rows = await q.query(
    `select id, site_id, zone_id, kind, expected_interval_s, state, test, fault, last_seen_at from kuzet.devices
     where id = any($1) and removed_at is null order by id for update`,
    [[...ids]],
  );
  return new Map(
    rows.map((row) => [
      row.id as string,
      {
        id: row.id as string,
        siteId: row.site_id as string,
        zoneId: row.zone_id as string | null,
        kind: row.kind as DeviceKind,
        expectedIntervalS: row.expected_interval_s as number,
        state: row.state as DeviceState,
        test: row.test as boolean,
        fault: row.fault as boolean,
        lastSeenMs: row.last_seen_at === null ? null : (row.last_seen_at as Date).getTime(),
        latest: new Map(),
        changed: false,
        clockFaults: 0,
        lateReadings: 0,
      },
    ]),
  );
}

/** Takes over what a reading says: last seen, latest values, test mode and fault. */
export function hear(device: DeviceInHand, reading: ReadingItem, nowMs: number): void {
  const receivedMs = Date.parse(reading.receivedAt);
  const { atMs, believed } = judgedTime(Date.parse(reading.observedAt), receivedMs);
  for (const [metric, value] of Object.entries(reading.values)) {
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
  seen(device, Date.parse(status.at), nowMs, status.online);
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

/** Writes what changed: two statements whatever the number of devices. */
export async function saveDevices(q: Queryable, devices: Iterable<DeviceInHand>): Promise<string[]> {
  const changed = [...devices].filter((device) => device.changed);
  if (changed.length === 0) return [];
  await q.query(
    `update kuzet.devices d set state = t.state, test = t.test, fault = t.fault,
       last_seen_at = to_timestamp(t.seen_ms / 1000)
     from unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::float8[]) as t (id, state, test, fault, seen_ms)
     where d.id = t.id`,
    [
      changed.map((device) => device.id),
      changed.map((device) => device.state),
      changed.map((device) => device.test),
      changed.map((device) => device.fault),
      changed.map((device) => device.lastSeenMs),
    ],
  );
  const values = changed
    .flatMap((device) => [...device.latest].map(([metric, latest]) => ({ id: device.id, metric, ...latest })))
    .sort((a, b) => (a.id < b.id || (a.id === b.id && a.metric < b.metric) ? -1 : 1));
  if (values.length > 0) {
    await q.query(
      `insert into kuzet.latest_values as l (device_id, metric, observed_at, value)
       select id, metric, to_timestamp(at_ms / 1000), value::jsonb
       from unnest($1::text[], $2::text[], $3::float8[], $4::text[]) as t (id, metric, at_ms, value)
       on conflict (device_id, metric) do update set observed_at = excluded.observed_at, value = excluded.value
       where excluded.observed_at >= l.observed_at`,
      [
        values.map((value) => value.id),
        values.map((value) => value.metric),
        values.map((value) => value.atMs),
        values.map((value) => JSON.stringify(value.value)),
      ],
    );
  }
  return changed.map((device) => device.id);
}
