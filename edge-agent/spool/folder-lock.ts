import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@kuzet/lib/lifecycle.ts';

/**
 * Keeps a second process off a folder: its files would be cut and numbered by both. The lock of a process that is gone
 * is taken over; where the system tells (Linux), a process id in use again by another program counts as gone.
 * @throws StartError when a living process holds it.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const mine = `${process.pid} ${startedAt(process.pid)}`;
  try {
    writeFileSync(path, mine, { flag: 'wx' });
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err;
    const held = readFileSync(path, 'utf8');
    const [pid = '', started = ''] = held.split(' ');
    if (held !== mine && isAlive(Number(pid)) && startedAt(Number(pid)) === started) {
      throw new StartError(
        `${folder} is in use by another edge agent (process ${pid}). Stop it, or give this one a folder of its own with KUZET_DATA_DIR.`,
      );
    }
    writeFileSync(path, mine);
  }
  return () => rmSync(path, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Start time in ticks since boot (proc(5), field 22); empty where there is no /proc. */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw err;
  }
}
