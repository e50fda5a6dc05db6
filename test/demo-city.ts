import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SignedIn } from '@kuzet/contracts/api.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface DemoCity {
  hub: string;
  simulators: string;
  edge: string;
  edgeMqttPort: number;
  rtspPort: number;
  dataDir: string;
  /** Milliseconds from the start to the hub's first 200 on /readyz. */
  readyMs: number;
  parent: ChildProcess;
  /** Everything the parent printed so far. */
  output(): string;
  password(): string;
  webhookSecret(): string;
  /** A bearer token of one of the demo's users. */
  token(username: string): Promise<string>;
  get<T>(path: string, token: string): Promise<T>;
  post(path: string, token: string, body: unknown): Promise<Response>;
  /** Sends SIGTERM to the parent; resolves with how long it took and its exit code. */
  stop(): Promise<{ tookMs: number; code: number | null }>;
  /** SIGKILL for whatever is left, and the data folder gone. */
  clean(): void;
}

/** Ports of 127.0.0.1 that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

interface StartOptions {
  dataDir?: string;
  scenario?: string;
  env?: Record<string, string>;
  /** Through npm and the shell it runs scripts in. */
  byNpm?: boolean;
}

/** Starts what `npm start` starts, as the same processes, on free ports and a folder of its own. */
export async function startDemoCity({
  dataDir,
  scenario = 'none',
  env = {},
  byNpm = false,
}: StartOptions = {}): Promise<DemoCity> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'kuzet-city-'));
  const [http, mqtt, edgeMqtt, edgeHttp, sim, onvif, rtsp] = (await freePorts(7)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const startedMs = Date.now();
  const command: [string, string[]] = byNpm ? ['npm', ['start']] : [process.execPath, ['scripts/run.mjs', 'parent']];
  const parent = spawn(...command, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      KUZET_HTTP_PORT: String(http),
      KUZET_MQTT_PORT: String(mqtt),
      KUZET_EDGE_MQTT_PORT: String(edgeMqtt),
      KUZET_EDGE_HTTP_PORT: String(edgeHttp),
      KUZET_SIM_PORT: String(sim),
      KUZET_SIM_ONVIF_PORT: String(onvif),
      KUZET_SIM_RTSP_PORT: String(rtsp),
      KUZET_DATA_DIR: folder,
      KUZET_SCENARIO: scenario,
      ...env,
    },
  });
  let output = '';
  for (const stream of [parent.stdout, parent.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));

  const hub = `http://127.0.0.1:${http}`;
  const secrets = () => JSON.parse(readFileSync(join(folder, 'demo-secrets.json'), 'utf8')) as Record<string, string>;
  const ended = new Promise<number | null>((done) => parent.once('exit', (code) => done(code)));

  const city: DemoCity = {
    hub,
    simulators: `http://127.0.0.1:${sim}`,
    edge: `http://127.0.0.1:${edgeHttp}`,
    edgeMqttPort: edgeMqtt,
    rtspPort: rtsp,
    dataDir: folder,
    readyMs: 0,
    parent,
    output: () => output,
    password: () => secrets().password ?? '',
    webhookSecret: () => secrets().webhookSecret ?? '',
    async token(username) {
      const response = await fetch(`${hub}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password: city.password() }),
      });
      if (!response.ok) throw new Error(`sign-in of ${username}: ${response.status} ${await response.text()}`);
      return ((await response.json()) as SignedIn).token;
    },
    async get<T>(path: string, token: string) {
      const response = await fetch(`${hub}${path}`, { headers: { authorization: `Bearer ${token}` } });
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
    post: (path, token, body) =>
      fetch(`${hub}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async stop() {
      const askedMs = Date.now();
      parent.kill('SIGTERM');
      const code = await ended;
      return { tookMs: Date.now() - askedMs, code };
    },
    clean() {
      const pids = byNpm && parent.exitCode === null ? descendants(parent.pid as number) : [];
      parent.kill('SIGKILL');
      for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };

  try {
    await until(
      async () => (await fetch(`${hub}/readyz`)).ok,
      60_000,
      () => `hub not ready:\n${output}`,
      ended,
    );
    city.readyMs = Date.now() - startedMs;
    await until(
      () => output.includes('Kuzet is on watch.'),
      60_000,
      () => `city not complete:\n${output}`,
      ended,
    );
  } catch (error) {
    city.clean();
    throw error;
  }
  return city;
}

/** Asks until the answer is yes. Throws `tell()` when time is over or the process has ended. */
export async function until(
  ask: () => boolean | Promise<boolean>,
  withinMs: number,
  tell: () => string,
  ended?: Promise<unknown>,
): Promise<void> {
  const untilMs = Date.now() + withinMs;
  let over = false;
  ended?.then(() => {
    over = true;
  });
  for (;;) {
    const yes = await Promise.resolve()
      .then(ask)
      .catch(() => false);
    if (yes) return;
    if (over || Date.now() > untilMs) throw new Error(tell());
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The processes below one, with their own children. Reads /proc, so it knows Linux only. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The second field is the program's name in brackets and may hold spaces.
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'ESRCH')
        throw error;
    }
  }
  const below = (of: number): number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Whether a process still runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
