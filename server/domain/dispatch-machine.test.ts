import { type DispatchState, dispatchStates } from '@kuzet/contracts/dispatch.ts';
import { describe, expect, test } from 'vitest';
import { type DispatchEvent, dispatchEvents, stepDispatch } from './dispatch-machine.ts';

// Columns: queued sent delivered accepted rejected completed failed. '=' unchanged, '!…' refused.
const expected: Record<DispatchEvent, readonly string[]> = {
  left: ['sent', '=', '=', '=', '=', '=', '='],
  'got-2xx': ['delivered', 'delivered', '=', '=', '=', '=', 'delivered'],
  shown: ['delivered', 'delivered', '=', '=', '=', '=', 'delivered'],
  'gave-up': ['failed', 'failed', '=', '=', '=', '=', '='],
  requeue: ['=', '=', '=', '=', 'queued', '!finished', 'queued'],
  accept: ['accepted', 'accepted', 'accepted', '=', '!answered-otherwise', '=', 'accepted'],
  reject: ['rejected', 'rejected', 'rejected', '!answered-otherwise', '=', '!answered-otherwise', 'rejected'],
  complete: ['!not-accepted', '!not-accepted', '!not-accepted', 'completed', '!not-accepted', '=', '!not-accepted'],
};

const seen = (state: DispatchState, event: DispatchEvent): string => {
  const step = stepDispatch(state, event);
  if (step.outcome === 'refused') return `!${step.why}`;
  if (step.outcome === 'unchanged') return step.state === state ? '=' : `unchanged but ${step.state}`;
  return step.state;
};

const answers: ReadonlySet<DispatchState> = new Set(['accepted', 'rejected', 'completed']);
const agencyWords: ReadonlySet<DispatchEvent> = new Set(['accept', 'reject', 'complete']);

describe('dispatch machine', () => {
  test.each(dispatchEvents)('%s from every state', (event) => {
    expect(dispatchStates.map((state) => seen(state, event))).toEqual(expected[event]);
  });

  test("[D1] only an agency's own answer makes accepted, rejected or completed", () => {
    for (const state of dispatchStates)
      for (const event of dispatchEvents) {
        const step = stepDispatch(state, event);
        if (step.outcome === 'changed' && answers.has(step.state)) expect(agencyWords.has(event)).toBe(true);
      }
  });

  test('[D2] a delivery that succeeds late never moves an answered dispatch', () => {
    for (const state of answers)
      for (const event of ['left', 'got-2xx', 'shown', 'gave-up'] as const)
        expect(stepDispatch(state, event)).toEqual({ outcome: 'unchanged', state });
  });
});
