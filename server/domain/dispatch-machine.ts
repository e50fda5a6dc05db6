import type { DispatchState } from '@kuzet/contracts/dispatch.ts';

/**
 * What happens to a dispatch. Ours: `left`, `gave-up`, `requeue` (an officer sends it again). A machine's there: `got-2xx`, and
 * `shown` when a desk has put it on its screen. The agency's own word: `accept`, `reject`, `complete`.
 */
export const dispatchEvents = [
  'left',
  'got-2xx',
  'shown',
  'gave-up',
  'requeue',
  'accept',
  'reject',
  'complete',
] as const;
export type DispatchEvent = (typeof dispatchEvents)[number];

export type DispatchStep =
  | { outcome: 'changed' | 'unchanged'; state: DispatchState }
  | { outcome: 'refused'; why: 'answered-otherwise' | 'not-accepted' | 'finished' };

const to = (state: DispatchState): DispatchStep => ({ outcome: 'changed', state });
const answeredOtherwise: DispatchStep = { outcome: 'refused', why: 'answered-otherwise' };
const notAccepted: DispatchStep = { outcome: 'refused', why: 'not-accepted' };
const finished: DispatchStep = { outcome: 'refused', why: 'finished' };
const stay = null;

type Row = Record<DispatchEvent, DispatchStep | null>;

// Rows are states, columns events; `stay` = unchanged. Delivery never moves a dispatch that a person has answered,
// and only an agency's own answer reaches accepted, rejected and completed.
const table: Record<DispatchState, Row> = {
  queued: {
    left: to('sent'),
    'got-2xx': to('delivered'),
    shown: to('delivered'),
    'gave-up': to('failed'),
    requeue: stay,
    accept: to('accepted'),
    reject: to('rejected'),
    complete: notAccepted,
  },
  sent: {
    left: stay,
    'got-2xx': to('delivered'),
    shown: to('delivered'),
    'gave-up': to('failed'),
    requeue: stay,
    accept: to('accepted'),
    reject: to('rejected'),
    complete: notAccepted,
  },
  delivered: {
    left: stay,
    'got-2xx': stay,
    shown: stay,
    // The agency's machine has the incident: failing to bring it later news does not take that back.
    'gave-up': stay,
    requeue: stay,
    accept: to('accepted'),
    reject: to('rejected'),
    complete: notAccepted,
  },
  accepted: {
    left: stay,
    'got-2xx': stay,
    shown: stay,
    'gave-up': stay,
    requeue: stay,
    accept: stay,
    reject: answeredOtherwise,
    complete: to('completed'),
  },
  rejected: {
    left: stay,
    'got-2xx': stay,
    shown: stay,
    'gave-up': stay,
    requeue: to('queued'),
    accept: answeredOtherwise,
    reject: stay,
    complete: notAccepted,
  },
  completed: {
    left: stay,
    'got-2xx': stay,
    shown: stay,
    'gave-up': stay,
    requeue: finished,
    // It was accepted before it was completed: a second press is no contradiction.
    accept: stay,
    reject: answeredOtherwise,
    complete: stay,
  },
  failed: {
    left: stay,
    // A request given up on may still have arrived; an answer or a desk says so.
    'got-2xx': to('delivered'),
    shown: to('delivered'),
    'gave-up': stay,
    requeue: to('queued'),
    accept: to('accepted'),
    reject: to('rejected'),
    complete: notAccepted,
  },
};

/** One step of a dispatch. Pure. */
export function stepDispatch(state: DispatchState, event: DispatchEvent): DispatchStep {
  return table[state][event] ?? { outcome: 'unchanged', state };
}
