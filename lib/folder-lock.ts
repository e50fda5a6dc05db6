import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './lifecycle.ts';

export interface FolderLock {
  folder: string;
  /** Name of the lock within the folder. */
  file: string;
  /** What to tell, with the next step, when process `pid` has the folder. */
  inUse(pid: number): string;
}

/** Locks of this process, by path: on systems that tell no start time an old lock may carry our own process id. */
const own = new Set<string>();

/**
 * Takes a folder for this process, so that no second one writes in it. Left behind by a kill, the lock is seen to be
 * stale: it names the process and when that one started, since process ids come round again.
 * @returns the release.
 * @throws StartError when a living process has it, also when that is this one.
 */
export function lockFolder({ folder, file, inUse }: FolderLock): () => void {
  const path = join(folder, file);
  const mine = `${process.pid} ${startedAt(process.pid)}\n`;
  while (!create(path, mine)) {
    const [pid, started] = readLock(path);
    if (pid === process.pid ? own.has(path) : isAlive(pid) && startedAt(pid) === started)
      throw new StartError(inUse(pid));
    rmSync(path, { force: true });
  }
  own.add(path);
  return () => {
    own.delete(path);
    rmSync(path, { force: true });
  };
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

function readLock(path: string): [pid: number, started: string] {
  try {
    const [pid = '', started = ''] = readFileSync(path, 'utf8').trim().split(' ');
    return [Number(pid), started];
  } catch (cause) {
    // Released in this moment.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [Number.NaN, ''];
    throw cause;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // It lives, and is another user's.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Start time of a process in ticks since boot (proc(5), field 22); `?` where the system does not tell and the id alone
 * must do. A process that was killed but not yet collected by its parent (state Z) holds nothing: `gone`.
 */
function startedAt(pid: number): string {
  if (process.platform !== 'linux') return '?';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? 'gone' : (rest[18] ?? '?');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return 'gone';
    throw cause;
  }
}
