import { readFileSync } from 'node:fs';

/** What a process has in memory, and the same with its share only of pages that others have too (PSS). Linux. */
export function memoryOf(pid: number): { rssBytes: number; pssBytes: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1]) * 1_024;
  return { rssBytes: bytes('Rss'), pssBytes: bytes('Pss') };
}
