/**
 * The parent of the demo city: starts hub, simulators and edge agent as processes of their own, each when the one before
 * answers; prefixes their logs; starts again what dies; and stops all of them on SIGTERM, SIGINT or its own end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeFlags } from '@kuzet/lib/node-flags.ts';
import { prettyFactory } from 'pino-pretty';

const dist = new URL('..', import.meta.url);
const port = (name: string, fallback: number) => Number(process.env[name] || fallback);
const httpPort = port('KUZET_HTTP_PORT', 8080);
const httpHost = process.env.KUZET_HTTP_HOST || '127.0.0.1';
const edgeHttpPort = port('KUZET_EDGE_HTTP_PORT', 8081);
const simPort = port('KUZET_SIM_PORT', 8090);
const dataDir = resolve(process.env.KUZET_DATA_DIR || './data');

/** Exit code of a process that a person must mend first (EX_CONFIG of sysexits.h): starting it again helps nobody. */
const configFault = 78;
const stopWithinMs = 4_500;
const readyWithinMs = 60_000;

const say = (text: string) => process.stdout.write(`${text}\n`);

interface DemoSecrets {
  edgeToken: string;
  password: string;
  agencyToken: string;
  webhookSecret: string;
  cameraPassword: string;
}

/** Made at the first start and kept in the data folder, readable by its owner only. */
function demoSecrets(): DemoSecrets {
  const file = join(dataDir, 'demo-secrets.json');
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8');
    try {
      return JSON.parse(text) as DemoSecrets;
    } catch {
      say(`${file}: is not JSON. Delete it: new passwords of the demo users are made, everything else stays.`);
      process.exit(configFault);
    }
  }
  const word = (bytes: number) => randomBytes(bytes).toString('base64url');
  const secrets: DemoSecrets = {
    edgeToken: word(32),
    password: word(9),
    agencyToken: word(32),
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    cameraPassword: word(12),
  };
  mkdirSync(dataDir, { recursive: true });
  // Under its name only when it is whole.
  writeFileSync(`${file}.making`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.making`, file);
  return secrets;
}

interface Part {
  name: string;
  label: string;
  entry: string;
  /** Answers 200 once the part does its work. */
  ready: string;
}
const hubHost = httpHost === '0.0.0.0' || httpHost === '::' ? '127.0.0.1' : httpHost;
const parts: Part[] = [
  { name: 'hub', label: 'hub ', entry: 'server/main.js', ready: `http://${hubHost}:${httpPort}/readyz` },
  { name: 'simulators', label: 'sim ', entry: 'simulators/main.js', ready: `http://127.0.0.1:${simPort}/healthz` },
  { name: 'edge-agent', label: 'edge', entry: 'edge-agent/main.js', ready: `http://127.0.0.1:${edgeHttpPort}/healthz` },
];

/**
 * What a part gets. A user in KUZET_MQTT_URL is the hub's own sign-in at that broker: the edge agent signs in there with
 * its id and the edge token, as it does at the hub's embedded one.
 */
function environmentOf({ name }: Part, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const broker = env.KUZET_MQTT_URL;
  if (name !== 'edge-agent' || !broker || !URL.canParse(broker)) return env;
  const url = new URL(broker);
  url.username = '';
  url.password = '';
  return { ...env, KUZET_MQTT_URL: url.href };
}

const running = new Map<string, ChildProcess>();
let stopping = false;

const pretty = prettyFactory({
  colorize: process.stdout.isTTY,
  ignore: 'pid,hostname,name',
  translateTime: 'SYS:HH:MM:ss',
  singleLine: true,
});

function show(label: string, line: string): void {
  if (line === '') return;
  say(`${label} | ${line.startsWith('{') ? pretty(line).trimEnd() : line}`);
}

function launch(part: Part, env: NodeJS.ProcessEnv, onExit: (code: number | null) => void): void {
  // The fourth channel tells a child that its parent is gone, even when the parent was killed.
  const child = spawn(process.execPath, [...nodeFlags, new URL(part.entry, dist).pathname], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.set(part.name, child);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => show(part.label, line));
  }
  child.on('error', (error) => show(part.label, `cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    running.delete(part.name);
    if (!stopping) show(part.label, `ended (${signal ?? `code ${code}`})`);
    onExit(code);
  });
}

/** Keeps a part running; resolves when it first answers. */
function keep(part: Part, env: NodeJS.ProcessEnv): Promise<void> {
  let failures = 0;
  let startedMs = 0;
  const again = () => {
    if (stopping) return;
    startedMs = Date.now();
    launch(part, env, (code) => {
      if (stopping) return;
      if (code === configFault) {
        void stop(configFault);
        return;
      }
      failures = Date.now() - startedMs > 30_000 ? 0 : failures + 1;
      const waitMs = Math.min(250 * 2 ** failures, 10_000);
      show(part.label, `starts again in ${(waitMs / 1000).toFixed(1)} s`);
      setTimeout(again, waitMs);
    });
  };
  again();
  return answers(part);
}

async function answers(part: Part): Promise<void> {
  const untilMs = Date.now() + readyWithinMs;
  let last = 'no answer';
  while (!stopping) {
    try {
      const response = await fetch(part.ready, { signal: AbortSignal.timeout(2_000) });
      if (response.ok) return;
      last = `HTTP ${response.status}: ${(await response.text()).slice(0, 300)}`;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > untilMs) {
      say(`${part.name} is not ready after ${readyWithinMs / 1000} s (${last}); see its lines above. Still trying.`);
      return;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  const ends = [...running.values()].map((child) => new Promise<void>((done) => child.once('exit', () => done())));
  for (const child of [...running.values()].reverse()) child.kill('SIGTERM');
  const late = setTimeout(() => {
    for (const [name, child] of running) {
      say(`${name} did not stop in time: killed`);
      child.kill('SIGKILL');
    }
  }, stopWithinMs);
  await Promise.all(ends);
  clearTimeout(late);
  process.exit(code);
}

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
process.on('SIGHUP', () => void stop(0));

let secrets: DemoSecrets;
try {
  secrets = demoSecrets();
} catch (error) {
  say(
    `${dataDir}: cannot be written (${(error as Error).message}). Make it writable or name another with KUZET_DATA_DIR.`,
  );
  process.exit(configFault);
}

const env: NodeJS.ProcessEnv = {
  ...process.env,
  KUZET_DATA_DIR: dataDir,
  KUZET_EDGE_TOKEN: process.env.KUZET_EDGE_TOKEN || secrets.edgeToken,
  KUZET_DEMO_PASSWORD: process.env.KUZET_DEMO_PASSWORD || secrets.password,
  KUZET_DEMO_AGENCY_TOKEN: process.env.KUZET_DEMO_AGENCY_TOKEN || secrets.agencyToken,
  KUZET_DEMO_WEBHOOK_SECRET: process.env.KUZET_DEMO_WEBHOOK_SECRET || secrets.webhookSecret,
  KUZET_SIM_CAMERA_PASSWORD: process.env.KUZET_SIM_CAMERA_PASSWORD || secrets.cameraPassword,
};

for (const part of parts) await keep(part, environmentOf(part, env));

if (!stopping) {
  const at = `http://${hubHost}:${httpPort}`;
  const password = env.KUZET_DEMO_PASSWORD;
  say(
    [
      '',
      'Kuzet is on watch.',
      '',
      `  Start       ${at}/`,
      `  Wall        ${at}/wall/main/1#user=screen&password=${password}`,
      `  Console     ${at}/console     officer`,
      `  Desk 102    ${at}/desk        police`,
      `  City        ${at}/city        supervisor`,
      `  Lab         ${at}/lab         engineer`,
      `  API         ${at}/docs`,
      `  Simulators  http://127.0.0.1:${simPort}/scenarios`,
      '',
      `  Password of the demo users (screen, officer, police, supervisor, engineer): ${password}`,
      '  The admin password was printed once by the hub at its first start, above; set another with KUZET_ADMIN_PASSWORD.',
      '',
      `  A fire:     curl -X POST http://127.0.0.1:${simPort}/scenarios/mall-fire/run`,
      '  Stop:       Ctrl+C',
      '',
    ].join('\n'),
  );
}
