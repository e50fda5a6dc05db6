import { fdatasyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import type { Row } from './database.ts';
import type { PgliteAnswer, PgliteFault, PgliteRequest } from './pglite-rpc.ts';

/**
 * The thread that runs PGlite: a query on the hub's own thread would stop its timers and sockets for as long as it runs.
 * Requests are served one at a time, in order.
 */
const port = parentPort;
if (!port) throw new Error('pglite-worker runs as a worker thread only');
const answer = (message: PgliteAnswer) => port.postMessage(message);

interface EmscriptenModule {
  NODEFS: { stream_ops: { fsync?: (stream: { nfd?: number }) => number } };
}

/** PGlite's file system forgets fsync; with it a committed transaction outlives a power cut too, not only a kill. */
class DurableNodeFS extends NodeFS {
  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...args);
    const installFsync = (module: unknown) => {
      (module as EmscriptenModule).NODEFS.stream_ops.fsync = (stream) => {
        if (typeof stream.nfd === 'number') fdatasyncSync(stream.nfd);
        return 0;
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), installFsync] } };
  }
}

/**
 * PGlite's own list without `-F`, which turns fsync off. WAL is flushed by fsync because Emscripten's fdatasync does
 * nothing: with PostgreSQL's default a commit would return before it is on the disk.
 */
const startParams = [...PGlite.defaultStartParams.filter((param) => param !== '-F'), '-c', 'wal_sync_method=fsync'];

const int8 = 20;
let db: PGlite;
try {
  db = await PGlite.create({
    fs: new DurableNodeFS((workerData as { folder: string }).folder),
    startParams,
    parsers: { [int8]: (text: string) => text },
  });
  const { rows } = await db.query<{ v: string }>(`select current_setting('server_version') as v`);
  answer({ ready: `PGlite ${rows[0]?.v ?? ''}` });
} catch (cause) {
  answer({ refused: fault(cause) });
  process.exit(1);
}

let last: Promise<void> = Promise.resolve();
port.on('message', (request: PgliteRequest) => {
  last = last.then(() => serve(request));
});

async function serve(request: PgliteRequest): Promise<void> {
  try {
    if (request.op === 'close') {
      await db.close();
      answer({ id: request.id, rows: [] });
      port?.close();
    } else if (request.op === 'script') {
      await db.exec(request.sql);
      answer({ id: request.id, rows: [] });
    } else {
      const { rows } = await db.query<Row>(request.sql, request.params as unknown[]);
      answer({ id: request.id, rows });
    }
  } catch (cause) {
    answer({ id: request.id, error: fault(cause) });
  }
}

function fault(cause: unknown): PgliteFault {
  const { message, code, detail } = cause as Partial<PgliteFault>;
  return { message: message ?? String(cause), code, detail };
}
