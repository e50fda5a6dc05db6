import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createRegularWork } from '@kuzet/lib/regular-work.ts';
import type { Effects, Queryable } from './ports.ts';

export interface SilenceWatch {
  /** Looks once, now. Calls while one look is under way share it. */
  look(): Promise<void>;
  /** Looks no more; waits for the look under way. */
  stop(): Promise<void>;
}

export interface SilenceWatchDeps {
  database: Queryable;
  clock: Clock;
  log: Log;
  onCommitted(effects: Effects): void;
}

const everyMs = 5_000;

/**
 * Turns devices `silent` that fell quiet: online, and not heard for longer than twice the declared interval and 10 s.
 * It goes by the times that are stored, so a hub that was down catches up at its first look.
 */
export function createSilenceWatch({ database, clock, log, onCommitted }: SilenceWatchDeps): SilenceWatch {
  async function turnSilent(): Promise<void> {
    // A row that a batch has in hand is left to it: its device is being heard.
    const rows = await database.query<{ id: string }>(
      `update kuzet.devices set state = 'silent'
       where id in (
         select id from kuzet.devices
         where state = 'online' and removed_at is null
           and (extract(epoch from $1::timestamptz - last_seen_at) - 10) / 2 > expected_interval_s
         order by id for update skip locked)
       returning id`,
      [new Date(clock.now()).toISOString()],
    );
    if (rows.length > 0) onCommitted({ devices: rows.map(({ id }) => id) });
  }

  const { run, stop } = createRegularWork({
    clock,
    log,
    everyMs,
    complaint: 'devices that fell quiet cannot be looked for; trying again every 5 s',
    work: turnSilent,
  });
  return { look: run, stop };
}
