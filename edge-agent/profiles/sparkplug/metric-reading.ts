import { metricNameOf, spoken } from '../metric-words.ts';
import { toUnit } from '../ucum.ts';
import { dataTypes, type SparkplugMetric } from './payload.ts';

/** Metrics by which Sparkplug speaks of itself, and what never changes: no readings. */
const ownMetric = /^(bdSeq$|Node Control\/|Device Control\/|Properties\/|Node Info\/)/;
export const isReading = (name: string): boolean => !ownMetric.test(name);

const bits: Readonly<Record<number, number>> = {
  [dataTypes.int8]: 8,
  [dataTypes.int16]: 16,
  [dataTypes.int32]: 32,
  [dataTypes.int64]: 64,
};

/** The value by its data type: signed integers lie on the wire as unsigned ones of 32 or 64 bits. */
export function plainValue(value: NonNullable<SparkplugMetric['value']>, dataType: number | null): unknown {
  if (typeof value !== 'number' && typeof value !== 'bigint') return value;
  if (dataType === dataTypes.boolean) return Number(value) !== 0;
  const width = dataType === null ? undefined : bits[dataType];
  if (width === undefined || (typeof value === 'number' && !Number.isInteger(value))) return Number(value);
  return Number(BigInt.asIntN(width, BigInt(value)));
}

/** `Hall/Smoke 1/alarm` as a metric of Kuzet: what is known by its last part, else the whole with dots. */
export function metricOf(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return metricNameOf(last) ?? name.replaceAll('/', '.').replaceAll(' ', '_');
}

/** Words for yes and no, where the metric is one that says yes or no. */
export const said = (value: unknown): unknown => (typeof value === 'string' ? spoken(value) : value);

/** How engineers write units, as UCUM codes. */
const units: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  C: 'Cel',
  degC: 'Cel',
  '°F': '[degF]',
  F: '[degF]',
  degF: '[degF]',
  ppm: '[ppm]',
  ppb: '[ppb]',
  'µg/m³': 'ug/m3',
  'µg/m3': 'ug/m3',
  'ug/m³': 'ug/m3',
  'mg/m³': 'mg/m3',
  psi: '[psi]',
  kWh: 'kW.h',
  Wh: 'W.h',
  kVA: 'kV.A',
  VA: 'V.A',
  Lux: 'lx',
  lux: 'lx',
  '%RH': '%',
  '°': 'deg',
};

/** The value in the unit that Kuzet keeps; null when the unit that is said does not fit. No unit said: it is taken so. */
export function inKeptUnit(value: unknown, unit: string | null, kept: string): { value: unknown } | null {
  if (unit === null || unit === '' || kept === '') return { value };
  return toUnit(value, Object.hasOwn(units, unit) ? units[unit]! : unit, kept);
}
