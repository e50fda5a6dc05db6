import type { DeviceKind } from '@kuzet/contracts/device.ts';
import type { Priority } from '@kuzet/contracts/incident.ts';

/** How long a device may stay unheard: twice its expected interval and 10 s, milliseconds. */
export const silentAfterMs = (expectedIntervalS: number): number => (2 * expectedIntervalS + 10) * 1_000;

/** An edge may be away this long (a restart, a new address) before it is an alarm. */
export const edgeGoneAfterMs = 10_000;

/** And this long after the hub began to hear: after a restart of the whole machine its edge agent comes later. */
export const hubSettledAfterMs = 30_000;

/** One alarm for all that the edge looks after: nobody sees a fire there. */
export const edgeGonePriority: Priority = 'high';

/** Without these a fire is seen late or not at all; a fault of theirs is to be mended within the shift (EN 54-2: fault). */
const fireSide: readonly DeviceKind[] = ['smoke-detector', 'heat-detector', 'manual-call-point', 'fire-panel'];

/** Silence is a fault and no incident, so it is never critical. */
export const silencePriority = (kind: DeviceKind): Priority => (fireSide.includes(kind) ? 'high' : 'routine');

/**
 * What an edge sends lies this far behind the hub's clock before it counts as a backlog, seconds; and a backlog drains only
 * while it shrinks by `shrinkS`. An edge whose clock is slow has a lag that never shrinks, and is no excuse for silence.
 */
export const backlog = { fromS: 30, shrinkS: 5, anewS: 30 } as const;
