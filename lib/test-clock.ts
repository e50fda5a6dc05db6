import type { Clock } from './clock.ts';

export interface TestClock extends Clock {
  /** Moves time on, firing what falls due in order. */
  advance(byMs: number): void;
}

/** A clock that moves only when told. Starts at `startMs` (default 2026-11-22T12:00:00Z). */
export function createTestClock(startMs = Date.UTC(2026, 10, 22, 12)): TestClock {
  let nowMs = startMs;
  let order = 0;
  const due = new Map<number, { atMs: number; periodMs: number | null; fn: () => void }>();
  const schedule = (delayMs: number, periodMs: number | null, fn: () => void) => {
    const id = order++;
    due.set(id, { atMs: nowMs + delayMs, periodMs, fn });
    return () => void due.delete(id);
  };
  return {
    now: () => nowMs,
    after: (delayMs, fn) => schedule(delayMs, null, fn),
    every: (periodMs, fn) => schedule(periodMs, periodMs, fn),
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const next = [...due]
          .filter(([, job]) => job.atMs <= untilMs)
          .sort((a, b) => a[1].atMs - b[1].atMs || a[0] - b[0])[0];
        if (!next) break;
        const [id, job] = next;
        nowMs = Math.max(nowMs, job.atMs);
        if (job.periodMs === null) due.delete(id);
        else job.atMs += job.periodMs;
        job.fn();
      }
      nowMs = untilMs;
    },
  };
}
