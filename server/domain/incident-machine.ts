import type { IncidentState } from '@kuzet/contracts/incident.ts';

/** What a person does (`acknowledge` … `close`), what an agency answers, and an alarm that comes back. */
export const incidentEvents = [
  'acknowledge',
  'agency-accepted',
  'agency-on-scene',
  'resolve',
  'close',
  'alarm-returned',
] as const;
export type IncidentEvent = (typeof incidentEvents)[number];

/** The moments that are kept for good; a state that is left behind keeps its moment. */
export interface IncidentStamps {
  acknowledgedAt: Date | null;
  dispatchedAt: Date | null;
  onSceneAt: Date | null;
}

/**
 * `changed`: go to `state`. `unchanged`: nothing to do, and no harm done. `refused`: not possible from here.
 * `stamp` names the moment to write down if it is not yet: a late acknowledgement keeps the state and still counts.
 */
export type IncidentStep =
  | { outcome: 'changed' | 'unchanged'; state: IncidentState; stamp: keyof IncidentStamps | null }
  | { outcome: 'refused'; why: string };

const order: Record<IncidentState, number> = {
  new: 0,
  acknowledged: 1,
  dispatched: 2,
  'on-scene': 3,
  resolved: 4,
  closed: 5,
};

/**
 * One step of an incident. States only go forward, but for `alarm-returned`, which takes a resolved incident back to
 * the furthest state that its moments speak for. Pure.
 */
export function stepIncident(state: IncidentState, event: IncidentEvent, stamps: IncidentStamps): IncidentStep {
  const stay = (stamp: keyof IncidentStamps | null = null): IncidentStep => ({ outcome: 'unchanged', state, stamp });
  const forwardTo = (to: IncidentState, stamp: keyof IncidentStamps | null): IncidentStep =>
    order[state] < order[to] ? { outcome: 'changed', state: to, stamp } : stay(stamp);

  if (state === 'closed') {
    if (event === 'close') return stay();
    return { outcome: 'refused', why: 'the incident is closed' };
  }
  switch (event) {
    case 'acknowledge':
      return forwardTo('acknowledged', 'acknowledgedAt');
    case 'agency-accepted':
      return forwardTo('dispatched', 'dispatchedAt');
    case 'agency-on-scene':
      return forwardTo('on-scene', 'onSceneAt');
    case 'resolve':
      return forwardTo('resolved', null);
    case 'close':
      return { outcome: 'changed', state: 'closed', stamp: null };
    case 'alarm-returned':
      return state === 'resolved' ? { outcome: 'changed', state: furthest(stamps), stamp: null } : stay();
  }
}

function furthest(stamps: IncidentStamps): IncidentState {
  if (stamps.onSceneAt) return 'on-scene';
  if (stamps.dispatchedAt) return 'dispatched';
  return stamps.acknowledgedAt ? 'acknowledged' : 'new';
}
