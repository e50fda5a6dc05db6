import type { DeadLetter, DeadLetterCounts, DeadLetterFilter } from '@kuzet/contracts/dead-letter.ts';
import { deadLetterClass } from '../domain/dead-letter-class.ts';
import type { Queryable, Row } from './database.ts';
import { defaultPageSize, isoOrNull, type PageOf, type PageQuery, toPage } from './paging.ts';

/** Something that came and could not be used, kept with the reason until a person has looked at it. */
export interface NewDeadLetter {
  edgeId: string;
  at: Date;
  topic: string;
  reason: string;
  payload: Uint8Array;
  /** Bytes as it came; more than were kept when it was cut. */
  payloadBytes: number;
}

/** What came of a letter: null while nobody knows. */
export interface ReplayOutcome {
  id: string;
  taken: boolean;
  reason: string | null;
}

export interface DeadLetterStore {
  add(q: Queryable, letters: readonly NewDeadLetter[]): Promise<void>;
  /** Newest first. */
  list(query: DeadLetterFilter & PageQuery): Promise<PageOf<DeadLetter>>;
  get(id: string): Promise<DeadLetter | null>;
  byIds(ids: readonly string[]): Promise<DeadLetter[]>;
  /** Of those that the filter fits and that were not taken yet, the oldest `limit`, and how many more there are. */
  replayable(filter: DeadLetterFilter, limit: number): Promise<{ letters: DeadLetter[]; more: number }>;
  /** Marks letters as being replayed; of two that ask at once one gets a letter. @returns the ids that it got. */
  claim(ids: readonly string[], at: Date, force: boolean): Promise<string[]>;
  settle(outcomes: readonly ReplayOutcome[]): Promise<void>;
  /** Nothing left the hub: the letters are as they were before the claim. */
  unclaim(ids: readonly string[]): Promise<void>;
  counts(filter: DeadLetterFilter): Promise<DeadLetterCounts>;
  count(): Promise<number>;
  /** Deletes what came before `before`. */
  prune(before: Date): Promise<void>;
}

/** What a sensor can no longer be asked again: anything the hub itself refused of an uplink. */
const notOfSensor = `topic like 'kuzet/v1/uplink/%' or topic like 'kuzet/v1/edge/%'`;
const topicsCounted = 50;

/** @param keep one mad sensor must not fill the disk: beyond this many the oldest go. */
export function createDeadLetterStore(db: Queryable, { keep = 100_000 }: { keep?: number } = {}): DeadLetterStore {
  return {
    async add(q, letters) {
      if (letters.length === 0) return;
      await q.query(
        `insert into kuzet.dead_letters (edge_id, at, topic, reason, payload, payload_bytes, class)
         select edge_id, at::timestamptz, topic, reason, decode(payload, 'base64'), payload_bytes, class
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[])
           as t (edge_id, at, topic, reason, payload, payload_bytes, class)`,
        [
          letters.map((letter) => letter.edgeId),
          letters.map((letter) => letter.at.toISOString()),
          letters.map((letter) => letter.topic),
          letters.map((letter) => letter.reason),
          letters.map((letter) => Buffer.from(letter.payload).toString('base64')),
          letters.map((letter) => letter.payloadBytes),
          letters.map((letter) => deadLetterClass(letter.topic, letter.reason)),
        ],
      );
      await q.query('delete from kuzet.dead_letters where id < (select max(id) from kuzet.dead_letters) - $1::bigint', [
        keep,
      ]);
    },
    async list({ limit = defaultPageSize, cursor, ...filter }) {
      const { where, params } = fits(filter);
      const rows = await db.query(
        `select * from kuzet.dead_letters where ${where} and id < $${params.length + 1}::bigint
         order by id desc limit $${params.length + 2}`,
        [...params, cursor ?? '9223372036854775807', limit + 1],
      );
      return toPage(rows, limit, toLetter, (row) => String(row.id));
    },
    async get(id) {
      const [row] = await db.query('select * from kuzet.dead_letters where id = $1::bigint', [id]);
      return row ? toLetter(row) : null;
    },
    async byIds(ids) {
      const rows = await db.query('select * from kuzet.dead_letters where id = any($1::bigint[]) order by id', [ids]);
      return rows.map(toLetter);
    },
    async replayable(filter, limit) {
      const { where, params } = fits(filter);
      const rows = await db.query(
        `select *, count(*) over () as n from kuzet.dead_letters
         where ${where} and (replayed_at is null or replay = 'refused') and payload_bytes = octet_length(payload)
           and not (${notOfSensor})
         order by replayed_at nulls first, id limit $${params.length + 1}`,
        [...params, limit],
      );
      return { letters: rows.map(toLetter), more: rows.length === 0 ? 0 : Number(rows[0]?.n) - rows.length };
    },
    async claim(ids, at, force) {
      const rows = await db.query<{ id: string }>(
        `update kuzet.dead_letters set replayed_at = $2, replay = null, replay_reason = null
         where id = any($1::bigint[]) and ($3::bool or replayed_at is null or replay = 'refused') returning id`,
        [ids, at, force],
      );
      return rows.map(({ id }) => String(id));
    },
    async settle(outcomes) {
      await db.query(
        `update kuzet.dead_letters d set replay = case when t.taken then 'taken' else 'refused' end,
           replay_reason = t.reason
         from unnest($1::bigint[], $2::bool[], $3::text[]) as t (id, taken, reason) where d.id = t.id`,
        [outcomes.map(({ id }) => id), outcomes.map(({ taken }) => taken), outcomes.map(({ reason }) => reason)],
      );
    },
    async unclaim(ids) {
      await db.query('update kuzet.dead_letters set replayed_at = null where id = any($1::bigint[])', [ids]);
    },
    async counts(filter) {
      const { where, params } = fits(filter);
      const by = (name: string, limit: number) =>
        db.query<{ name: string; n: string; replayed: string }>(
          `select ${name} as name, count(*) as n, count(*) filter (where replay = 'taken') as replayed
           from kuzet.dead_letters where ${where} group by 1 order by 2 desc, 1 limit ${limit}`,
          params,
        );
      const toCounts = (rows: { name: string; n: string; replayed: string }[]) =>
        rows.map(({ name, n, replayed }) => ({ name, n: Number(n), replayed: Number(replayed) }));
      const prefix = `split_part(topic, '/', 1) || case when topic like '%/%' then '/' || split_part(topic, '/', 2) else '' end`;
      const byReason = toCounts(await by('class', 100));
      return {
        total: byReason.reduce((sum, { n }) => sum + n, 0),
        byReason,
        byEdge: toCounts(await by('edge_id', topicsCounted)),
        byTopic: toCounts(await by(prefix, topicsCounted)),
      };
    },
    async count() {
      const [row] = await db.query<{ n: string }>('select count(*) as n from kuzet.dead_letters');
      return Number(row?.n ?? 0);
    },
    async prune(before) {
      await db.query('delete from kuzet.dead_letters where at < $1', [before]);
    },
  };
}

function fits({ reason, edgeId, topic, from, to }: DeadLetterFilter): { where: string; params: unknown[] } {
  const params: unknown[] = [];
  const where = ['true'];
  const add = (clause: (place: string) => string, value: unknown) => {
    if (value !== undefined) where.push(clause(`$${params.push(value)}`));
  };
  add((place) => `class = ${place}`, reason);
  add((place) => `edge_id = ${place}`, edgeId);
  add((place) => `starts_with(topic, ${place})`, topic);
  add((place) => `at >= ${place}::timestamptz`, from);
  add((place) => `at < ${place}::timestamptz`, to);
  return { where: where.join(' and '), params };
}

function toLetter(row: Row): DeadLetter {
  const payload = Buffer.from(row.payload as Uint8Array);
  const topic = row.topic as string;
  const bytes = row.payload_bytes as number;
  return {
    id: String(row.id),
    edgeId: row.edge_id as string,
    at: (row.at as Date).toISOString(),
    topic,
    class: row.class as DeadLetter['class'],
    reason: row.reason as string,
    payloadBase64: payload.toString('base64'),
    payloadBytes: bytes,
    replayObstacle: /^kuzet\/v1\/(uplink|edge)\//.test(topic)
      ? 'not-of-a-sensor'
      : bytes > payload.length
        ? 'cut'
        : null,
    replayedAt: isoOrNull(row.replayed_at),
    replay: row.replay as DeadLetter['replay'],
    replayReason: row.replay_reason as string | null,
  };
}
