import { topics } from '@kuzet/contracts/topics.ts';
import type { DeviceFormat } from './device-format.ts';

/** Kuzet's own format: `kuzet/v1/{site}/{device}/reading`, `{"observedAt": RFC 3339, "values": {…}}`. */
export const canonicalFormat: DeviceFormat = {
  reading: (device, values, observedAtMs) => ({
    topic: topics.reading(device.siteId, device.id),
    payload: JSON.stringify({ observedAt: new Date(observedAtMs).toISOString(), values }),
  }),
  presence: () => null,
};
