import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockFolder } from './folder-lock.ts';
import { StartError } from './lifecycle.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const lock = () => lockFolder({ folder, file: 'lock', inUse: (pid) => `in use by ${pid}` });
const startOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
const onLinux = process.platform === 'linux';
if (!onLinux) console.warn('SKIPPED: locks of processes that are gone. Only Linux tells when a process began (/proc)');

test('[P3] [E7] a folder is one owner’s until it is released', () => {
  const release = lock();
  expect(lock).toThrow(StartError);
  expect(lock).toThrow(`in use by ${process.pid}`);
  release();
  expect(existsSync(path)).toBe(false);
  lock()();
});

test.skipIf(!onLinux)('[P3] [E7] a living process keeps it, one that was killed does not', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  try {
    writeFileSync(path, `${child.pid} ${startOf(child.pid!)}`);
    expect(lock).toThrow(`in use by ${child.pid}`);
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'exit');
  lock()();
});

test.skipIf(!onLinux)('[P3] [E7] a process id that came round again holds nothing', () => {
  // init is always there, and another user's for most.
  writeFileSync(path, `1 ${startOf(1)}\n`);
  expect(lock).toThrow('in use by 1');
  writeFileSync(path, '1 9999999999999\n');
  lock()();
});

test.skipIf(!onLinux)('[P3] [E7] a process that was killed and not yet collected holds nothing', async () => {
  // The program that the shell becomes never collects the shell's child. The child waits for a line, so that it ends
  // after that change and not before, when the shell itself would still collect it.
  const parent = spawn('sh', ['-c', 'read x <&3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  try {
    const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n'));
    (parent.stdio[3] as Writable).end('end\n');
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /));
    writeFileSync(path, `${pid} ${startOf(pid)}`);
    lock()();
  } finally {
    parent.kill('SIGKILL');
  }
});

test.each(['', 'rubbish', `${process.pid} 1\n`, '4194300 123', '-1 x'])(
  '[P3] [E7] a lock that says %j is nobody’s',
  (text) => {
    writeFileSync(path, text);
    const release = lock();
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} \\S+\n$`));
    release();
  },
);

test('a folder that cannot be written is told as it is', () => {
  expect(() => lockFolder({ folder: join(folder, 'none'), file: 'lock', inUse: String })).toThrow('ENOENT');
});
