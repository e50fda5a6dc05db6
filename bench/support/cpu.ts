import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of 10 ms wherever Node.js runs (USER_HZ). */
const ticksPerSecond = 100;

interface Stat {
  parent: number;
  ownTicks: number;
  /** Of children that have ended and were waited for. */
  endedTicks: number;
}

function readStat(pid: number | string): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (err) {
    if (['ENOENT', 'ESRCH'].includes((err as NodeJS.ErrnoException).code ?? '')) return null;
    throw err;
  }
  // proc(5): the name may hold blanks and brackets; the fields after it do not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (first: number) => Number(fields[first]) + Number(fields[first + 1]);
  return { parent: Number(fields[1]), ownTicks: ticks(11), endedTicks: ticks(13) };
}

/** Seconds of processor time, user and system, that a process has used so far; 0 when there is none of that id. */
export function cpuSeconds(pid: number): number {
  return (readStat(pid)?.ownTicks ?? 0) / ticksPerSecond;
}

/** The same for a process and all its children, those that have ended too: PostgreSQL and its backends. */
export function cpuSecondsOfFamily(pid: number): number {
  const head = readStat(pid);
  if (!head) return 0;
  let ticks = head.ownTicks + head.endedTicks;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const child = readStat(name);
    if (child?.parent === pid) ticks += child.ownTicks + child.endedTicks;
  }
  return ticks / ticksPerSecond;
}

/** The parent of a process: a backend's is the PostgreSQL server. */
export const parentOf = (pid: number): number | null => readStat(pid)?.parent ?? null;

/** Seconds that all cores together were busy since the machine started, and how many there are. */
export function machineBusySeconds(): number {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .map(Number) as number[];
  return (user! + nice! + system! + irq! + softirq! + steal!) / ticksPerSecond;
}
