import { type KnownMetric, knownMetrics } from '@kuzet/contracts/metrics.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { toUnit } from './profiles/ucum.ts';

const unitOf = (metric: string): string | null =>
  Object.hasOwn(knownMetrics, metric) ? knownMetrics[metric as KnownMetric] : null;

/** Faults in the parts of a device that one profile has and no other; each with its key path. */
export function* vendorFaults(devices: readonly SiteDevice[]): Generator<string> {
  for (const [index, { profile, streams, codes }] of devices.entries()) {
    const at = `devices.${index}`;
    if (streams && profile !== 'sensorthings')
      yield `${at}.streams: only profile sensorthings has them, not ${profile}`;
    if (codes && profile !== 'tasmota') yield `${at}.codes: only profile tasmota has them, not ${profile}`;
    for (const [number, { topic, metric, unit }] of (streams ?? []).entries()) {
      if (/[+#\0]|^\$/.test(topic)) {
        yield `${at}.streams.${number}.topic: a topic to publish on holds no + or #, and does not begin with $`;
      }
      const kept = unitOf(metric);
      if (unit !== undefined && kept !== null && toUnit(0, unit, kept) === null) {
        yield `${at}.streams.${number}.unit: ${metric} is kept in ${kept || 'yes and no'}; there is no way there from ${unit}`;
      }
    }
    for (const code of Object.keys(codes ?? {})) {
      if (!/^(0x)?[0-9a-f]{1,32}$/i.test(code)) {
        yield `${at}.codes: "${code}" is no radio code; those are hexadecimal, such as 4AF10A`;
      }
    }
    if (codes && Object.keys(codes).length === 0) yield `${at}.codes: a radio detector has one code at least`;
  }
}
