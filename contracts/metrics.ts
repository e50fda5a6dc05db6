/**
 * The metrics Kuzet knows by name, with their UCUM unit. Profiles map what vendors send onto these; others pass through
 * under their own names. Yes/no metrics have no unit.
 */
export const knownMetrics = {
  smoke: '',
  alarm: '',
  gas: '',
  test: '',
  fault: '',
  tamper: '',
  batteryLow: '',
  open: '',
  forced: '',
  motion: '',
  leak: '',
  on: '',
  temperature: 'Cel',
  humidity: '%',
  smokeDensity: '%/m',
  co: '[ppm]',
  pm25: 'ug/m3',
  pm10: 'ug/m3',
  co2: '[ppm]',
  level: 'm',
  power: 'kW',
  voltage: 'V',
  windSpeed: 'm/s',
  windBearing: 'deg',
  battery: '%',
  linkQuality: '',
} as const satisfies Record<string, string>;
export type KnownMetric = keyof typeof knownMetrics;

/**
 * A reading that carries one of these travels in the alarm lane, whatever its value: raise and clear keep their order,
 * and neither waits behind a backlog of telemetry.
 */
export const alarmLaneMetrics: ReadonlySet<string> = new Set<KnownMetric>([
  'smoke',
  'alarm',
  'gas',
  'test',
  'fault',
  'tamper',
  'forced',
  'leak',
  'smokeDensity',
]);
