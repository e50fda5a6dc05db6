import { toMetrics } from '../provisioning/suggest.ts';
import type { ProfileResult, Sighting } from './profile.ts';

/** A device by what one message of it says; null when the message says nothing that would make it one. */
export function sightingOf(device: Omit<Sighting, 'metrics'>, { items }: ProfileResult): Sighting | null {
  const names = new Set(items.flatMap((item) => (item.t === 'reading' ? Object.keys(item.values) : [])));
  return names.size > 0 ? { ...device, metrics: toMetrics(names) } : null;
}
