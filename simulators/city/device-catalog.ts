import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { DeviceKind } from '@kuzet/contracts/device.ts';
import { type KnownMetric, knownMetrics } from '@kuzet/contracts/metrics.ts';
import type { ProfileName } from '@kuzet/contracts/site-file.ts';

/** A type of device on the market, as this city bought it. */
export interface DeviceModel {
  kind: DeviceKind;
  profile: ProfileName;
  /** Stands in ids: `akku-smoke-304`. */
  short: string;
  name: LocalizedText;
  metrics: readonly KnownMetric[];
  /** Seconds between two readings at the most. */
  expectedIntervalS: number;
}

const names = {
  smoke: { kk: 'Түтін датчигі', ru: 'Дымовой извещатель', en: 'Smoke detector' },
  door: { kk: 'Есік датчигі', ru: 'Датчик двери', en: 'Door contact' },
  air: { kk: 'Ауа сапасы датчигі', ru: 'Датчик качества воздуха', en: 'Air quality sensor' },
  leak: { kk: 'Су ағу датчигі', ru: 'Датчик протечки', en: 'Water leak sensor' },
} as const;

export const deviceModels = {
  smoke: {
    kind: 'smoke-detector',
    profile: 'canonical',
    short: 'smoke',
    name: names.smoke,
    metrics: ['smoke', 'smokeDensity', 'temperature', 'test', 'fault'],
    expectedIntervalS: 20,
  },
  zigbeeSmoke: {
    kind: 'smoke-detector',
    profile: 'zigbee2mqtt',
    short: 'smoke',
    name: names.smoke,
    metrics: ['smoke', 'smokeDensity', 'test', 'fault', 'tamper', 'batteryLow', 'battery', 'linkQuality'],
    expectedIntervalS: 20,
  },
  heat: {
    kind: 'heat-detector',
    profile: 'canonical',
    short: 'heat',
    name: { kk: 'Жылу датчигі', ru: 'Тепловой извещатель', en: 'Heat detector' },
    metrics: ['alarm', 'temperature', 'test', 'fault'],
    expectedIntervalS: 20,
  },
  callPoint: {
    kind: 'manual-call-point',
    profile: 'canonical',
    short: 'mcp',
    name: { kk: 'Қол өрт хабарлағышы', ru: 'Ручной извещатель', en: 'Manual call point' },
    metrics: ['alarm', 'test', 'fault'],
    expectedIntervalS: 30,
  },
  panel: {
    kind: 'fire-panel',
    profile: 'canonical',
    short: 'panel',
    name: { kk: 'Өрт дабылы панелі', ru: 'Пожарная панель', en: 'Fire panel' },
    metrics: ['alarm', 'fault', 'test'],
    expectedIntervalS: 10,
  },
  gas: {
    kind: 'gas-detector',
    profile: 'canonical',
    short: 'gas',
    name: { kk: 'Газ датчигі', ru: 'Датчик газа', en: 'Gas detector' },
    metrics: ['gas', 'co', 'fault'],
    expectedIntervalS: 20,
  },
  door: {
    kind: 'door-contact',
    profile: 'canonical',
    short: 'door',
    name: names.door,
    metrics: ['open', 'forced', 'tamper'],
    expectedIntervalS: 30,
  },
  zigbeeDoor: {
    kind: 'door-contact',
    profile: 'zigbee2mqtt',
    short: 'door',
    name: names.door,
    metrics: ['open', 'tamper', 'batteryLow', 'battery', 'linkQuality'],
    expectedIntervalS: 30,
  },
  zigbeeMotion: {
    kind: 'motion-sensor',
    profile: 'zigbee2mqtt',
    short: 'motion',
    name: { kk: 'Қозғалыс датчигі', ru: 'Датчик движения', en: 'Motion sensor' },
    metrics: ['motion', 'tamper', 'battery', 'linkQuality'],
    expectedIntervalS: 30,
  },
  air: {
    kind: 'air-quality',
    profile: 'canonical',
    short: 'air',
    name: names.air,
    metrics: ['pm25', 'pm10', 'temperature', 'humidity'],
    expectedIntervalS: 10,
  },
  zigbeeAir: {
    kind: 'air-quality',
    profile: 'zigbee2mqtt',
    short: 'air',
    name: names.air,
    metrics: ['pm25', 'co2', 'temperature', 'humidity', 'linkQuality'],
    expectedIntervalS: 15,
  },
  waterLevel: {
    kind: 'water-level',
    profile: 'canonical',
    short: 'level',
    name: { kk: 'Су деңгейі датчигі', ru: 'Уровнемер', en: 'Water level gauge' },
    metrics: ['level', 'temperature'],
    expectedIntervalS: 30,
  },
  leak: {
    kind: 'water-leak',
    profile: 'canonical',
    short: 'leak',
    name: names.leak,
    metrics: ['leak', 'fault'],
    expectedIntervalS: 30,
  },
  zigbeeLeak: {
    kind: 'water-leak',
    profile: 'zigbee2mqtt',
    short: 'leak',
    name: names.leak,
    metrics: ['leak', 'tamper', 'batteryLow', 'battery', 'linkQuality'],
    expectedIntervalS: 30,
  },
  weather: {
    kind: 'weather-station',
    profile: 'canonical',
    short: 'weather',
    name: { kk: 'Метеостанция', ru: 'Метеостанция', en: 'Weather station' },
    metrics: ['temperature', 'humidity', 'windSpeed', 'windBearing'],
    expectedIntervalS: 20,
  },
  power: {
    kind: 'power-meter',
    profile: 'canonical',
    short: 'power',
    name: { kk: 'Электр есептегіш', ru: 'Электросчётчик', en: 'Power meter' },
    metrics: ['power', 'voltage'],
    expectedIntervalS: 5,
  },
  streetLight: {
    kind: 'street-light',
    profile: 'canonical',
    short: 'light',
    name: { kk: 'Көше шамы', ru: 'Уличный фонарь', en: 'Street light' },
    metrics: ['on', 'power', 'fault'],
    expectedIntervalS: 30,
  },
} as const satisfies Record<string, DeviceModel>;

export type ModelName = keyof typeof deviceModels;

export const metricsOf = (model: DeviceModel) => model.metrics.map((name) => ({ name, unit: knownMetrics[name] }));
