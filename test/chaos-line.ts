/** Hub, edge agent and, where wanted, a PostgreSQL server as processes of their own that can be killed and started again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lane } from '@kuzet/contracts/uplink.ts';
import pg from 'pg';
import { descendants, freePorts, isAlive, until } from './demo-city.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const token = 'token-of-the-chaos-test';

/** A hub that lives a second does not get back what compiling PGlite well costs. */
const quickStart = ['--wasm-lazy-compilation', '--liftoff-only'];

export type Part = 'hub' | 'edge' | 'database';

export interface ChaosLineSettings {
  database: 'pglite' | 'postgres';
  /** Names of the devices, which are air sensors. */
  devices: readonly string[];
  /** Over the edge agent's settings. */
  spool?: Record<string, number>;
  /**
   * How long the server of PostgreSQL takes to flush a commit. Else the moment between what is done and what is safe is
   * so short that kills seldom fall into it.
   */
  commitDelayMs?: number;
  /** Where the built bundles are. */
  dist?: string;
}

export interface LaneFigures {
  head: number;
  acked: number;
}
export interface EdgeStatus {
  uplink: { connected: boolean; lanes: Record<Lane, LaneFigures> };
  spool: { heldBytes: number; duplicates: number; dropped: Record<Lane, number> };
}

export interface ChaosLine {
  readonly parts: readonly Part[];
  readonly sensorPort: number;
  readonly hubUrl: string;
  readonly folder: string;
  /** Null for PGlite. */
  readonly databaseUrl: string | null;
  start(part: Part): void;
  /** SIGKILL, to all processes of a part; resolves when they are gone. */
  kill(part: Part): Promise<void>;
  running(part: Part): boolean;
  /** Whether it answers. */
  isUp(part: Part): Promise<boolean>;
  /** Resolves when a part answers. Starts it again when it ended by itself: as whoever runs it in earnest would. */
  whenUp(part: Part, withinMs: number): Promise<void>;
  edgeStatus(): Promise<EdgeStatus>;
  /** Resident memory in MiB; 0 when it does not run. */
  rssMiB(part: Part): number;
  /** Everything that the parts printed, its end. */
  output(): string;
  clean(): Promise<void>;
}

/** The newest PostgreSQL programs of this machine; null when there are none. */
export function findPostgres(): string | null {
  const given = process.env.PG_BIN;
  if (given) return given;
  const base = '/usr/lib/postgresql';
  if (!existsSync(base)) return null;
  const newest = readdirSync(base)
    .sort((a, b) => Number(a) - Number(b))
    .at(-1);
  return newest && existsSync(join(base, newest, 'bin/postgres')) ? join(base, newest, 'bin') : null;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Lays out folders and settings; starts nothing but what making a database cluster takes. */
export async function createChaosLine(settings: ChaosLineSettings): Promise<ChaosLine> {
  const dist = settings.dist ?? join(root, 'dist');
  const folder = mkdtempSync(join(tmpdir(), 'kuzet-chaos-'));
  const [http, mqtt, sensors, edgeHttp, postgres] = (await freePorts(5)) as [number, number, number, number, number];
  const usesPostgres = settings.database === 'postgres';
  const databaseUrl = usesPostgres ? `postgres://kuzet@127.0.0.1:${postgres}/postgres` : null;
  const write = (name: string, value: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(value));
    return file;
  };

  const name = { kk: 'Сынақ', ru: 'Проверка', en: 'Test' };
  const position = { lon: 71.43, lat: 51.13 };
  write('site.yaml', {
    sites: [{ id: 'lab', name, kind: 'office', address: name, district: name, position }],
    zones: [],
    devices: settings.devices.map((id) => ({
      id,
      siteId: 'lab',
      kind: 'air-quality',
      name,
      position,
      metrics: [{ name: 'temperature', unit: 'Cel' }],
      expectedIntervalS: 3_600,
      profile: 'canonical',
    })),
    cameras: [],
  });
  const hubConfig = write('server.yaml', {
    dataDir: join(folder, 'hub'),
    http: { port: http },
    mqtt: { port: mqtt },
    database: { url: databaseUrl },
    edge: { token },
    auth: { adminPassword: 'password-of-the-chaos-test' },
    agencies: [],
    walls: [],
  });
  const edgeConfig = write('edge.yaml', {
    id: 'chaos-edge',
    siteFile: 'site.yaml',
    dataDir: join(folder, 'edge'),
    sensors: { broker: { port: sensors } },
    http: { port: edgeHttp },
    uplink: { port: mqtt, token, ackTimeoutMs: 1_000, retryMs: 100, maxRetryMs: 500 },
    spool: { segmentBytes: 65_536, ...settings.spool },
  });

  const clusterFolder = join(folder, 'postgres');
  const bin = usesPostgres ? findPostgres() : null;
  if (usesPostgres) {
    if (bin === null) throw new Error('PostgreSQL is not installed here (PG_BIN)');
    const as = unprivileged();
    mkdirSync(clusterFolder);
    if (as.uid !== undefined) {
      chownSync(folder, as.uid, as.gid);
      chownSync(clusterFolder, as.uid, as.gid);
    }
    const options = ['-D', join(clusterFolder, 'data'), '-U', 'kuzet', '-A', 'trust', '-E', 'UTF8', '--no-locale'];
    execFileSync(join(bin, 'initdb'), options, { ...as, stdio: 'ignore' });
  }

  const children: Partial<Record<Part, ChildProcess>> = {};
  let output = '';
  // None of the caller's settings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('KUZET_')));

  function command(part: Part): ChildProcess {
    const options = {
      cwd: folder,
      env: { ...env, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    };
    if (part === 'hub')
      return spawn(process.execPath, [...quickStart, join(dist, 'server/main.js'), '--config', hubConfig], options);
    if (part === 'edge')
      return spawn(process.execPath, [join(dist, 'edge-agent/main.js'), '--config', edgeConfig], options);
    const extra = (process.env.PG_OPTIONS ?? '').split(' ').filter((word) => word !== '');
    return spawn(
      join(bin as string, 'postgres'),
      [
        '-D',
        join(clusterFolder, 'data'),
        '-p',
        String(postgres),
        '-k',
        clusterFolder,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `commit_delay=${(settings.commitDelayMs ?? 0) * 1_000}`,
        '-c',
        'commit_siblings=0',
        ...extra,
      ],
      { ...options, ...unprivileged() },
    );
  }

  function start(part: Part): void {
    const child = command(part);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output = `${output}${chunk}`.slice(-50_000);
      });
    children[part] = child;
  }

  const running = (part: Part) => {
    const child = children[part];
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  };

  async function kill(part: Part): Promise<void> {
    const child = children[part];
    if (!child || !running(part)) return;
    const pids = [child.pid as number, ...descendants(child.pid as number)];
    const gone = new Promise((resolve) => child.once('exit', resolve));
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (err) {
        // A backend whose server is gone ends by itself.
        if ((err as NodeJS.ErrnoException).code !== 'ESRCH') throw err;
      }
    }
    await gone;
    await until(
      () => !pids.some(isAlive),
      10_000,
      () => `processes of the ${part} outlive SIGKILL`,
    );
  }

  async function isUp(part: Part): Promise<boolean> {
    if (!running(part)) return false;
    if (part === 'database') return takesQueries(databaseUrl as string);
    return answers(part === 'hub' ? `http://127.0.0.1:${http}/healthz` : `http://127.0.0.1:${edgeHttp}/healthz`);
  }

  return {
    parts: usesPostgres ? ['hub', 'edge', 'database'] : ['hub', 'edge'],
    sensorPort: sensors,
    hubUrl: `http://127.0.0.1:${http}`,
    folder,
    databaseUrl,
    start,
    kill,
    running,
    isUp,
    whenUp: (part, withinMs) =>
      until(
        async () => {
          if (!running(part)) start(part);
          return isUp(part);
        },
        withinMs,
        () => `the ${part} does not answer:\n${output.slice(-3_000)}`,
      ),
    async edgeStatus() {
      const answer = await fetch(`http://127.0.0.1:${edgeHttp}/status`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return (await answer.json()) as EdgeStatus;
    },
    rssMiB(part) {
      const pid = children[part]?.pid;
      if (pid === undefined || !running(part)) return 0;
      const kib = /VmRSS:\s+(\d+)/.exec(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }))?.[1];
      return Math.round(Number(kib) / 1_024);
    },
    output: () => output,
    async clean() {
      for (const part of ['edge', 'hub', 'database'] as const) await kill(part);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

async function takesQueries(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // The server may be killed while it is asked.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    // Not yet: whoever asks asks again, and tells when it takes too long.
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
