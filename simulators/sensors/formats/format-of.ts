import type { ProfileName, SiteDevice } from '@kuzet/contracts/site-file.ts';
import { canonicalFormat } from './canonical.ts';
import type { DeviceFormat } from './device-format.ts';
import { zigbee2mqttFormat } from './zigbee2mqtt.ts';

/** The formats the simulated devices speak; not every profile has one. */
export const deviceFormats: Partial<Record<ProfileName, DeviceFormat>> = {
  canonical: canonicalFormat,
  zigbee2mqtt: zigbee2mqttFormat,
};

/** @throws Error for a device whose profile is not simulated. */
export function formatOf(device: SiteDevice): DeviceFormat {
  const format = deviceFormats[device.profile];
  if (!format) throw new Error(`${device.id}: the simulators do not speak ${device.profile}`);
  return format;
}
