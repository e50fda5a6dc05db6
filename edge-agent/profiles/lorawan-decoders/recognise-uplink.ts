import type { DeviceKind } from '@kuzet/contracts/device.ts';
import type { ProfileResult, Sighting } from '../profile.ts';
import { sightingOf } from '../sighting.ts';

/** Kinds that bytes can be read as; first one whose bytes mean the same on every device. */
const kinds: readonly DeviceKind[] = [
  'weather-station',
  'smoke-detector',
  'gas-detector',
  'water-leak',
  'door-contact',
  'motion-sensor',
];

/**
 * A device that nobody declared, by one uplink. What its bytes mean hangs on its kind: the first kind that leaves no byte
 * unread is offered, else the first that reads any.
 */
export function recogniseUplink(
  device: Omit<Sighting, 'metrics' | 'kind'>,
  read: (deviceKind: DeviceKind) => ProfileResult,
): Sighting | null {
  const tries = kinds.map((kind) => ({ kind, result: read(kind) })).filter(({ result }) => result.items.length > 0);
  const best = tries.find(({ result }) => result.refused === null) ?? tries[0];
  if (!best) return null;
  return sightingOf({ ...device, kind: best.kind === kinds[0] ? null : best.kind }, best.result);
}
