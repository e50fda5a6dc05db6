import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Killable {
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a script of a test as a process of its own; resolves when it says `up`. */
export async function startKillable(script: string, argument: unknown): Promise<Killable> {
  const args = ['--wasm-lazy-compilation', '--liftoff-only', '--import', 'tsx', script, JSON.stringify(argument)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  let output = '';
  child.stderr!.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-5_000);
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      output += chunk;
      if (/^up$/m.test(output)) resolve();
    });
    child.once('exit', () => reject(new Error(`${script} ended before it was up: ${output}`)));
  });
  return {
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
