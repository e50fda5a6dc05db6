import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';

const entry = fileURLToPath(new URL('child-process.ts', import.meta.url));
let child: ChildProcess | null = null;
afterEach(() => {
  child?.kill('SIGKILL');
});

/** Starts the process; resolves once it runs. */
async function start(word: number | 'log', parent: 'ipc' | 'ignore') {
  const started = spawn(process.execPath, ['--import', 'tsx', entry, String(word)], {
    stdio: ['ignore', 'pipe', 'inherit', parent],
  });
  child = started;
  let output = '';
  started.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = once(started, 'exit');
  await vi.waitFor(() => expect(output).toContain('up'), { timeout: 20_000 });
  return { kill: (signal: NodeJS.Signals) => started.kill(signal), ended, output: () => output, process: started };
}

it.each(['ipc', 'ignore'] as const)(
  'Ctrl+C that comes by two ways is one, and stops cleanly (%s)',
  async (parent) => {
    const { kill, ended, output } = await start(400, parent);
    kill('SIGINT');
    kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    expect(output()).toBe('up\nclean\n');
  },
  30_000,
);

it('a person who asks again gets out at once', async () => {
  const { kill, ended, output } = await start(1_900, 'ignore');
  kill('SIGINT');
  const again = setInterval(() => kill('SIGINT'), 100);
  const [code] = await ended;
  clearInterval(again);
  expect(code).toBe(1);
  expect(output()).toBe('up\n');
}, 30_000);

it('a process whose parent is gone, and the reader of its log with it, does not stay', async () => {
  const { ended, process: orphan } = await start('log', 'ipc');
  orphan.stdout?.destroy();
  orphan.disconnect();
  expect(await ended).toEqual([0, null]);
}, 30_000);
