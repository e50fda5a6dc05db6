import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { maxTextLength, maxValues, metricName, toMetricValue } from './metric-value.ts';
import { parseRfc3339 } from './observed-at.ts';
import { type Profile, type ProfileMessage, type ProfileResult, refuse } from './profile.ts';
import { readJsonObject } from './read-json.ts';
import { sightingOf } from './sighting.ts';

type Mapped = { metric: string; value: unknown } | null;
type Mapping = (value: unknown) => Mapped;

const as =
  (metric: string): Mapping =>
  (value) => ({ metric, value });
const times =
  (metric: string, factor: number): Mapping =>
  (value) => ({ metric, value: typeof value === 'number' ? value * factor : value });
/** Locks and covers have states of their own under the same key. */
const onOff: Mapping = (value) =>
  value === 'ON' || value === 'OFF' ? { metric: 'on', value: value === 'ON' } : { metric: 'state', value };

/** Keys of Zigbee2MQTT's exposes (zigbee2mqtt.io/guide/usage/exposes.html) as Kuzet's metrics. Others keep their name. */
const mappings: Readonly<Record<string, Mapping>> = {
  smoke: as('smoke'),
  heat: as('alarm'),
  heat_alarm: as('alarm'),
  alarm: as('alarm'),
  sos: as('alarm'),
  emergency: as('alarm'),
  gas: as('gas'),
  carbon_monoxide: as('gas'),
  test: as('test'),
  trouble: as('fault'),
  fault_alarm: as('fault'),
  device_fault: as('fault'),
  battery_defect: as('fault'),
  tamper: as('tamper'),
  battery_low: as('batteryLow'),
  battery: as('battery'),
  // `contact` is true while the two halves touch: the door is closed.
  contact: (value) => ({ metric: 'open', value: typeof value === 'boolean' ? !value : value }),
  occupancy: as('motion'),
  presence: as('motion'),
  water_leak: as('leak'),
  state: onOff,
  temperature: as('temperature'),
  device_temperature: as('deviceTemperature'),
  humidity: as('humidity'),
  smoke_density: as('smokeDensity'),
  // dB/m to per cent of light lost a metre (EN 54-7 names both).
  smoke_density_dbm: (value) => ({
    metric: 'smokeDensity',
    value: typeof value === 'number' ? Math.round((1 - 10 ** (-value / 10)) * 10_000) / 100 : value,
  }),
  co: as('co'),
  co2: as('co2'),
  pm25: as('pm25'),
  pm10: as('pm10'),
  power: times('power', 0.001),
  // Plugs say volts, batteries millivolts; no plug has a thousand volts and no battery less than one.
  voltage: (value) => ({ metric: 'voltage', value: typeof value === 'number' && value >= 1000 ? value / 1000 : value }),
  linkquality: as('linkQuality'),
  last_seen: () => null,
  elapsed: () => null,
  update_available: () => null,
};

/** Yes from any of the keys that share a yes/no metric is yes. */
function put(values: Record<string, MetricValue>, metric: string, value: MetricValue): void {
  if (values[metric] === true && value === false) return;
  values[metric] = value;
}

/** `last_seen` is the gateway's clock, not the device's: beyond these it is wrong. */
const maxAheadMs = 10 * 60_000;
/** Zigbee2MQTT repeats what it remembers when it starts; that is old, and rightly so. */
const maxBehindMs = 30 * 24 * 3_600_000;

/** `last_seen` in each of its settings: ISO_8601, ISO_8601_local, epoch (ms). */
function lastSeenMs(value: unknown, nowMs: number): number {
  const said = typeof value === 'number' ? value : typeof value === 'string' ? parseRfc3339(value) : null;
  if (said === null || !Number.isFinite(said)) return nowMs;
  return said > nowMs + maxAheadMs || said < nowMs - maxBehindMs ? nowMs : Math.round(said);
}

function readState({ payload, nowMs }: ProfileMessage): ProfileResult {
  // How a retained state is taken away.
  if (payload.length === 0) return { items: [], refused: null };
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const values: Record<string, MetricValue> = {};
  const faults: string[] = [];
  for (const [key, raw] of Object.entries(json.object)) {
    const mapping = Object.hasOwn(mappings, key) ? mappings[key] : undefined;
    // null: a value not known yet. Objects (update, color, schedules) hold settings, not readings.
    if (raw === null || typeof raw === 'object') continue;
    if (!mapping && (!metricName.test(key) || (typeof raw === 'string' && raw.length > maxTextLength))) continue;
    const mapped = mapping ? mapping(raw) : { metric: key, value: raw };
    if (!mapped) continue;
    const result = toMetricValue(mapped.metric, mapped.value);
    if ('refused' in result) faults.push(mapping ? `${key}: ${result.refused}` : result.refused);
    else put(values, mapped.metric, result.value);
  }
  const count = Object.keys(values).length;
  if (count > maxValues) return refuse(`${count} values in one message; at most ${maxValues}`);
  return {
    items: count > 0 ? [{ t: 'reading', observedAtMs: lastSeenMs(json.object.last_seen, nowMs), values }] : [],
    refused: faults.length > 0 ? faults.slice(0, 3).join('; ') : null,
  };
}

/** `online` or `offline`: plain, or `{"state": …}` since Zigbee2MQTT 1.26. */
function readAvailability({ payload }: ProfileMessage): ProfileResult {
  if (payload.length === 0) return { items: [], refused: null };
  const text = payload.toString('utf8').trim();
  const json = readJsonObject(payload);
  const state = 'object' in json ? json.object.state : text;
  if (state === 'online' || state === 'offline') {
    return { items: [{ t: 'device-status', online: state === 'online' }], refused: null };
  }
  return refuse('availability is neither online nor offline');
}

const topicOf = (device: SiteDevice): string => device.topic ?? `zigbee2mqtt/${device.id}`;

const basesOf = new WeakMap<readonly SiteDevice[], Set<string>>();

/** `zigbee2mqtt/kitchen/smoke` may have the base `zigbee2mqtt`, or `zigbee2mqtt/kitchen`: names may hold a slash. */
function bases(devices: readonly SiteDevice[]): Set<string> {
  const before = basesOf.get(devices);
  if (before) return before;
  const found = new Set<string>();
  basesOf.set(devices, found);
  for (const device of devices) {
    const levels = topicOf(device).split('/');
    for (let length = 1; length < levels.length; length++) found.add(levels.slice(0, length).join('/'));
  }
  return found;
}

/** Zigbee2MQTT: `<base>/<friendly name>` with JSON, `<base>/<friendly name>/availability`. */
export const zigbee2mqtt: Profile = {
  name: 'zigbee2mqtt',
  topics(device) {
    const topic = topicOf(device);
    return [
      { topic, kind: 'state' },
      { topic: `${topic}/availability`, kind: 'availability' },
    ];
  },
  unknownDevice(topic, devices) {
    const [base, ...name] = topic.split('/');
    if (!base || name.length === 0 || !bases(devices).has(base)) return null;
    return name.join('/').replace(/\/availability$/, '');
  },
  ignores(topic, devices) {
    const levels = topic.split('/');
    const known = bases(devices);
    if (!known.has(levels[0] ?? '')) return false;
    // What others tell devices to do, and what the bridge says of itself.
    if (/\/(set|get)(\/|$)/.test(topic)) return true;
    return levels.some((level, at) => level === 'bridge' && known.has(levels.slice(0, at).join('/')));
  },
  read: (message) => (message.kind === 'availability' ? readAvailability(message) : readState(message)),
  recognise({ topic, payload, nowMs }, devices) {
    const levels = topic.split('/');
    const base = levels[0] ?? '';
    // Without a device to tell the base it is the usual one.
    if (levels.length < 2 || (base !== 'zigbee2mqtt' && !bases(devices).has(base))) return null;
    if (levels[1] === 'bridge' || /\/(set|get|availability)(\/|$)/.test(topic)) return null;
    return sightingOf({ topic, id: topic.slice(base.length + 1) }, readState({ kind: 'state', payload, nowMs }));
  },
};
