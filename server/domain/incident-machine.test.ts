import { type IncidentState, incidentStates } from '@kuzet/contracts/incident.ts';
import { describe, expect, test } from 'vitest';
import { type IncidentEvent, incidentEvents, stepIncident } from './incident-machine.ts';

const none = { acknowledgedAt: null, dispatchedAt: null, onSceneAt: null };
const at = new Date('2026-11-22T12:00:00Z');

// '=' unchanged, '!' refused, else the state gone to. Columns: new acknowledged dispatched on-scene resolved closed.
const expected: Record<IncidentEvent, readonly string[]> = {
  acknowledge: ['acknowledged', '=', '=', '=', '=', '!'],
  'agency-accepted': ['dispatched', 'dispatched', '=', '=', '=', '!'],
  'agency-on-scene': ['on-scene', 'on-scene', 'on-scene', '=', '=', '!'],
  resolve: ['resolved', 'resolved', 'resolved', 'resolved', '=', '!'],
  close: ['closed', 'closed', 'closed', 'closed', 'closed', '='],
  'alarm-returned': ['=', '=', '=', '=', 'new', '!'],
};

const seen = (state: IncidentState, event: IncidentEvent): string => {
  const step = stepIncident(state, event, none);
  if (step.outcome === 'refused') return '!';
  if (step.outcome === 'unchanged') {
    expect(step.state).toBe(state);
    return '=';
  }
  return step.state;
};

describe('[I2] an incident goes forward only', () => {
  test.each(incidentEvents)('%s from every state', (event) => {
    expect(incidentStates.map((state) => seen(state, event))).toEqual(expected[event]);
  });

  test('[I3] a late acknowledgement keeps the state and is still written down', () => {
    expect(stepIncident('on-scene', 'acknowledge', none)).toEqual({
      outcome: 'unchanged',
      state: 'on-scene',
      stamp: 'acknowledgedAt',
    });
  });

  test.each([
    [{ ...none, acknowledgedAt: at }, 'acknowledged'],
    [{ ...none, acknowledgedAt: at, dispatchedAt: at }, 'dispatched'],
    [{ acknowledgedAt: at, dispatchedAt: at, onSceneAt: at }, 'on-scene'],
  ])('[I3] an alarm that comes back to a resolved incident loses no moment: %j', (stamps, state) => {
    expect(stepIncident('resolved', 'alarm-returned', stamps)).toMatchObject({ outcome: 'changed', state });
  });
});
