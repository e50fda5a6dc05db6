import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';

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
