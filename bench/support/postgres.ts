import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { parentOf } from './cpu.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface BenchPostgres {
  /** An empty database of this run. */
  url: string;
  /** Version and the settings that decide how fast a commit is. */
  settings: Record<string, string>;
  /** The server's main process; null when it is on another machine. */
  serverPid: number | null;
  /** A connection of the bench's own. */
  client: pg.Client;
  /** Another empty database. */
  fresh(): Promise<string>;
  /** Rows of kuzet.readings in a database of `fresh`. */
  countReadings(url: string): Promise<number>;
  stop(): Promise<void>;
}

/** A throw-away server, the way the tests start one; it ends with its shell. */
async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const shell = spawn(
    'bash',
    ['-c', '. scripts/temporary-postgres.sh && echo "$KUZET_TEST_DATABASE_URL" && cat >/dev/null'],
    { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(shell, 'exit');
  const line = await Promise.race([
    once(createInterface(shell.stdout), 'line').then(([text]) => text as string),
    ended.then(() => {
      throw new Error('no PostgreSQL could be started; set KUZET_TEST_DATABASE_URL to one, or use --pglite');
    }),
  ]);
  return {
    url: line,
    async stop() {
      shell.stdin.end();
      await ended;
    },
  };
}

/** The server of KUZET_TEST_DATABASE_URL, or one of its own where that is not set; a database of this run on it. */
export async function openBenchPostgres(): Promise<BenchPostgres> {
  const given = process.env.KUZET_TEST_DATABASE_URL;
  const server = given ? { url: given, stop: async () => undefined } : await startServer();
  const admin = new pg.Client({ connectionString: server.url });
  const databases: string[] = [];
  let client: pg.Client | null = null;
  const stop = async () => {
    await client?.end();
    for (const name of databases) await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
    await server.stop();
  };
  const fresh = async () => {
    const name = `kuzet_bench_${process.pid}_${databases.length}`;
    await admin.query(`create database ${name}`);
    databases.push(name);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  try {
    await admin.connect();
    const url = await fresh();
    client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(
      `select name, setting || coalesce(' ' || unit, '') as setting from pg_settings
       where name in ('server_version', 'synchronous_commit', 'fsync', 'full_page_writes', 'shared_buffers', 'max_wal_size')`,
    );
    const { rows: own } = await client.query('select pg_backend_pid() as pid');
    const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
    return {
      url,
      settings: Object.fromEntries(rows.map((row: { name: string; setting: string }) => [row.name, row.setting])),
      serverPid: isLocal ? parentOf(own[0].pid as number) : null,
      client,
      fresh,
      async countReadings(of) {
        const other = new pg.Client({ connectionString: of });
        await other.connect();
        try {
          const counted = await other.query('select count(*)::integer as n from kuzet.readings');
          return counted.rows[0].n as number;
        } finally {
          await other.end();
        }
      },
      stop,
    };
  } catch (err) {
    await stop();
    throw err;
  }
}
