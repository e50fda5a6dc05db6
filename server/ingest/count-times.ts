import type { DeviceInHand } from './device-state.ts';
import type { Queryable } from './ports.ts';

/** Adds to each device's figures of readings with an impossible time, and of readings held back. Most batches have none. */
export async function countTimes(q: Queryable, devices: Iterable<DeviceInHand>): Promise<void> {
  const odd = [...devices].filter(({ clockFaults, lateReadings }) => clockFaults > 0 || lateReadings > 0);
  if (odd.length === 0) return;
  await q.query(
    `update kuzet.devices d set clock_faults = d.clock_faults + t.clock_faults,
       late_readings = d.late_readings + t.late_readings
     from unnest($1::text[], $2::int[], $3::int[]) as t (id, clock_faults, late_readings) where d.id = t.id`,
    [odd.map(({ id }) => id), odd.map(({ clockFaults }) => clockFaults), odd.map(({ lateReadings }) => lateReadings)],
  );
}
