import type { ProfileName, SiteDevice } from '@kuzet/contracts/site-file.ts';
import { canonicalFormat } from './canonical.ts';
import type { DeviceFormat } from './device-format.ts';
import { zigbee2mqttFormat } from './zigbee2mqtt.ts';

/** The formats the simulated devices speak. */
export const deviceFormats: Record<ProfileName, DeviceFormat> = {
  canonical: canonicalFormat,
  zigbee2mqtt: zigbee2mqttFormat,
};

export const formatOf = (device: SiteDevice): DeviceFormat => deviceFormats[device.profile];
