import type { SiteDevice } from '@kuzet/contracts/site-file.ts';

/**
 * What a profile makes of the list of its devices, made once a list: the list stays the same object until a device is
 * added, and topics that nobody knows come in floods.
 */
export function byDevices<T>(make: (devices: readonly SiteDevice[]) => T): (devices: readonly SiteDevice[]) => T {
  const made = new WeakMap<readonly SiteDevice[], T>();
  return (devices) => {
    let value = made.get(devices);
    if (value === undefined) {
      value = make(devices);
      made.set(devices, value);
    }
    return value;
  };
}
