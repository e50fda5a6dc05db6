import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import { nodeFlags } from '@kuzet/lib/node-flags.ts';
import { writeSiteFile } from './site.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const token = 'bench-token-of-edge-and-hub';
const adminPassword = 'bench-password';
export const edgeId = 'bench-edge';

export interface LineSettings {
  /** Null: PGlite in the run's own folder. */
  databaseUrl: string | null;
  site: SiteFile;
  /** Over the edge's settings of its uplink. */
  edgeUplink?: Record<string, unknown>;
  /** Over the edge's settings of video. */
  edgeVideo?: Record<string, unknown>;
  withEdge?: boolean;
  /** Where each process leaves a CPU profile when it ends; empty: none. */
  profileDir?: string;
}

export interface LaneFigures {
  head: number;
  acked: number;
}

/** Hub and edge agent as people run them: the built bundles, each a process, on free ports and a folder of their own. */
export interface Line {
  hubPid: number;
  edgePid: number | null;
  hubUrl: string;
  hubMqttPort: number;
  sensorPort: number;
  edgeToken: string;
  adminPassword: string;
  /** What was written while it ran: warnings and errors. */
  output(): string;
  lanes(): Promise<Record<'alarm' | 'telemetry', LaneFigures>>;
  /** Bearer token of the administrator. */
  signIn(): Promise<string>;
  /** Items that the hub has acknowledged since the edge's spool began. */
  waitForAcked(items: number, timeoutMs: number): Promise<void>;
  /** The PGlite folder stays until `clean`. */
  stop(): Promise<void>;
  dataDir: string;
  clean(): void;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Starts the line and waits until the hub knows the site's devices. */
export async function startLine(settings: LineSettings): Promise<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'kuzet-bench-'));
  const [http, mqtt, sensors, edgeHttp] = (await freePorts(4)) as [number, number, number, number];
  const file = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(value));
    return join(folder, name);
  };
  const children: ChildProcess[] = [];
  let output = '';
  const start = (name: 'server' | 'edge-agent', config: string): ChildProcess => {
    // None of the caller's settings: what is measured is what stands in these files.
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('KUZET_')));
    const profile = settings.profileDir
      ? ['--cpu-prof', `--cpu-prof-dir=${settings.profileDir}`, `--cpu-prof-name=${name}.cpuprofile`]
      : [];
    const child = spawn(
      process.execPath,
      [...nodeFlags, ...profile, join(root, 'dist', name, 'main.js'), '--config', config],
      {
        cwd: folder,
        env: { ...env, NODE_ENV: 'production' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-100_000);
      });
    children.push(child);
    return child;
  };
  const clean = () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const waitFor = async (what: string, timeoutMs: number, look: () => Promise<boolean>, everyMs = 20) => {
    const untilMs = performance.now() + timeoutMs;
    for (;;) {
      if (await look()) return;
      const dead = children.find((child) => child.exitCode !== null);
      if (dead || performance.now() > untilMs)
        throw new Error(`${what}: ${dead ? 'a process ended' : `not within ${timeoutMs} ms`}\n${output.slice(-4_000)}`);
      await sleep(everyMs);
    }
  };

  try {
    writeSiteFile(join(folder, 'site.yaml'), settings.site);
    const hub = start(
      'server',
      file('server.yaml', {
        dataDir: join(folder, 'data'),
        http: { port: http },
        mqtt: { port: mqtt },
        database: { url: settings.databaseUrl },
        edge: { token },
        auth: { adminPassword },
        agencies: [],
      }),
    );
    const hubUrl = `http://127.0.0.1:${http}`;
    const answers = (url: string) =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
    // Ready says so only where an edge is there; the hub listens last.
    await waitFor('the hub does not answer', 60_000, () => answers(`${hubUrl}/healthz`));
    let edge: ChildProcess | null = null;
    const lanes = async () => {
      const answer = await fetch(`http://127.0.0.1:${edgeHttp}/status`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const status = (await answer.json()) as { uplink: { lanes: Record<'alarm' | 'telemetry', LaneFigures> } };
      return status.uplink.lanes;
    };
    const ackedItems = async () => {
      const { alarm, telemetry } = await lanes();
      return alarm.acked + telemetry.acked;
    };
    if (settings.withEdge !== false) {
      edge = start(
        'edge-agent',
        file('edge.yaml', {
          id: edgeId,
          siteFile: 'site.yaml',
          dataDir: join(folder, 'data-edge'),
          sensors: { broker: { port: sensors } },
          http: { port: edgeHttp },
          uplink: { port: mqtt, token, ...settings.edgeUplink },
          video: { ...settings.edgeVideo },
        }),
      );
      await waitFor('the edge agent does not answer', 30_000, () => answers(`http://127.0.0.1:${edgeHttp}/healthz`));
      await waitFor('the hub does not take the inventory', 60_000, async () => (await ackedItems()) >= 1);
    }
    return {
      hubPid: hub.pid!,
      edgePid: edge?.pid ?? null,
      hubUrl,
      hubMqttPort: mqtt,
      sensorPort: sensors,
      edgeToken: token,
      adminPassword,
      dataDir: join(folder, 'data'),
      output: () => output,
      lanes,
      async signIn() {
        const answer = await fetch(`${hubUrl}/api/v1/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: 'admin', password: adminPassword }),
        });
        if (!answer.ok) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
        return ((await answer.json()) as { token: string }).token;
      },
      waitForAcked: (items, timeoutMs) =>
        waitFor(`${items} items are not acknowledged`, timeoutMs, async () => (await ackedItems()) >= items, 10),
      async stop() {
        for (const child of [...children].reverse()) {
          if (child.exitCode !== null) continue;
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
        }
      },
      clean,
    };
  } catch (err) {
    clean();
    throw err;
  }
}
