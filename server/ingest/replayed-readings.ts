import type { ReadingItem } from '@kuzet/contracts/uplink.ts';
import type { Queryable } from './ports.ts';

/**
 * Leaves out of replayed readings what is stored already: a letter sent twice, or one whose sound part was taken when it
 * came. The same device, metric, value, own time and time of receipt, which a replay keeps, are the same reading.
 */
export async function withoutStored(q: Queryable, readings: readonly ReadingItem[]): Promise<readonly ReadingItem[]> {
  const replayed = readings.filter((reading) => reading.replayed);
  if (replayed.length === 0) return readings;
  const values = replayed.flatMap((reading) =>
    Object.entries(reading.values).map(([metric, value]) => ({ reading, metric, value })),
  );
  const rows = await q.query<{ n: string }>(
    `select n from unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::float8[], $6::text[])
       with ordinality as t (device_id, metric, observed_ms, received_ms, value, text_value, n)
     where exists (select from kuzet.readings r where r.device_id = t.device_id and r.metric = t.metric
       and r.observed_at = to_timestamp(t.observed_ms / 1000) and r.received_at = to_timestamp(t.received_ms / 1000)
       and r.value is not distinct from t.value and r.text_value is not distinct from t.text_value)`,
    [
      values.map(({ reading }) => reading.device),
      values.map(({ metric }) => metric),
      values.map(({ reading }) => Date.parse(reading.observedAt)),
      values.map(({ reading }) => Date.parse(reading.receivedAt)),
      values.map(({ value }) => (typeof value === 'string' ? null : Number(value))),
      values.map(({ value }) => (typeof value === 'string' ? value : null)),
    ],
  );
  const stored = new Set(rows.map(({ n }) => Number(n) - 1));
  const left = new Map<ReadingItem, ReadingItem['values']>();
  for (const [index, { reading, metric, value }] of values.entries()) {
    if (!stored.has(index)) left.set(reading, { ...left.get(reading), [metric]: value });
  }
  return readings.flatMap((reading) => {
    if (!reading.replayed) return [reading];
    const kept = left.get(reading);
    return kept ? [{ ...reading, values: kept }] : [];
  });
}
