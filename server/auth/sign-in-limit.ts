import type { Clock } from '@kuzet/lib/clock.ts';

export interface SignInLimit {
  /**
   * Counts an attempt before its password is looked at, so that many at once gain nothing.
   * @returns 0 when it may go on, else seconds until the next may.
   */
  attempt(address: string, username: string): number;
  /** A right password: forgets what was counted for this address and user. */
  succeeded(address: string, username: string): void;
}

const freeAttempts = 5;
/** One address trying many names: an office behind one address stays below it. */
const freeAttemptsOfAddress = 50;
const longestWaitMs = 60_000;
const forgottenAfterMs = 15 * 60_000;
const keptKeys = 20_000;

interface Tries {
  count: number;
  lastMs: number;
  nextMs: number;
}

/**
 * Backs off by address and user name: five attempts are free, then each waits twice as long as the one before, at most
 * a minute. Nobody is ever locked out: from another address the user signs in as always.
 */
export function createSignInLimit(clock: Clock): SignInLimit {
  const tries = new Map<string, Tries>();
  const keyOf = (address: string, username: string) => `${address}\n${username.toLowerCase()}`;

  function take(key: string, free: number): number {
    const nowMs = clock.now();
    let entry = tries.get(key);
    if (entry && nowMs - entry.lastMs > forgottenAfterMs) entry = undefined;
    if (entry && nowMs < entry.nextMs) return entry.nextMs - nowMs;
    const count = (entry?.count ?? 0) + 1;
    const waitMs = count < free ? 0 : Math.min(1_000 * 2 ** (count - free), longestWaitMs);
    // Taken out and put back, the map stays in order of last use and the oldest go first.
    tries.delete(key);
    tries.set(key, { count, lastMs: nowMs, nextMs: nowMs + waitMs });
    if (tries.size > keptKeys) tries.delete(tries.keys().next().value as string);
    return 0;
  }

  return {
    attempt(address, username) {
      const waitMs = take(keyOf(address, username), freeAttempts) || take(address, freeAttemptsOfAddress);
      return Math.ceil(waitMs / 1_000);
    },
    succeeded(address, username) {
      tries.delete(keyOf(address, username));
      tries.delete(address);
    },
  };
}
