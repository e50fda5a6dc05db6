import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

export interface RegularWork {
  /** Does it once, now. Calls while it is under way share it. Never rejects. */
  run(): Promise<void>;
  /** Does it no more; waits for the one under way. */
  stop(): Promise<void>;
}

/** Does `work` every `everyMs`, never twice at a time. That it fails is logged as `complaint` once, until it works again. */
export function createRegularWork(options: {
  clock: Clock;
  log: Log;
  everyMs: number;
  complaint: string;
  work(): Promise<void>;
}): RegularWork {
  const { clock, log, everyMs, complaint, work } = options;
  let underWay: Promise<void> | null = null;
  let failing = false;

  async function once(): Promise<void> {
    try {
      await work();
      failing = false;
    } catch (err) {
      if (!failing) log.error({ err }, complaint);
      failing = true;
    }
  }

  const run = (): Promise<void> => {
    underWay ??= once().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const cancel = clock.every(everyMs, () => void run());
  return {
    run,
    async stop() {
      cancel();
      await underWay;
    },
  };
}
