import type { ReadingItem } from '@kuzet/contracts/uplink.ts';
import { together } from '@kuzet/lib/together.ts';
import type { ArrayParam } from '../store/database.ts';
import { noteLateReadings } from './note-late-readings.ts';
import { judgedTime, timeMs } from './observed-time.ts';
import type { Queryable } from './ports.ts';

// One statement whatever the number of rows, so that it is prepared once; arrays beat VALUES lists and, sent in binary,
// come within reach of COPY.
const statement = `
  insert into kuzet.readings (observed_at, received_at, device_id, metric, value, text_value, quality)
  select to_timestamp(observed_ms / 1000), to_timestamp(received_ms / 1000), device_id, metric, value, text_value, quality
  from unnest($1::float8[], $2::float8[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[])
    as t (observed_ms, received_ms, device_id, metric, value, text_value, quality)`;

/**
 * Stores every value of the readings as a row: yes/no as 1 and 0, words apart. `observed_at` is the device's word even
 * where it cannot be true; `quality` then says `clock`.
 * @returns the number of rows.
 */
export async function insertReadings(q: Queryable, readings: readonly ReadingItem[]): Promise<number> {
  const observedMs: number[] = [];
  const receivedMs: number[] = [];
  const devices: string[] = [];
  const metrics: string[] = [];
  const values: (number | null)[] = [];
  const words: (string | null)[] = [];
  const qualities: string[] = [];
  for (const { device, observedAt, receivedAt, values: byMetric } of readings) {
    const observed = timeMs(observedAt);
    const received = timeMs(receivedAt);
    const quality = judgedTime(observed, received).believed ? 'good' : 'clock';
    for (const metric in byMetric) {
      const value = byMetric[metric]!;
      observedMs.push(observed);
      receivedMs.push(received);
      devices.push(device);
      metrics.push(metric);
      values.push(typeof value === 'string' ? null : Number(value));
      words.push(typeof value === 'string' ? value : null);
      qualities.push(quality);
    }
  }
  if (devices.length > 0) {
    const inserted = q.query(statement, [
      { arrayOf: 'float8', values: observedMs },
      { arrayOf: 'float8', values: receivedMs },
      { arrayOf: 'text', values: devices },
      { arrayOf: 'text', values: metrics },
      { arrayOf: 'float8', values },
      { arrayOf: 'text', values: words },
      { arrayOf: 'text', values: qualities },
    ] satisfies ArrayParam[]);
    await together([inserted, noteLateReadings(q, observedMs, devices)]);
  }
  return devices.length;
}
