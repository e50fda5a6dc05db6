import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';

export interface FailureTally {
  /** One attempt at an agency failed. */
  add(agencyId: string, err: Error): void;
  /** Says what is still unsaid. */
  flush(): void;
}

/** One line a second and agency, however many attempts fail in it. */
export function createFailureTally({ clock, log }: { clock: Clock; log: Log }): FailureTally {
  const unsaid = new Map<string, { count: number; err: Error }>();
  let pending = false;
  const flush = () => {
    pending = false;
    for (const [agencyId, { count, err }] of unsaid)
      log.warn({ agencyId, attempts: count, err }, 'dispatch attempts failed');
    unsaid.clear();
  };
  return {
    add(agencyId, err) {
      unsaid.set(agencyId, { count: (unsaid.get(agencyId)?.count ?? 0) + 1, err });
      if (pending) return;
      pending = true;
      clock.after(1_000, flush);
    },
    flush,
  };
}
