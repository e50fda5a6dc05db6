import type { MetricValue } from '@kuzet/contracts/device.ts';
import { maxTextLength, metricName, toMetricValue } from '../metric-value.ts';
import { metricNameOf, spoken } from '../metric-words.ts';
import { type Decoded, gs101Reports, gs524nEvents } from './milesight.ts';

const maxDepth = 3;
/** More than any decoder says, and than anyone should have to look through. */
const maxFields = 1_000;

const eventValues = new Map(Object.values(gs524nEvents).map(({ word, values }) => [word, values]));
const reportValues = new Map(Object.values(gs101Reports).map(({ word, values }) => [word, values]));

/** What a network server's decoder made of an uplink: vendors' names, nested as Cayenne LPP is, words for yes and no. */
export function readDecodedObject(object: Record<string, unknown>): Decoded {
  const values: Record<string, MetricValue> = {};
  const faults: string[] = [];
  let fields = 0;

  const put = (metric: string, value: MetricValue) => {
    // Yes from any of the names that share a yes/no metric is yes.
    if (values[metric] !== true || value !== false) values[metric] = value;
  };
  const take = (path: string, raw: string | number | boolean) => {
    const known = metricNameOf(path);
    // A second temperature keeps its own name.
    const metric = known !== null && (!Object.hasOwn(values, known) || typeof raw !== 'number') ? known : path;
    if (known === null && (!metricName.test(path) || (typeof raw === 'string' && raw.length > maxTextLength))) return;
    const result = toMetricValue(metric, known === null ? raw : spoken(raw));
    if ('value' in result) put(metric, result.value);
    else faults.push(`${path}: ${result.refused}`);
  };
  const walk = (part: Record<string, unknown>, prefix: string, depth: number) => {
    for (const key of Object.keys(part)) {
      if (++fields > maxFields) return;
      const raw = part[key];
      const path = prefix + key;
      if (typeof raw === 'string' && depth === 1) {
        const said =
          key === 'event' && part.type === 'smoke sensor'
            ? eventValues.get(raw)
            : key === 'alarm'
              ? reportValues.get(raw)
              : undefined;
        if (said) {
          for (const [metric, value] of Object.entries(said)) put(metric, value);
          continue;
        }
      }
      if (typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean') take(path, raw);
      else if (typeof raw === 'object' && raw !== null && !Array.isArray(raw) && depth < maxDepth) {
        walk(raw as Record<string, unknown>, `${path}.`, depth + 1);
      }
    }
  };
  walk(object, '', 1);
  return { values, faults };
}
