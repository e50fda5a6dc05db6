import type { Readings } from '@kuzet/contracts/api.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Queryable, Row } from './database.ts';
import { toPage } from './paging.ts';
import { type BucketLevel, chooseStep, floorTo, type Step } from './reading-levels.ts';

export interface ReadingQuery {
  deviceId: string;
  metric: string;
  /** RFC 3339, inclusive; 24 hours before `to` when left out. */
  from?: string | undefined;
  /** RFC 3339, exclusive; now when left out. */
  to?: string | undefined;
  /** Left out: the finest that fits into `maxPoints`. */
  bucket?: 'raw' | BucketLevel | undefined;
  maxPoints?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}
type RawPage = Extract<Readings, { stepS: null }>;
type BucketPage = Extract<Readings, { stepS: number }>;
type RawReading = RawPage['items'][number];
type BucketReading = BucketPage['items'][number];

export interface ReadingStore {
  /**
   * Oldest first. Buckets are whole, in UTC, and hold numbers and yes/no only.
   * @throws RangeError for a cursor that this store did not give, and for `maxPoints` of raw readings.
   */
  read(query: ReadingQuery): Promise<Readings>;
}

const defaultLimit = 1000;
/** More than a screen of 4K has columns to draw a trend with. */
const defaultMaxPoints = 2000;
const dayMs = 24 * 3600_000;
/** More than maxPoints can be. */
const mostBuckets = 20_000;

interface Span {
  deviceId: string;
  metric: string;
  from: Date;
  to: Date;
  limit: number;
  /** Rows at `from` that earlier pages gave: readings have no key, so a place is a time and a count. */
  skip: number;
}

/** @param minuteDays how long minutes are kept; null: for ever. */
export function createReadingStore(
  db: Queryable,
  clock: Clock,
  { minuteDays }: { minuteDays: number | null },
): ReadingStore {
  /** Readings as they came where they fit, else buckets that do; these say at the same time how many there are. */
  async function choose(span: Span, maxPoints: number): Promise<Readings> {
    const spanMs = span.to.getTime() - span.from.getTime();
    const buckets = await readMerged(db, span, chooseStep({ spanMs, maxPoints, finest: finestSince(span.from) }));
    const numbers = buckets.items.reduce((sum, { n }) => sum + n, 0);
    if (numbers > maxPoints) return buckets;
    const [row] = await db.query<{ raw_from: Date | null }>('select raw_from from kuzet.aggregation');
    if (row?.raw_from && span.from < row.raw_from && numbers > 0) return buckets;
    const raw = await readRaw(db, { ...span, limit: maxPoints });
    // Words have no average: nothing but pages of them can be given.
    return raw.nextCursor === null || numbers === 0 ? raw : buckets;
  }

  /** Where minutes are gone already, hours tell of it. */
  function finestSince(from: Date): BucketLevel {
    return minuteDays !== null && from.getTime() < clock.now() - minuteDays * dayMs ? '1h' : '1m';
  }

  return {
    async read({ deviceId, metric, bucket, maxPoints, limit, ...query }) {
      const to = query.to ? new Date(query.to) : new Date(clock.now());
      const start = query.from ? new Date(query.from) : new Date(to.getTime() - dayMs);
      const { from, skip } = query.cursor ? parseCursor(query.cursor) : { from: start, skip: 0 };
      const span = { deviceId, metric, from, to, limit: limit ?? defaultLimit, skip };
      if (bucket === 'raw' && maxPoints !== undefined)
        throw new RangeError('raw readings come in pages: give limit, or a bucket with maxPoints');
      if (bucket === 'raw' || (bucket === undefined && query.cursor)) return readRaw(db, span);
      if (bucket === undefined)
        return choose(span, Math.max(2, Math.min(maxPoints ?? defaultMaxPoints, limit ?? Infinity)));
      if (maxPoints === undefined) return readPage(db, bucket, span);
      const spanMs = to.getTime() - from.getTime();
      return readMerged(db, span, chooseStep({ spanMs, maxPoints, finest: bucket }));
    },
  };
}

async function readRaw(db: Queryable, span: Span): Promise<RawPage> {
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
  const page = toPage(
    rows,
    limit,
    (row) => toRaw(row, latest?.type === 'boolean'),
    (last) => {
      const given = rows.slice(0, limit).filter((row) => timeOf(row) === timeOf(last)).length;
      return `${timeOf(last)}.${timeOf(last) === from.getTime() ? skip + given : given}`;
    },
  );
  return { bucket: 'raw', stepS: null, ...page };
}

const merged = (table: string) =>
  `select date_bin(make_interval(secs => $5), bucket, '2001-01-01T00:00:00Z'::timestamptz) as bucket, sum(n)::bigint as n,
     sum(sum) / sum(n)::bigint as avg, min(min) as min, max(max) as max, (array_agg(last order by bucket desc))[1] as last
   from ${table} where device_id = $1 and metric = $2 and bucket >= $3 and bucket < $4 group by 1 order by 1`;
const tables: Record<BucketLevel, string> = {
  '1m': 'kuzet.readings_1m',
  '1h': 'kuzet.readings_1h',
  '1d': 'kuzet.readings_1h',
};
const stepsS: Record<BucketLevel, number> = { '1m': 60, '1h': 3600, '1d': 86_400 };

async function readMerged(db: Queryable, span: Span, { level, stepS }: Step): Promise<BucketPage> {
  const { deviceId, metric, from, to } = span;
  if (stepS === stepsS[level]) return readPage(db, level, { ...span, limit: mostBuckets });
  const rows = await db.query(merged(tables[level]), [deviceId, metric, floorTo(from, stepS), to, stepS]);
  return { bucket: level, stepS, items: rows.map(toBucket), nextCursor: null };
}

async function readPage(db: Queryable, level: BucketLevel, span: Span): Promise<BucketPage> {
  const { deviceId, metric, from, to, limit } = span;
  const stepS = stepsS[level];
  const params = [deviceId, metric, floorTo(from, stepS), to];
  const rows =
    level === '1d'
      ? await db.query(`${merged(tables[level])} limit $6`, [...params, stepS, limit + 1])
      : await db.query(
          `select bucket, n, avg, min, max, last from ${tables[level]}
           where device_id = $1 and metric = $2 and bucket >= $3 and bucket < $4 order by bucket limit $5`,
          [...params, limit + 1],
        );
  // The next page begins where its first bucket does, which this page did not give.
  const page = toPage(rows, limit, toBucket, () => `${(rows[limit]!.bucket as Date).getTime()}.0`);
  return { bucket: level, stepS, ...page };
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
