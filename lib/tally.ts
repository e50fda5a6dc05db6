import type { Clock } from './clock.ts';

export interface Tally {
  /**
   * Counts one more of `what`. The first of its kind is told at once by `tell(1)`, what follows within the period is
   * told together at its end.
   */
  count(what: string, tell: (times: number) => void): void;
  stop(): void;
}

/** Keeps a flood of one kind of event down to a log line a period. */
export function createTally(clock: Clock, periodMs = 1_000): Tally {
  const held = new Map<string, { times: number; tell: (times: number) => void; cancel: () => void }>();
  const open = (what: string) => {
    const cancel = clock.after(periodMs, () => {
      const entry = held.get(what);
      held.delete(what);
      if (!entry || entry.times === 0) return;
      entry.tell(entry.times);
      open(what);
    });
    held.set(what, { times: 0, tell: () => undefined, cancel });
  };
  return {
    count(what, tell) {
      const entry = held.get(what);
      if (entry) {
        entry.times += 1;
        entry.tell = tell;
        return;
      }
      tell(1);
      open(what);
    },
    stop() {
      for (const { cancel } of held.values()) cancel();
      held.clear();
    },
  };
}
