/** Names that decoders and controllers use, lower case without `_`, `-`, `.` and blanks, as Kuzet's metrics. */
const names: Readonly<Record<string, string>> = {
  smoke: 'smoke',
  smokealarm: 'smoke',
  smokestatus: 'smoke',
  smokedetected: 'smoke',
  fire: 'fire',
  firealarm: 'fire',
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

/** The known metric that a vendor's name means; null when none is known. `temperature_1` of Cayenne LPP is one. */
export function metricNameOf(path: string): string | null {
  const plain = path.replace(/[._ -]/g, '').toLowerCase();
  if (Object.hasOwn(names, plain)) return names[plain]!;
  const bare = path.replace(/[._]\d{1,3}$/, '');
  if (bare === path) return null;
  const word = bare.replace(/[._ -]/g, '').toLowerCase();
  return Object.hasOwn(names, word) ? names[word]! : null;
}

/** Yes and no where a word of them is said; else what was said. */
export function spoken(raw: string | number | boolean): unknown {
  if (typeof raw !== 'string') return raw;
  const word = raw.trim().toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : raw;
}
