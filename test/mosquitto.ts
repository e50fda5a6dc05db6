import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, until } from './demo-city.ts';

/** Debian keeps daemons where only root's PATH looks. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
const programs = ['mosquitto', 'mosquitto_passwd', 'mosquitto_pub', 'mosquitto_sub'];

/** The programs of Eclipse Mosquitto that are missing here. */
export const missingMosquitto = programs.filter((name) => spawnSync(name, ['-h'], { env }).error !== undefined);

export interface Mosquitto {
  port: number;
  start(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Kills it and takes its folder away. */
  remove(): Promise<void>;
}

/**
 * Eclipse Mosquitto with the settings and rights of config/mosquitto; only port and paths are this machine's own.
 * @param users names and passwords.
 */
export async function startMosquitto(users: Record<string, string>): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'kuzet-mosquitto-'));
  const [port] = (await freePorts(1)) as [number];
  const shipped = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../config/mosquitto/${name}`, import.meta.url)), 'utf8');
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(join(folder, 'acl.conf'), shipped('acl.conf'), { mode: 0o600 });
  writeFileSync(
    config,
    shipped('mosquitto.conf')
      .replace('listener 1883', `listener ${port} 127.0.0.1`)
      .replaceAll(/\/mosquitto\/(data|config)\//g, `${folder}/`),
  );
  // Started by root it would become the user mosquitto, who may not enter this folder.
  if (process.getuid?.() === 0) appendFileSync(config, 'user root\n');
  writeFileSync(join(folder, 'passwords'), '', { mode: 0o600 });
  for (const [name, password] of Object.entries(users))
    execFileSync('mosquitto_passwd', ['-b', join(folder, 'passwords'), name, password], { env, stdio: 'ignore' });

  let child: ChildProcess;
  let output = '';
  const broker: Mosquitto = {
    port,
    async start() {
      child = spawn('mosquitto', ['-c', config], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await until(
        () => answers(port),
        10_000,
        () => `Mosquitto does not answer on ${port}:\n${output}`,
        once(child, 'exit'),
      );
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    async remove() {
      await broker.kill();
      rmSync(folder, { recursive: true });
    },
  };
  await broker.start();
  return broker;
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false))
      .once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

interface Account {
  username?: string;
  password?: string;
}
const accountArgs = ({ username, password }: Account) => [
  ...(username === undefined ? [] : ['-u', username]),
  ...(password === undefined ? [] : ['-P', password]),
];

/** `mosquitto_pub` with one message, QoS 1. @throws when it does not end well. */
export function publish(port: number, topic: string, message: unknown, account: Account = {}): void {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-m', JSON.stringify(message)];
  execFileSync('mosquitto_pub', [...args, ...accountArgs(account)], { env, stdio: 'pipe' });
}

/** A `mosquitto_pub -l` that sends one message after another, as a gateway does, until it is ended. */
export function startPublisher(port: number, topic: string, everyMs: number, message: (index: number) => unknown) {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-l'];
  const child = spawn('mosquitto_pub', args, { env, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let sent = 0;
  const timer = setInterval(() => child.stdin.write(`${JSON.stringify(message(sent++))}\n`), everyMs);
  return {
    sent: () => sent,
    /** Resolves with how many messages were sent once every one is acknowledged. */
    async end(): Promise<number> {
      clearInterval(timer);
      child.stdin.end();
      const [code] = await ended;
      if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
      return sent;
    },
  };
}

/** A `mosquitto_sub` that keeps what it hears, once its subscription stands. */
export function startSubscriber(port: number, topic: string, account: Account = {}) {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-F', '%t %p'];
  const child = spawn('mosquitto_sub', [...args, ...accountArgs(account)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { heard: () => output.split('\n').filter((line) => line !== ''), stop: () => child.kill('SIGKILL') };
}
