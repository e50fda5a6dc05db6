import type { Queryable } from './ports.ts';

const hourMs = 3_600_000;
/** Past this many devices and hours in a batch, hours alone are noted: a backlog makes them whole anew anyway. */
const mostNotes = 100;

/**
 * Notes the hours of readings that come too late to be aggregated with the others, so that they are aggregated anew
 * (store/aggregation.ts). In the transaction of the readings and AFTER they are inserted: the mark must be read while
 * the transaction already counts as running. The two lists belong together, epoch milliseconds and device ids.
 */
export async function noteLateReadings(
  q: Queryable,
  observedMs: readonly number[],
  devices: readonly string[],
): Promise<void> {
  const [mark] = await q.query<{ late_before: Date | null }>('select late_before from kuzet.aggregation');
  if (!mark?.late_before) return;
  const lateBeforeMs = mark.late_before.getTime();
  const notes = new Map<string, { hourMs: number; device: string | null }>();
  for (let i = 0; i < observedMs.length; i++) {
    const at = observedMs[i] as number;
    if (at >= lateBeforeMs) continue;
    const hour = Math.floor(at / hourMs) * hourMs;
    notes.set(`${hour} ${devices[i]}`, { hourMs: hour, device: devices[i] as string });
  }
  if (notes.size === 0) return;
  let rows = [...notes.values()];
  if (rows.length > mostNotes)
    rows = [...new Set(rows.map((note) => note.hourMs))].map((hour) => ({ hourMs: hour, device: null }));
  await q.query(
    `insert into kuzet.late_readings (hour, device_id, noted_at)
     select to_timestamp(hour_ms / 1000), device_id, now() from unnest($1::float8[], $2::text[]) as t (hour_ms, device_id)`,
    [rows.map((note) => note.hourMs), rows.map((note) => note.device)],
  );
}
