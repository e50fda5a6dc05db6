import type { MetricValue } from '@kuzet/contracts/device.ts';
import { maxTextLength, metricName, toMetricValue } from '../metric-value.ts';
import { type Decoded, gs101Reports, gs524nEvents } from './milesight.ts';

/** Names that network servers' decoders use, lower case without `_`, `-`, `.` and blanks, as Kuzet's metrics. */
const names: Readonly<Record<string, string>> = {
  smoke: 'smoke',
  smokealarm: 'smoke',
  smokestatus: 'smoke',
  smokedetected: 'smoke',
  fire: 'smoke',
  firealarm: 'smoke',
  heatalarm: 'alarm',
  alarm: 'alarm',
  alarmstatus: 'alarm',
  sos: 'alarm',
  gas: 'gas',
  gasstatus: 'gas',
  gasalarm: 'gas',
  test: 'test',
  selftest: 'test',
  fault: 'fault',
  sensorfault: 'fault',
  tamper: 'tamper',
  tamperstatus: 'tamper',
  tamperalarm: 'tamper',
  batterylow: 'batteryLow',
  lowbattery: 'batteryLow',
  battery: 'battery',
  batterylevel: 'battery',
  batterypercent: 'battery',
  batv: 'voltage',
  batteryvoltage: 'voltage',
  temperature: 'temperature',
  temp: 'temperature',
  temperaturesensor: 'temperature',
  humidity: 'humidity',
  relativehumidity: 'humidity',
  humiditysensor: 'humidity',
  leak: 'leak',
  leakage: 'leak',
  leakagestatus: 'leak',
  waterleak: 'leak',
  waterleakstatus: 'leak',
  magnetstatus: 'open',
  door: 'open',
  dooropen: 'open',
  doorstatus: 'open',
  dooropenstatus: 'open',
  pir: 'motion',
  pirstatus: 'motion',
  motion: 'motion',
  occupancy: 'motion',
  presencesensor: 'motion',
  co2: 'co2',
  pm25: 'pm25',
  pm10: 'pm10',
};

/** How decoders write yes and no out. */
const words: Readonly<Record<string, boolean>> = {
  alarm: true,
  leak: true,
  leaking: true,
  leaked: true,
  open: true,
  opened: true,
  trigger: true,
  triggered: true,
  detected: true,
  occupied: true,
  active: true,
  uninstalled: true,
  removed: true,
  on: true,
  yes: true,
  true: true,
  low: true,
  fault: true,
  normal: false,
  close: false,
  closed: false,
  idle: false,
  vacant: false,
  inactive: false,
  installed: false,
  clear: false,
  ok: false,
  off: false,
  no: false,
  none: false,
  false: false,
};

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
    const known = metricOf(path);
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

/** `temperature_1` and `temperatureSensor.1` of Cayenne LPP are temperatures. */
function metricOf(path: string): string | null {
  const plain = path.replace(/[._ -]/g, '').toLowerCase();
  if (Object.hasOwn(names, plain)) return names[plain]!;
  const bare = path.replace(/[._]\d{1,3}$/, '');
  if (bare === path) return null;
  const word = bare.replace(/[._ -]/g, '').toLowerCase();
  return Object.hasOwn(names, word) ? names[word]! : null;
}

function spoken(raw: string | number | boolean): unknown {
  if (typeof raw !== 'string') return raw;
  const word = raw.trim().toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : raw;
}
