import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@kuzet/lib/lifecycle.ts';

/**
 * Takes a folder for this process, so that two hubs never write one database. Left behind by a kill, the lock is seen
 * to be stale: it names the process and when that one started, since process ids come round again.
 * @returns the release.
 * @throws StartError naming the process that has it.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'hub.lock');
  for (;;) {
    try {
      const handle = openSync(file, 'wx');
      writeSync(handle, `${process.pid} ${startedAt(process.pid)}\n`);
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
    const [pid, started] = readFileSync(file, 'utf8').trim().split(' ');
    if (holds(Number(pid), started ?? '')) {
      throw new StartError(
        `The data folder ${folder} is in use by process ${pid}, another Kuzet hub. Stop that one, or give this one a folder of its own with KUZET_DATA_DIR.`,
      );
    }
    rmSync(file, { force: true });
  }
}

function holds(pid: number, started: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === startedAt(pid);
}

/**
 * Start time of a process in the system's ticks where /proc tells; `?` elsewhere, where the id alone must do. A process
 * that was killed but not yet collected by its parent (state Z) holds nothing.
 */
function startedAt(pid: number): string {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return '?';
  const [state, ...rest] = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return state === 'Z' ? 'gone' : (rest[18] ?? '?');
}
