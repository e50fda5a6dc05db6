import { type KnownMetric, knownMetrics } from '@kuzet/contracts/metrics.ts';
import { toUnit } from './ucum.ts';

/** Home Assistant's device classes of `binary_sensor` as Kuzet's yes/no metrics; yes is what its documentation calls on. */
const yesNo: Readonly<Record<string, KnownMetric>> = {
  smoke: 'smoke',
  gas: 'gas',
  carbon_monoxide: 'gas',
  heat: 'alarm',
  safety: 'alarm',
  moisture: 'leak',
  door: 'open',
  window: 'open',
  opening: 'open',
  garage_door: 'open',
  motion: 'motion',
  occupancy: 'motion',
  presence: 'motion',
  moving: 'motion',
  tamper: 'tamper',
  problem: 'fault',
  battery: 'batteryLow',
  power: 'on',
  running: 'on',
};

/** And of `sensor`, which say numbers in a unit of their own. */
const numbers: Readonly<Record<string, KnownMetric>> = {
  temperature: 'temperature',
  humidity: 'humidity',
  battery: 'battery',
  carbon_monoxide: 'co',
  carbon_dioxide: 'co2',
  pm1: 'pm1',
  pm25: 'pm25',
  pm10: 'pm10',
  power: 'power',
  apparent_power: 'apparentPower',
  energy: 'energy',
  voltage: 'voltage',
  current: 'current',
  frequency: 'frequency',
  pressure: 'pressure',
  atmospheric_pressure: 'pressure',
  illuminance: 'illuminance',
  sound_pressure: 'noise',
  distance: 'distance',
  wind_speed: 'windSpeed',
  wind_direction: 'windBearing',
};

/** Units as Home Assistant writes them, where UCUM writes them otherwise. */
const ucumCodes: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  '°F': '[degF]',
  ppm: '[ppm]',
  ppb: '[ppb]',
  'µg/m³': 'ug/m3',
  'μg/m³': 'ug/m3',
  'mg/m³': 'mg/m3',
  Wh: 'W.h',
  kWh: 'kW.h',
  MWh: 'MW.h',
  VA: 'V.A',
  kVA: 'kV.A',
  dBA: 'dB',
  dBm: 'dB[mW]',
  psi: '[psi]',
  inHg: "[in_i'Hg]",
  mmHg: 'mm[Hg]',
  ft: '[ft_i]',
  mph: '[mi_i]/h',
  kn: '[kn_i]',
  '°': 'deg',
  'm³': 'm3',
};

export interface MetricOf {
  metric: string;
  /** UCUM. */
  unit: string;
  isYesNo: boolean;
  /** A sensor that must say a number. */
  isNumber: boolean;
  /** In the unit of the metric; what is no number stays as it is. */
  convert(value: unknown): unknown;
}

const asItIs = (value: unknown) => value;
const own = <T>(table: Readonly<Record<string, T>>, key: string | null): T | undefined =>
  key !== null && Object.hasOwn(table, key) ? table[key] : undefined;

/** A name of the vendor's as a metric's: a letter, then letters, digits, `_ . -`. */
export function toMetricName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 60);
  return /^[A-Za-z]/.test(name) ? name : `m_${name}`.slice(0, 60);
}

/** Which metric an entity is. A unit that cannot be its metric's leaves it under a name of its own. */
export function metricOf(entity: {
  isYesNo: boolean;
  deviceClass: string | null;
  unit: string | null;
  /** The entity's own name, for what no device class names. */
  name: string;
  isDiagnostic: boolean;
}): MetricOf {
  const { isYesNo, deviceClass, unit, isDiagnostic } = entity;
  if (isYesNo) {
    const metric = own(yesNo, deviceClass) ?? free(toMetricName(deviceClass ?? entity.name), ({ unit }) => unit === '');
    return { metric, unit: '', isYesNo, isNumber: false, convert: asItIs };
  }
  const known = own(numbers, deviceClass);
  const metric = known === 'temperature' && isDiagnostic ? 'deviceTemperature' : known;
  const said = unit === null ? null : (own(ucumCodes, unit) ?? (/^[A-Za-z%][\w./%]{0,15}$/.test(unit) ? unit : ''));
  if (metric !== undefined) {
    const kept = knownMetrics[metric];
    if (said === null || toUnit(0, said, kept)) {
      const convert = (value: unknown) => (said === null ? value : (toUnit(value, said, kept)?.value ?? value));
      return { metric, unit: kept, isYesNo, isNumber: true, convert };
    }
  }
  const name = free(toMetricName(entity.name), () => false);
  return { metric: name, unit: said ?? '', isYesNo, isNumber: unit !== null, convert: asItIs };
}

/** A name that Kuzet knows is not taken by something that is not it. */
const free = (name: string, fits: (metric: { unit: string }) => boolean): string =>
  Object.hasOwn(knownMetrics, name) && !fits({ unit: knownMetrics[name as KnownMetric] }) ? `${name}_` : name;
