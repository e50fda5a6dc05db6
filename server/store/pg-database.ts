import type { Writable } from 'node:stream';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { together } from '@kuzet/lib/together.ts';
import pg from 'pg';
import { type PreparedRows, prepareRows } from './appended-rows.ts';
import { encodeArray, isArrayParam } from './binary-array.ts';
import { CopyQuery } from './copy-query.ts';
import type { Database, Queryable, Row, Transaction } from './database.ts';
import { DatabaseError } from './database-error.ts';
import { createWriteTogether } from './write-together.ts';

/** Enough for the pipeline, the dispatch worker and people's requests side by side; PostgreSQL allows 100 by default. */
const maxConnections = 10;
const connectTimeoutMs = 5_000;
/** Statements are constants of this program; past this many, one must be built of data and is not worth keeping. */
const maxPrepared = 300;

/**
 * A PostgreSQL server through a pool. A connection that breaks is replaced at the next call; calls fail meanwhile and
 * their callers try again.
 * @throws StartError naming host, port and what to check when the server cannot be used.
 */
export async function openPgDatabase({ url, log }: { url: string; log: Log }): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'kuzet-hub',
    keepAlive: true,
    // Statements asked for together go out together, and are answered in their order.
    pipeline: true,
  });
  // Not the error itself: the pool hangs the whole connection on it.
  pool.on('error', (cause) =>
    log.warn({ why: cause.message }, 'an idle database connection broke; it is replaced when needed'),
  );
  // A connection may break while the pool hands it over, when neither pool nor caller listens: without this the process
  // would end. Whoever has it learns at the next statement.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    // The planner thinks a look at the whole city dear enough to compile it, which takes half a second; the look takes
    // a twentieth. It goes out before the first statement; where it fails the connection is broken, and that one tells.
    client
      .query('set jit = off')
      .catch((cause: Error) => log.debug({ why: cause.message }, 'JIT stays as the server has it'));
  });

  const names = new Map<string, string>();
  const nameOf = (sql: string): string | undefined => {
    const known = names.get(sql);
    if (known || names.size >= maxPrepared) return known;
    const name = `k${names.size}`;
    names.set(sql, name);
    return name;
  };
  const run = async <T extends Row>(on: pg.Pool | pg.PoolClient, sql: string, params?: readonly unknown[]) => {
    try {
      if (!params) return (await on.query<T>(sql)).rows;
      const name = nameOf(sql);
      return (await on.query<T>({ ...(name ? { name } : {}), text: sql, values: params.map(toDriver) })).rows;
    } catch (cause) {
      throw toError(cause);
    }
  };

  let version: string;
  let timescale: string | null;
  try {
    [version, timescale] = await greet((sql) => run(pool, sql), log);
  } catch (cause) {
    await pool.end();
    throw new StartError(explain(url, cause as Error), { cause });
  }

  return {
    description: `PostgreSQL ${version}${timescale ? `, TimescaleDB ${timescale}` : ''}`,
    timescale: timescale !== null,
    query: (sql, params = []) => run(pool, sql, params),
    script: async (sql) => void (await run(pool, sql)),
    rows: (table, columns) => prepareRows(table, columns, true),
    async transaction(work) {
      const client = await pool.connect().catch((cause: unknown) => {
        throw toError(cause);
      });
      let broken = false;
      const onBroken = () => {
        broken = true;
      };
      client.on('error', onBroken);
      const { before, after } = createWriteTogether(streamOf(client));
      const runTogether = <T extends Row>(sql: string, params?: readonly unknown[]): Promise<T[]> => {
        before();
        const rows = run<T>(client, sql, params);
        after();
        return rows;
      };
      let over = false;
      const queryInside: Queryable['query'] = async (sql, params = []) => {
        // It would stand by itself, and stay when the rest is rolled back.
        if (over) throw new DatabaseError('the transaction is over', null);
        return runTogether(sql, params);
      };
      const append: Transaction['append'] = async (rows) => {
        const prepared = rows as PreparedRows;
        if (prepared.count === 0) return;
        if (prepared.copy === null) await queryInside(prepared.sql, prepared.params);
        else if (over) throw new DatabaseError('the transaction is over', null);
        else await copyIn(client, prepared.copy, prepared.data);
      };
      try {
        const [, result] = await together([runTogether('begin'), work({ query: queryInside, append })]);
        over = true;
        await commit(client);
        return result;
      } catch (cause) {
        over = true;
        await run(client, 'rollback').catch(onBroken);
        throw cause;
      } finally {
        client.off('error', onBroken);
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

/** PostgreSQL answers the COMMIT of a transaction in which a statement failed with ROLLBACK, and with no error. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((cause: unknown) => {
    throw toError(cause);
  });
  if (command !== 'COMMIT') throw new DatabaseError('a statement had failed: nothing was committed', null);
}

const copyIn = (client: pg.PoolClient, sql: string, data: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    client.query(new CopyQuery(sql, data, (cause) => (cause ? reject(toError(cause)) : resolve())));
  });

/** pg keeps it to itself. */
const streamOf = (client: pg.PoolClient): Writable =>
  (client as unknown as { connection: { stream: Writable } }).connection.stream;

/** pg sends a Buffer in binary, and PostgreSQL then reads it as the binary form of the parameter's type. */
const toDriver = (param: unknown): unknown => (isArrayParam(param) ? encodeArray(param) : param);

/** Version, and TimescaleDB's version where it is or can be switched on. */
async function greet(query: (sql: string) => Promise<Row[]>, log: Log): Promise<[string, string | null]> {
  const [server] = await query(
    `select current_setting('server_version') as v, has_database_privilege(current_database(), 'create') as may_create`,
  );
  if (server?.may_create !== true) throw new DatabaseError('this user may not create schemas there', '42501');
  const readExtension = async () =>
    (await query(`select installed_version as v from pg_available_extensions where name = 'timescaledb'`)) as {
      v: string | null;
    }[];
  let [extension] = await readExtension();
  if (extension && extension.v === null) {
    try {
      await query('create extension if not exists timescaledb');
      [extension] = await readExtension();
    } catch (cause) {
      log.warn(
        { why: (cause as Error).message },
        'TimescaleDB is installed on the server but cannot be switched on in this database; going on without. ' +
          'Check that shared_preload_libraries holds timescaledb; then the owner of the database or a superuser can ' +
          'run: create extension timescaledb',
      );
    }
  }
  return [String(server?.v).split(' ')[0] ?? '', extension?.v ?? null];
}

function toError(cause: unknown): DatabaseError {
  const { message, code, detail } = cause as { message?: string; code?: string; detail?: string };
  const sqlState = code && /^[0-9A-Z]{5}$/.test(code) ? code : null;
  const text = message || code || 'no answer';
  return new DatabaseError(detail ? `${text} (${detail})` : text, sqlState, { cause });
}

/** The password stays out of it. */
function explain(url: string, cause: Error): string {
  let where = 'the server of KUZET_DATABASE_URL';
  try {
    const { hostname, port, pathname, username } = new URL(url);
    where = `database ${pathname.slice(1) || username} at ${hostname}:${port || 5432}`;
  } catch {
    return 'KUZET_DATABASE_URL is not an address of the form postgres://user:password@host:5432/database.';
  }
  const state = cause instanceof DatabaseError ? cause.sqlState : null;
  const next =
    state?.startsWith('28') === true
      ? 'Check user and password in KUZET_DATABASE_URL.'
      : state === '3D000'
        ? 'Create that database, or name another in KUZET_DATABASE_URL.'
        : state === '42501'
          ? 'Give that user the right to create in the database.'
          : 'Check that the server runs there and that host and port in KUZET_DATABASE_URL are right; leave it unset for the embedded database.';
  return `PostgreSQL cannot be used: ${where}: ${cause.message}. ${next}`;
}
