import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { ProfileName, SiteDevice } from '@kuzet/contracts/site-file.ts';
import { canonicalFormat } from './canonical.ts';
import { zigbee2mqttFormat } from './zigbee2mqtt.ts';

/** Kuzet's metric names and values; units as in contracts/metrics.ts. */
export type Values = Record<string, MetricValue>;

export interface WireMessage {
  topic: string;
  payload: string;
  retain?: boolean;
}

/** How a device of one make says its readings. */
export interface DeviceFormat {
  reading(device: SiteDevice, values: Values, observedAtMs: number): WireMessage;
  /** What its gateway says when the device comes or goes; null where nobody says it. */
  presence(device: SiteDevice, online: boolean): WireMessage | null;
}

export const deviceFormats: Record<ProfileName, DeviceFormat> = {
  canonical: canonicalFormat,
  zigbee2mqtt: zigbee2mqttFormat,
};

export const formatOf = (device: SiteDevice): DeviceFormat => deviceFormats[device.profile];
