import type { MetricValue } from '@kuzet/contracts/device.ts';
import { type KnownMetric, knownMetrics } from '@kuzet/contracts/metrics.ts';
import { describe } from './read-json.ts';

export const metricName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
export const maxTextLength = 256;
/** More values in one message than any device has: a mistake, or somebody else's format. */
export const maxValues = 64;

/** Known metrics without a unit that count or name; all others without one are yes/no. */
const counted: ReadonlySet<KnownMetric> = new Set(['linkQuality']);

const isKnown = (name: string): name is KnownMetric => Object.hasOwn(knownMetrics, name);
const isYesNo = (name: KnownMetric): boolean => knownMetrics[name] === '' && !counted.has(name);

/**
 * The value as Kuzet keeps it, or why it cannot be that metric's: a clause for people. Devices that say yes and no as
 * 1 and 0 are understood: a fire must not fail for that.
 */
export function toMetricValue(name: string, value: unknown): { value: MetricValue } | { refused: string } {
  if (!metricName.test(name)) {
    return { refused: `a metric's name is a letter, then letters, digits, . _ -, at most 64` };
  }
  if (isKnown(name)) {
    if (isYesNo(name)) {
      if (typeof value === 'boolean') return { value };
      if (value === 0 || value === 1) return { value: value === 1 };
      return { refused: `${name} is ${describe(value)}; true or false is expected` };
    }
    if (typeof value === 'number' && Number.isFinite(value)) return { value };
    return { refused: `${name} is ${describe(value)}; a number is expected` };
  }
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return { value };
  if (typeof value === 'string') {
    if (value.length <= maxTextLength) return { value };
    return { refused: `${name} is a text of ${value.length} characters; at most ${maxTextLength} are taken` };
  }
  return { refused: `${name} is ${describe(value)}; a number, true or false, or a text is expected` };
}
