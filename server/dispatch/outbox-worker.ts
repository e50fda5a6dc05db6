import type { Effects } from '@kuzet/contracts/actor.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Database } from '../store/database.ts';
import { createDeadlines } from './deadlines.ts';
import { createFailureTally } from './failure-tally.ts';
import type { IncidentChanges } from './incident-writer.ts';
import { type ClaimedMessage, claimDue, nextDueMs } from './outbox.ts';
import { settleAttempt } from './settle.ts';
import { createAddressGuard } from './targets/address-guard.ts';
import { createTargets } from './targets/index.ts';
import type { DeliveryResult } from './targets/target.ts';

export interface DispatchWorker {
  start(): void;
  /** Something was queued: look now. */
  wake(): void;
  /** Ends requests under way (they are sent again after the next start, with the same webhook-id) and waits for them. */
  stop(): Promise<void>;
}

export interface DispatchWorkerDeps {
  database: Database;
  clock: Clock;
  log: Log;
  /** 0 up to 1; spreads retries. */
  random(): number;
  changes: IncidentChanges;
  onCommitted(effects: Effects): void;
  /** CIDR list that webhook addresses must lie in; config `dispatch.allowedNetworks`. */
  allowedNetworks: readonly string[];
  /** For one request, from name lookup to the answer's head; config `dispatch.timeoutMs`. */
  timeoutMs?: number;
}

/** Requests under way at one agency. Its slowness fills its own places only. */
const placesPerAgency = 4;
/** Look again at least this often: another hub may have queued something, or left something behind. */
const longestPauseMs = 5_000;
/** After a fault of the database. */
const faultPauseMs = 1_000;
/** A claim outlives the request's own timeout by this, for the writing down. */
const leaseSpareMs = 2_000;

/**
 * Sends what is in the outbox and turns unanswered dispatches overdue.
 * @throws StartError when `allowedNetworks` holds something that is no network.
 */
export function createDispatchWorker(deps: DispatchWorkerDeps): DispatchWorker {
  const { database, clock, log, onCommitted } = deps;
  const timeoutMs = deps.timeoutMs ?? 10_000;
  const guard = createAddressGuard({ allowedNetworks: deps.allowedNetworks });
  const targets = createTargets({ clock, guard, timeoutMs });
  const deadlines = createDeadlines(deps);
  const tally = createFailureTally({ clock, log });
  const stopping = new AbortController();
  /** Attempts under way, by dispatch. */
  const underWay = new Map<string, { agencyId: string; done: Promise<void> }>();
  let running: Promise<void> | null = null;
  let lookAgain = false;
  let started = false;
  let cancelTimer: () => void = () => undefined;

  async function attempt(message: ClaimedMessage): Promise<void> {
    const startedMs = clock.now();
    const target = targets.find((candidate) => candidate.channel === message.agency.channel);
    const result: DeliveryResult = target
      ? await target.deliver({
          messageId: message.id,
          body: message.body,
          drill: message.drill,
          agency: message.agency,
          secrets: message.secrets,
          signal: stopping.signal,
        })
      : { kind: 'refused', error: new Error(`no way to reach an agency by ${message.agency.channel}`) };
    if (result.kind === 'failed' || result.kind === 'refused') tally.add(message.agency.id, result.error);
    // A settlement that cannot be written leaves the claim to run out: the message is then sent again, same webhook-id.
    const publish = await settleAttempt(deps, message, startedMs, result);
    if (publish) onCommitted({ incidents: [message.incidentId] });
  }

  function begin(message: ClaimedMessage): void {
    const done = attempt(message)
      .catch((err: unknown) => log.error({ err, dispatchId: message.dispatchId }, 'dispatch attempt not written down'))
      .finally(() => {
        underWay.delete(message.dispatchId);
        wake();
      });
    underWay.set(message.dispatchId, { agencyId: message.agency.id, done });
  }

  async function look(): Promise<void> {
    const overdue = await deadlines.check();
    if (overdue.length > 0) onCommitted({ incidents: overdue });
    const busy = (agencyId: string) => [...underWay.values()].filter((entry) => entry.agencyId === agencyId).length;
    const claimed = await claimDue(database, {
      nowMs: clock.now(),
      leaseMs: timeoutMs + leaseSpareMs,
      underWay: [...underWay.keys()],
      room: (agencyId) => placesPerAgency - busy(agencyId),
    });
    for (const message of claimed) begin(message);
  }

  async function loop(): Promise<void> {
    while (lookAgain && !stopping.signal.aborted) {
      lookAgain = false;
      let pauseMs = longestPauseMs;
      try {
        await look();
        const nowMs = clock.now();
        const next = [await nextDueMs(database, nowMs), await deadlines.nextMs()].filter((at) => at !== null);
        pauseMs = Math.min(longestPauseMs, ...next.map((at) => Math.max(1, at - nowMs)));
      } catch (err) {
        log.error({ err }, 'outbox cannot be read; trying again');
        pauseMs = faultPauseMs;
      }
      cancelTimer();
      if (!stopping.signal.aborted) cancelTimer = clock.after(pauseMs, wake);
    }
  }

  function wake(): void {
    if (!started || stopping.signal.aborted) return;
    lookAgain = true;
    running ??= loop().finally(() => {
      running = null;
      if (lookAgain) wake();
    });
  }

  return {
    start() {
      started = true;
      wake();
    },
    wake,
    async stop() {
      stopping.abort();
      cancelTimer();
      await running;
      await Promise.all([...underWay.values()].map((entry) => entry.done));
      tally.flush();
    },
  };
}
