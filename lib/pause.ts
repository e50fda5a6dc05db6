import type { Clock } from './clock.ts';

export interface Pause {
  /** Resolves after `ms` by the clock, or when it is ended. One at a time. */
  wait(ms: number): Promise<void>;
  /** Ends the wait that is under way, if one is. */
  end(): void;
}

/** A wait that something else can cut short. */
export function createPause(clock: Pick<Clock, 'after'>): Pause {
  let end: () => void = () => undefined;
  return {
    async wait(ms) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(ms, resolve);
        end = () => {
          cancel();
          resolve();
        };
      });
      end = () => undefined;
    },
    end: () => end(),
  };
}
