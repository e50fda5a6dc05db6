import { AsyncLocalStorage } from 'node:async_hooks';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { lockFolder } from '@kuzet/lib/folder-lock.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { type PreparedRows, prepareRows } from './appended-rows.ts';
import { isArrayParam } from './binary-array.ts';
import type { Database, Queryable, Row, Transaction } from './database.ts';
import { DatabaseError } from './database-error.ts';
import { layOutEmptyDatabase } from './lay-out-empty-database.ts';
import type { PgliteAnswer, PgliteFault, PgliteRequest } from './pglite-rpc.ts';

/** A request before it has its number. */
type Ask = PgliteRequest extends infer R ? (R extends PgliteRequest ? Omit<R, 'id'> : never) : never;

/** Beside the bundles; from source there is none, and PGlite makes its own. */
const emptyDatabase = fileURLToPath(new URL('../empty-database', import.meta.url));

/**
 * PGlite in a worker thread over a folder. One connection: a transaction has it to itself until it ends, and what comes
 * meanwhile waits its turn. A commit is on the disk when it resolves.
 * @throws StartError when the folder cannot be written, is another process's, or is no database.
 */
export async function openPgliteDatabase({ folder, log }: { folder: string; log: Log }): Promise<Database> {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new StartError(
      `The data folder ${folder} cannot be written (${(cause as NodeJS.ErrnoException).code}). Give this user write permission, or name another folder with KUZET_DATA_DIR.`,
      { cause },
    );
  }
  const unlock = lockFolder({
    folder,
    file: 'hub.lock',
    inUse: (pid) =>
      `The data folder ${folder} is in use by process ${pid}, another Kuzet hub. Stop that one, or give this one a folder of its own with KUZET_DATA_DIR.`,
  });
  layOutEmptyDatabase(emptyDatabase, `${folder}/pg`);
  const thread = createThread(`${folder}/pg`, log);
  let description: string;
  try {
    description = await thread.open();
  } catch (cause) {
    unlock();
    if (!(cause instanceof DatabaseError)) throw cause;
    throw new StartError(
      `The database in ${folder} cannot be opened: ${(cause as Error).message}. If a disk fault damaged it, put back a backup of that folder, or move it away to begin with an empty one.`,
      { cause },
    );
  }

  const insideTransaction = new AsyncLocalStorage<boolean>();
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (insideTransaction.getStore()) {
      // It would wait for the transaction that waits for it.
      return Promise.reject(new Error('use the transaction, not the database, inside a transaction'));
    }
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const query = async <T extends Row>(sql: string, params: readonly unknown[] = []) =>
    (await thread.ask({ op: 'query', sql, params: params.map(toDriver) })) as T[];
  const script = async (sql: string) => void (await thread.ask({ op: 'script', sql }));

  return {
    description,
    timescale: false,
    query: (sql, params) => inTurn(() => query(sql, params)),
    script: (sql) => inTurn(() => script(sql)),
    rows: (table, columns) => prepareRows(table, columns, false),
    transaction: (work) =>
      inTurn(async () => {
        await script('begin');
        const life = thread.life();
        let over = false;
        const same = () => {
          if (over) throw new DatabaseError('the transaction is over', null);
          // What went before died with its thread: what follows must not be kept alone.
          if (thread.life() !== life) throw new DatabaseError('the database thread died in the transaction', null);
        };
        const queryInside: Queryable['query'] = async (sql, params) => {
          same();
          return query(sql, params);
        };
        try {
          const append: Transaction['append'] = async (rows) => {
            const { count, sql, params } = rows as PreparedRows & { copy: null };
            if (count > 0) await queryInside(sql, params);
          };
          const result = await insideTransaction.run(true, () => work({ query: queryInside, append }));
          same();
          over = true;
          // The first refuses where a statement had failed: the COMMIT by itself would roll back and say nothing.
          await script('select 1; commit');
          return result;
        } catch (cause) {
          over = true;
          if (thread.life() === life)
            await script('rollback').catch((err: unknown) => log.warn({ err }, 'rollback failed'));
          throw cause;
        }
      }),
    async close() {
      await turn;
      await thread.close();
      unlock();
    },
  };
}

/** The worker, its questions in flight, and a new one should it die. */
function createThread(folder: string, log: Log) {
  let worker: Worker | null = null;
  let opened: Promise<string> | null = null;
  let nextId = 1;
  let closing = false;
  let life = 0;
  const waiting = new Map<number, { resolve: (rows: Row[]) => void; reject: (cause: Error) => void }>();

  function start(): Promise<string> {
    const created = createWorker(folder);
    worker = created;
    return new Promise((resolve, reject) => {
      let refused = false;
      let lastError: Error = new Error('the database thread stopped');
      created.on('message', (message: PgliteAnswer) => {
        if ('ready' in message) return resolve(message.ready);
        if ('refused' in message) {
          refused = true;
          return reject(toError(message.refused));
        }
        const asked = waiting.get(message.id);
        waiting.delete(message.id);
        if ('error' in message) asked?.reject(toError(message.error));
        else asked?.resolve(message.rows);
      });
      created.on('error', (cause) => {
        lastError = cause;
      });
      created.on('exit', () => {
        life += 1;
        worker = null;
        opened = null;
        reject(lastError);
        if (!closing && !refused) log.error({ err: lastError }, 'database thread died; it is started again');
        for (const { reject: fail } of waiting.values())
          fail(new DatabaseError(lastError.message, null, { cause: lastError }));
        waiting.clear();
      });
    });
  }
  const open = () => (opened ??= start());

  async function ask(request: Ask): Promise<Row[]> {
    await open();
    const id = nextId++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker?.postMessage({ ...request, id });
    });
  }
  return {
    open,
    ask,
    /** Another number once a worker has died. */
    life: () => life,
    async close() {
      if (!worker) return;
      closing = true;
      await ask({ op: 'close' });
      await worker?.terminate();
    },
  };
}

/** In the bundle the worker stands beside it as JavaScript; from source it is TypeScript, which a worker must be taught. */
function createWorker(folder: string): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./pglite-worker.js', import.meta.url), { workerData: { folder } });
  }
  // tsx does not reach into worker threads by --import on Node.js 20 (ERR_UNKNOWN_FILE_EXTENSION).
  const source = new URL('./pglite-worker.ts', import.meta.url).href;
  const teach = import.meta.resolve('tsx/esm/api');
  const script = `import(${JSON.stringify(teach)}).then(({ register }) => { register(); return import(${JSON.stringify(source)}); })`;
  return new Worker(script, { eval: true, workerData: { folder } });
}

/** PGlite writes arrays by the type of the parameter, as text. */
const toDriver = (param: unknown): unknown => (isArrayParam(param) ? param.values : param);

const toError = ({ message, code, detail }: PgliteFault) =>
  new DatabaseError(detail ? `${message} (${detail})` : message, code ?? null);
