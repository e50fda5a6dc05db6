import { cpuSeconds, cpuSecondsOfFamily, machineBusySeconds } from './cpu.ts';

/** What to measure: process ids by name; `family` counts children too. */
export type Watched = Record<string, { pid: number; family?: boolean }>;

export interface CpuReport {
  wallS: number;
  /** Microseconds of processor time a row, by process and together. */
  cpuUsPerRow: Record<string, number>;
  /** Share of the machine (0-1, all cores) that others used meanwhile: above 0.1 the speed is not the machine's best. */
  othersShare: number;
}

/** Starts measuring; the function it returns says what `rows` rows have cost since. */
export function startCpuSpan(watched: Watched, cores: number): (rows: number) => CpuReport {
  const read = () =>
    Object.fromEntries(
      Object.entries(watched).map(([name, { pid, family }]) => [
        name,
        family ? cpuSecondsOfFamily(pid) : cpuSeconds(pid),
      ]),
    );
  const before = read();
  const busyBefore = machineBusySeconds();
  const startedMs = performance.now();
  return (rows) => {
    const wallS = (performance.now() - startedMs) / 1_000;
    const busyS = machineBusySeconds() - busyBefore;
    const after = read();
    const usedS = Object.fromEntries(Object.entries(after).map(([name, s]) => [name, s - before[name]!]));
    const ownS = Object.values(usedS).reduce((sum, s) => sum + s, 0);
    const perRow = (s: number) => Math.round((s * 1e7) / Math.max(rows, 1)) / 10;
    return {
      wallS: Math.round(wallS * 1_000) / 1_000,
      cpuUsPerRow: {
        ...Object.fromEntries(Object.entries(usedS).map(([name, s]) => [name, perRow(s)])),
        all: perRow(ownS),
      },
      othersShare: Math.max(0, Math.round(((busyS - ownS) / (wallS * cores)) * 100) / 100),
    };
  };
}
