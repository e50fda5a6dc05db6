import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Killable {
  pid: number;
  /** The rest of the line after `up`. */
  told: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a script of a test as a process of its own; resolves when it says `up`. */
export async function startKillable(script: string, argument: unknown): Promise<Killable> {
  const args = ['--wasm-lazy-compilation', '--liftoff-only', '--import', 'tsx', script, JSON.stringify(argument)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  let output = '';
  const told = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      output += chunk;
      const line = /^up(.*)\n/m.exec(output);
      if (line) resolve(line[1]!.trim());
    });
    child.once('exit', () => reject(new Error(`${script} ended before it was up: ${output}`)));
  });
  return {
    pid: child.pid as number,
    told,
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
