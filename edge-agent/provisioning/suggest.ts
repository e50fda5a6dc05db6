import { createHash } from 'node:crypto';
import type { DeviceKind, Metric } from '@kuzet/contracts/device.ts';
import { knownMetrics } from '@kuzet/contracts/metrics.ts';

/** The first metric that is there decides: what endangers people goes before what is merely measured. */
const kindByMetric: readonly (readonly [metric: string, kind: DeviceKind])[] = [
  ['smoke', 'smoke-detector'],
  ['smokeDensity', 'smoke-detector'],
  ['gas', 'gas-detector'],
  ['co', 'gas-detector'],
  ['leak', 'water-leak'],
  ['forced', 'door-contact'],
  ['open', 'door-contact'],
  ['motion', 'motion-sensor'],
  ['windSpeed', 'weather-station'],
  ['level', 'water-level'],
  ['pm25', 'air-quality'],
  ['pm10', 'air-quality'],
  ['co2', 'air-quality'],
  ['power', 'power-meter'],
];

/** What kind of device measures this, as a person may change it; null where nothing tells. */
export function suggestKind(metrics: readonly Metric[]): DeviceKind | null {
  const names = new Set(metrics.map(({ name }) => name));
  return kindByMetric.find(([metric]) => names.has(metric))?.[1] ?? null;
}

/** A vendor's name as an id. Names that differ stay different: what had to be replaced is told apart by a hash. */
export function toId(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  const slug = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 56);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 6);
  return slug === '' ? `device-${hash}` : `${slug}-${hash}`;
}

/** Metrics of names alone, with the units of those that Kuzet knows. */
export const toMetrics = (names: Iterable<string>): Metric[] =>
  [...names].map((name) => ({
    name,
    unit: Object.hasOwn(knownMetrics, name) ? knownMetrics[name as keyof typeof knownMetrics] : '',
  }));
