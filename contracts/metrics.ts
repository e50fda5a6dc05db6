/**
 * The metrics Kuzet knows by name, with their UCUM unit. Profiles map what vendors send onto these; others pass through
 * under their own names. Yes/no metrics have no unit.
 */
export const knownMetrics = {
  smoke: '',
  /** A fire alarm that somebody else decided on, such as a panel; a detector's own word is `smoke` or `alarm`. */
  fire: '',
  alarm: '',
  gas: '',
  test: '',
  fault: '',
  tamper: '',
  batteryLow: '',
  open: '',
  forced: '',
  motion: '',
  digitalInput: '',
  lineCrossing: '',
  /** The device was started anew, by itself or by somebody. */
  restarted: '',
  /** Its clock minus the edge agent's. */
  clockError: 's',
  leak: '',
  on: '',
  temperature: 'Cel',
  deviceTemperature: 'Cel',
  dewPoint: 'Cel',
  humidity: '%',
  smokeDensity: '%/m',
  co: '[ppm]',
  pm1: 'ug/m3',
  pm25: 'ug/m3',
  pm10: 'ug/m3',
  co2: '[ppm]',
  pressure: 'hPa',
  illuminance: 'lx',
  noise: 'dB',
  level: 'm',
  distance: 'm',
  power: 'kW',
  apparentPower: 'kV.A',
  powerFactor: '1',
  energy: 'kW.h',
  voltage: 'V',
  current: 'A',
  frequency: 'Hz',
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
  'fire',
  'alarm',
  'gas',
  'test',
  'fault',
  'tamper',
  'forced',
  'leak',
  'smokeDensity',
]);
