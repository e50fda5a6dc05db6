import type { ReadingItem } from '@kuzet/contracts/uplink.ts';
import { together } from '@kuzet/lib/together.ts';
import type { Rows } from '../store/database.ts';
import { noteLateReadings } from './note-late-readings.ts';
import { judgedTime, timeMs } from './observed-time.ts';
import type { Database, Transaction } from './ports.ts';

/** Every value of some readings as a row. */
export interface ReadingRows {
  readonly rows: Rows;
  readonly observedMs: readonly number[];
  readonly devices: readonly string[];
}

/**
 * Every value of the readings as a row: yes/no as 1 and 0, words apart. `observed_at` is the device's word even where it
 * cannot be true; `quality` then says `clock`.
 */
export function toReadingRows(database: Pick<Database, 'rows'>, readings: readonly ReadingItem[]): ReadingRows {
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
  const rows = database.rows('kuzet.readings', [
    { name: 'observed_at', type: 'timestamptz', values: observedMs },
    { name: 'received_at', type: 'timestamptz', values: receivedMs },
    { name: 'device_id', type: 'text', values: devices },
    { name: 'metric', type: 'text', values: metrics },
    { name: 'value', type: 'float8', values },
    { name: 'text_value', type: 'text', values: words },
    { name: 'quality', type: 'text', values: qualities },
  ]);
  return { rows, observedMs, devices };
}

/** @returns the number of rows. */
export async function insertReadings(tx: Transaction, { rows, observedMs, devices }: ReadingRows): Promise<number> {
  if (rows.count > 0) await together([tx.append(rows), noteLateReadings(tx, observedMs, devices)]);
  return rows.count;
}
