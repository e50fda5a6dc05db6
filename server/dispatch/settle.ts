import type { DispatchState } from '@kuzet/contracts/dispatch.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { type DispatchEvent, stepDispatch } from '../domain/dispatch-machine.ts';
import { retryDelayMs } from '../domain/retry-schedule.ts';
import type { Database, Transaction } from '../store/database.ts';
import type { DispatchTimelineKind, IncidentChanges } from './incident-writer.ts';
import { type ClaimedMessage, markDone, markGivenUp, markRetry, release } from './outbox.ts';
import type { DeliveryResult } from './targets/target.ts';

const kinds: Partial<Record<DispatchState, DispatchTimelineKind>> = {
  sent: 'dispatch-sent',
  delivered: 'dispatch-delivered',
  failed: 'dispatch-failed',
};

/**
 * Writes down what an attempt came to: the outbox row, and the dispatch where its state moves, in one transaction.
 * Answers whether the incident is to be published.
 */
export async function settleAttempt(
  deps: { database: Database; clock: Clock; random(): number; changes: IncidentChanges },
  message: ClaimedMessage,
  startedMs: number,
  result: DeliveryResult,
): Promise<boolean> {
  const { database, clock, random, changes } = deps;
  return database.transaction(async (tx) => {
    if (result.kind === 'stopped') {
      await release(tx, message.id);
      return false;
    }
    const incident = await changes.lock(tx, message.incidentId);
    if (!incident) throw new Error(`incident ${message.incidentId} of ${message.dispatchId} is gone`);
    const nowMs = clock.now();
    const error = result.kind === 'failed' || result.kind === 'refused' ? chain(result.error) : '';
    let event: DispatchEvent | null = null;
    if (result.kind === 'sent') event = 'left';
    else if (result.kind === 'delivered') event = 'got-2xx';
    else if (result.kind === 'refused') event = 'gave-up';

    if (result.kind === 'failed') {
      const delayMs = retryDelayMs({
        attempts: message.attempts,
        ageMs: nowMs - message.createdAtMs,
        retryAfterMs: result.retryAfterMs,
        random: random(),
      });
      if (delayMs === null) event = 'gave-up';
      else {
        await markRetry(tx, message.id, nowMs + delayMs, error);
        event = result.left ? 'left' : null;
      }
    } else if (event !== 'gave-up') await markDone(tx, message.id, nowMs);
    if (event === 'gave-up') await markGivenUp(tx, message, nowMs, error);

    const moved = event ? await move(tx, message, event, { startedMs, nowMs, error }) : null;
    const kind = moved ? kinds[moved] : undefined;
    // A failed attempt that moves no state still changes what screens show: the count, the error, when the next one is.
    if (!kind && error === '') return false;
    await changes.apply(tx, incident, {
      timeline: kind
        ? [
            {
              kind,
              data: {
                dispatchId: message.dispatchId,
                agencyId: message.agency.id,
                ...(kind === 'dispatch-failed' ? { reason: error } : {}),
              },
            },
          ]
        : [],
      actor: 'system',
      news: null,
    });
    return true;
  });
}

async function move(
  tx: Transaction,
  message: ClaimedMessage,
  event: DispatchEvent,
  at: { startedMs: number; nowMs: number; error: string },
): Promise<DispatchState | null> {
  const [row] = await tx.query<{ state: DispatchState }>(
    'select state from kuzet.dispatches where id = $1 for update',
    [message.dispatchId],
  );
  if (!row) throw new Error(`dispatch ${message.dispatchId} is gone`);
  const step = stepDispatch(row.state, event);
  const startedAt = new Date(at.startedMs).toISOString();
  const nowAt = new Date(at.nowMs).toISOString();
  // The moments are facts, and are kept even where a person's answer came first and the state stays.
  if (event === 'left' || event === 'got-2xx')
    await tx.query(
      `update kuzet.dispatches set sent_at = coalesce(sent_at, $2::timestamptz),
         delivered_at = coalesce(delivered_at, $3::timestamptz) where id = $1`,
      [message.dispatchId, startedAt, event === 'got-2xx' ? nowAt : null],
    );
  if (step.outcome !== 'changed') return null;
  if (step.state === 'failed')
    await tx.query('update kuzet.dispatches set failed_at = $2::timestamptz, reason = $3 where id = $1', [
      message.dispatchId,
      nowAt,
      at.error,
    ]);
  else if (row.state === 'failed')
    await tx.query('update kuzet.dispatches set failed_at = null, reason = null where id = $1', [message.dispatchId]);
  await tx.query('update kuzet.dispatches set state = $2 where id = $1', [message.dispatchId, step.state]);
  return step.state;
}

/** The message with those of its causes, for the people who mend it; never a header or a body. */
function chain(error: Error): string {
  const said: string[] = [];
  for (let cause: unknown = error; cause instanceof Error && said.length < 4; cause = cause.cause) {
    if (!said.some((text) => text.includes(cause.message))) said.push(cause.message);
  }
  return said.join(': ').slice(0, 500);
}
