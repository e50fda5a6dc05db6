import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Queryable, Row } from './database.ts';
import { type PageOf, toPage } from './paging.ts';

export interface ReadingQuery {
  deviceId: string;
  metric: string;
  /** RFC 3339, inclusive; 24 hours before `to` when left out. */
  from?: string | undefined;
  /** RFC 3339, exclusive; now when left out. */
  to?: string | undefined;
  bucket?: 'raw' | '1m' | '1h' | '1d' | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}
export interface RawReading {
  observedAt: string;
  value: MetricValue;
  quality: string;
}
export interface BucketReading {
  bucket: string;
  n: number;
  avg: number;
  min: number;
  max: number;
  last: number;
}
export interface ReadingStore {
  /**
   * Oldest first. Buckets are whole minutes, hours and days in UTC and hold numeric readings only; a bucket that `from`
   * or `to` cuts holds what lies between them.
   * @throws RangeError for a cursor that this store did not give.
   */
  read(query: ReadingQuery): Promise<PageOf<RawReading> | PageOf<BucketReading>>;
}

const defaultLimit = 1000;
const defaultSpanMs = 24 * 3600_000;
const units = { '1m': 'minute', '1h': 'hour', '1d': 'day' } as const;

interface Span {
  deviceId: string;
  metric: string;
  from: Date;
  to: Date;
  limit: number;
  /** Rows at `from` that earlier pages gave: readings have no key, so a place is a time and a count. */
  skip: number;
}

export function createReadingStore(db: Queryable, clock: Clock): ReadingStore {
  return {
    read({ deviceId, metric, bucket = 'raw', limit = defaultLimit, ...query }) {
      const to = query.to ? new Date(query.to) : new Date(clock.now());
      const start = query.from ? new Date(query.from) : new Date(to.getTime() - defaultSpanMs);
      const { from, skip } = query.cursor ? parseCursor(query.cursor) : { from: start, skip: 0 };
      const span = { deviceId, metric, from, to, limit, skip };
      return bucket === 'raw' ? readRaw(db, span) : readBuckets(db, units[bucket], span);
    },
  };
}

async function readRaw(db: Queryable, span: Span): Promise<PageOf<RawReading>> {
  const { deviceId, metric, from, to, limit, skip } = span;
  const rows = await db.query(
    `select observed_at, value, text_value, quality from kuzet.readings
     where device_id = $1 and metric = $2 and observed_at >= $3 and observed_at < $4
     order by observed_at, received_at, value, text_value limit $5 offset $6`,
    [deviceId, metric, from, to, limit + 1, skip],
  );
  const [latest] = await db.query<{ type: string }>(
    'select jsonb_typeof(value) as type from kuzet.latest_values where device_id = $1 and metric = $2',
    [deviceId, metric],
  );
  const timeOf = (row: Row) => (row.observed_at as Date).getTime();
  return toPage(
    rows,
    limit,
    (row) => toRaw(row, latest?.type === 'boolean'),
    (last) => {
      const given = rows.slice(0, limit).filter((row) => timeOf(row) === timeOf(last)).length;
      return `${timeOf(last)}.${timeOf(last) === from.getTime() ? skip + given : given}`;
    },
  );
}

async function readBuckets(db: Queryable, unit: string, span: Span): Promise<PageOf<BucketReading>> {
  const { deviceId, metric, from, to, limit } = span;
  const rows = await db.query(
    `select date_trunc($5, observed_at, 'UTC') as bucket, count(*) as n, avg(value) as avg, min(value) as min,
       max(value) as max, (array_agg(value order by observed_at desc, received_at desc))[1] as last
     from kuzet.readings
     where device_id = $1 and metric = $2 and observed_at >= $3 and observed_at < $4 and value is not null
     group by 1 order by 1 limit $6`,
    [deviceId, metric, from, to, unit, limit + 1],
  );
  // The next page begins where its first bucket does, which this page did not give.
  return toPage(rows, limit, toBucket, () => `${(rows[limit]!.bucket as Date).getTime()}.0`);
}

function parseCursor(cursor: string): { from: Date; skip: number } {
  const match = /^(-?\d{1,15})\.(\d{1,9})$/.exec(cursor);
  if (!match) throw new RangeError('not a cursor of this list');
  return { from: new Date(Number(match[1])), skip: Number(match[2]) };
}

function toRaw(row: Row, yesNo: boolean): RawReading {
  const value = row.text_value === null ? (row.value as number) : (row.text_value as string);
  return {
    observedAt: (row.observed_at as Date).toISOString(),
    value: yesNo && (value === 0 || value === 1) ? value === 1 : value,
    quality: row.quality as string,
  };
}

const toBucket = (row: Row): BucketReading => ({
  bucket: (row.bucket as Date).toISOString(),
  n: Number(row.n),
  avg: row.avg as number,
  min: row.min as number,
  max: row.max as number,
  last: row.last as number,
});
