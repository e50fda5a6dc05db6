import { type KnownMetric, knownMetrics } from '@kuzet/contracts/metrics.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { byDevices } from './by-devices.ts';
import { createGathering, observedAt } from './gathering.ts';
import { parseRfc3339 } from './observed-at.ts';
import { type Profile, type ProfileMessage, type ProfileResult, refuse } from './profile.ts';
import { describe, readJsonObject } from './read-json.ts';
import { toUnit } from './ucum.ts';

/** An instant, or the end of an interval (`start/end`): when the value was true. */
function timeMs(value: unknown): number | null {
  return typeof value === 'string' ? parseRfc3339(value.slice(value.indexOf('/') + 1)) : null;
}

const unitOf = (metric: string): string | undefined =>
  Object.hasOwn(knownMetrics, metric) ? knownMetrics[metric as KnownMetric] : undefined;

/** An observation says no quantity and no unit; the kind of its topic does: `metric`, or `metric unit`. */
function read({ kind, payload, nowMs }: ProfileMessage): ProfileResult {
  const [metric = '', said = ''] = kind.split(' ');
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const { result, phenomenonTime, resultTime } = json.object;
  if (result === undefined || result === null) return refuse('"result" is missing');
  if (typeof result === 'object') return refuse(`"result" is ${describe(result)}; a single value is expected`);
  const kept = unitOf(metric);
  // Some servers write numbers as texts, to keep their digits.
  const isNumber = kept !== undefined && kept !== '' && typeof result === 'string' && /^-?\d+(\.\d+)?$/.test(result);
  const value = isNumber ? Number(result) : result;
  const converted = said === '' || kept === undefined ? { value } : toUnit(value, said, kept);
  if (!converted) return refuse(`${metric} is kept in ${kept}; the site file says that it comes in ${said}`);
  const into = createGathering();
  into.take(metric, converted.value, 'result');
  const id = json.object['@iot.id'] ?? json.object.id;
  const key =
    typeof id === 'number' || (typeof id === 'string' && id !== '') ? { senderKey: String(id).slice(0, 128) } : {};
  return into.result({ ...observedAt(timeMs(phenomenonTime) ?? timeMs(resultTime), nowMs), ...key });
}

const ownTopic = (device: SiteDevice): string => device.topic ?? `v1.1/Datastreams(${device.id})/Observations`;
const streamsOf = (device: SiteDevice) =>
  device.streams ?? [{ topic: ownTopic(device), metric: device.metrics[0]?.name ?? 'value' }];

const shape = /^((?:.+\/)?v\d+\.\d+\/)((?:Multi)?Datastreams\([^/]+\))\/Observations(?:\?.*)?$/;
const servicesOf = byDevices(
  (devices) => new Set(devices.flatMap(streamsOf).map(({ topic }) => shape.exec(topic)?.[1] ?? topic)),
);

/** OGC SensorThings (FROST): `v1.1/Datastreams(5)/Observations`, one metric a datastream. */
export const sensorthings: Profile = {
  name: 'sensorthings',
  topics: (device) =>
    streamsOf(device).map(({ topic, metric, unit }) => ({ topic, kind: unit ? `${metric} ${unit}` : metric })),
  unknownDevice(topic, devices) {
    const [, service, stream] = shape.exec(topic) ?? [];
    return service !== undefined && stream !== undefined && servicesOf(devices).has(service) ? stream : null;
  },
  ignores: () => false,
  read,
  recognise({ topic, payload }) {
    const [, , stream] = shape.exec(topic) ?? [];
    const json = readJsonObject(payload);
    if (stream === undefined || !('object' in json) || json.object.result === undefined) return null;
    // What it measures stands at the server; who adopts it writes the metric.
    return { topic, id: stream, metrics: [{ name: 'value', unit: '' }] };
  },
};
