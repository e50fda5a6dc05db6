import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { byDevices } from './by-devices.ts';
import { createGathering, type Gathering, observedAt, readPresence } from './gathering.ts';
import { parseRfc3339 } from './observed-at.ts';
import {
  type Profile,
  type ProfileMessage,
  type ProfileReader,
  type ProfileResult,
  type ReaderContext,
  type ReaderItem,
  refuse,
} from './profile.ts';
import { describe, readJsonObject } from './read-json.ts';
import { sightingOf } from './sighting.ts';
import { createRadioCodes } from './tasmota-radio.ts';
import { inUnit } from './ucum.ts';

type Words = Record<string, unknown>;

/** Units that a message names for all its sensors (`TempUnit`, `PressureUnit`). */
interface Units {
  temperature: string;
  /** Null: one that is not known; pressures of the message are left out. */
  pressure: string | null;
}

const pressureUnits: Readonly<Record<string, string>> = { hPa: 'hPa', mmHg: 'mm[Hg]', inHg: "[in_i'Hg]" };

type Mapping = (value: unknown, units: Units) => [metric: string, value: unknown];
const as =
  (metric: string): Mapping =>
  (value) => [metric, value];
const from =
  (metric: string, said: string, kept: string): Mapping =>
  (value) => [metric, inUnit(value, said, kept)];
const temperature =
  (metric: string): Mapping =>
  (value, { temperature }) => [metric, inUnit(value, temperature, 'Cel')];
const pressure =
  (metric: string): Mapping =>
  (value, units) => [metric, units.pressure === null ? null : inUnit(value, units.pressure, 'hPa')];

/** What Tasmota's drivers call a quantity (tasmota.github.io/docs), whatever the chip. Others keep `Sensor.Name`. */
const quantities: Readonly<Record<string, Mapping>> = {
  Temperature: temperature('temperature'),
  DewPoint: temperature('dewPoint'),
  Humidity: as('humidity'),
  Pressure: pressure('pressure'),
  SeaPressure: pressure('seaPressure'),
  Illuminance: as('illuminance'),
  CarbonDioxide: as('co2'),
  eCO2: as('co2'),
  PM1: as('pm1'),
  'PM2.5': as('pm25'),
  PM10: as('pm10'),
};

/** Ranging sensors differ: ultrasonic ones say centimetres, time-of-flight ones millimetres. */
const distances: Readonly<Record<string, Mapping>> = {
  SR04: from('distance', 'cm', 'm'),
  VL53L0X: from('distance', 'mm', 'm'),
  VL53L1X: from('distance', 'mm', 'm'),
};

/** Temperatures of a chip that measures something else. */
const chips: ReadonlySet<string> = new Set(['ESP32', 'BL09XX', 'CSE7766', 'ADE7953']);

const energy: Readonly<Record<string, Mapping>> = {
  Total: as('energy'),
  Power: from('power', 'W', 'kW'),
  ApparentPower: from('apparentPower', 'V.A', 'kV.A'),
  Factor: as('powerFactor'),
  Voltage: as('voltage'),
  Current: as('current'),
  Frequency: as('frequency'),
};
/** What the phases of a meter have together; the rest is each phase's own. */
const summed: ReadonlySet<string> = new Set(['Total', 'Power', 'ApparentPower']);

/** Names and serial numbers, not measurements. */
const names: ReadonlySet<string> = new Set(['Id', 'Model', 'Name', 'TotalStartTime', 'Type', 'Address']);

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** `DS18B20-2`: the second of its kind. The first is the device's plain value, so that a lone one reads the same. */
const channelOf = (sensor: string): string => {
  const number = /[-_](\d+)$/.exec(sensor)?.[1];
  return number === undefined || number === '1' ? '' : `.${number}`;
};

function takeEnergy(meter: Words, units: Units, into: Gathering): void {
  for (const [name, value] of Object.entries(meter)) {
    const mapping = own(energy, name);
    if (!mapping) continue;
    const said = `ENERGY.${name}`;
    if (!Array.isArray(value)) {
      into.take(...mapping(value, units), said);
    } else if (summed.has(name)) {
      const whole = value.every((one) => typeof one === 'number');
      into.take(...mapping(whole ? Number(value.reduce((a, b) => a + b, 0).toFixed(6)) : value, units), said);
    } else {
      for (const [at, one] of value.slice(0, 3).entries()) {
        const [metric, taken] = mapping(one, units);
        into.take(`${metric}.${at + 1}`, taken, said);
      }
    }
  }
}

function takeSensor(sensor: string, words: Words, units: Units, into: Gathering): void {
  const channel = channelOf(sensor);
  for (const [name, value] of Object.entries(words)) {
    if (names.has(name)) continue;
    const mapping = name === 'Distance' ? own(distances, sensor) : own(quantities, name);
    if (!mapping) {
      into.pass(`${sensor}.${name}`, value);
      continue;
    }
    const [metric, taken] = mapping(value, units);
    const plain = `${chips.has(sensor) && metric === 'temperature' ? 'deviceTemperature' : metric}${channel}`;
    // Two chips that measure the same are told apart by name from the second on.
    into.take(into.has(plain) ? `${metric}.${sensor}` : plain, taken, `${sensor}.${name}`);
  }
}

/** `Switch1`, `POWER2`: ON and OFF. The first is the device's plain one. */
function takeSwitch(key: string, value: unknown, into: Gathering): boolean {
  const [, word, number] = /^(POWER|Switch)(\d*)$/.exec(key) ?? [];
  if (word === undefined) return false;
  const metric = word === 'POWER' ? 'on' : 'switch';
  const name = number === '' || number === '1' ? metric : `${metric}.${number}`;
  if (value === 'ON' || value === 'OFF') into.take(name, value === 'ON');
  else into.fault(`${key} is ${describe(value)}; ON or OFF is expected`);
  return true;
}

function unitsOf({ TempUnit, PressureUnit }: Words, into: Gathering): Units {
  const pressureUnit =
    PressureUnit === undefined
      ? 'hPa'
      : typeof PressureUnit === 'string'
        ? own(pressureUnits, PressureUnit)
        : undefined;
  if (pressureUnit === undefined) into.fault('PressureUnit is none of hPa, mmHg, inHg');
  return { temperature: TempUnit === 'F' ? '[degF]' : 'Cel', pressure: pressureUnit ?? null };
}

/**
 * Tasmota's time has a zone with `SetOption52 1` only. Without one it is the device's own zone, which nobody says and
 * which is Central European by default: the edge's clock is nearer to the truth, as Tasmota sends at once and keeps
 * nothing back.
 */
const timeOf = ({ Time }: Words): number | null => (typeof Time === 'string' ? parseRfc3339(Time) : null);

function readSensor({ payload, nowMs }: ProfileMessage): ProfileResult {
  if (payload.length === 0) return { items: [], refused: null };
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const words = json.object;
  const into = createGathering();
  const units = unitsOf(words, into);
  for (const [key, value] of Object.entries(words)) {
    if (key === 'Time' || /Unit$/.test(key) || takeSwitch(key, value, into)) continue;
    if (value === null || typeof value !== 'object') into.pass(key, value);
    else if (Array.isArray(value)) continue;
    else if (key === 'ENERGY') takeEnergy(value as Words, units, into);
    else takeSensor(key, value as Words, units, into);
  }
  return into.result(observedAt(timeOf(words), nowMs));
}

function readState({ payload, nowMs }: ProfileMessage): ProfileResult {
  if (payload.length === 0) return { items: [], refused: null };
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const into = createGathering();
  for (const [key, value] of Object.entries(json.object)) takeSwitch(key, value, into);
  into.take('supplyVoltage', json.object.Vcc);
  const { Wifi } = json.object;
  // dBm: it shows that a device is about to be lost, and that it is there at all when it says nothing else.
  if (typeof Wifi === 'object' && Wifi !== null) into.pass('wifiSignal', (Wifi as Words).Signal);
  return into.result(observedAt(timeOf(json.object), nowMs));
}

/** The code of a radio receiver's message, as Tasmota's bridges (`7028D2`) and rc-switch builds (`0x7028D2`) say it. */
function radioCode(words: Words): string | null {
  const { RfReceived } = words;
  if (typeof RfReceived !== 'object' || RfReceived === null) return null;
  const { Data } = RfReceived as Words;
  if (typeof Data === 'number' && Number.isInteger(Data) && Data >= 0) return Data.toString(16).toUpperCase();
  return typeof Data === 'string' && /^(0x)?[0-9a-f]{1,32}$/i.test(Data)
    ? Data.replace(/^0x/i, '').toUpperCase()
    : null;
}

function readResult({ payload, nowMs }: ProfileMessage): ProfileResult {
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  // Infrared, serial and other receivers share the topic.
  if (json.object.RfReceived === undefined) return { items: [], refused: null };
  const code = radioCode(json.object);
  if (code === null) return refuse('RfReceived has no code under Data');
  const into = createGathering();
  into.take('radioCode', code);
  return into.result(observedAt(timeOf(json.object), nowMs));
}

/** The topic that SENSOR, STATE, LWT and RESULT hang on. */
const baseOf = (device: SiteDevice): string => (device.topic ?? `tele/${device.id}`).replace(/\/SENSOR$/, '');
const parentOf = (topic: string): string => topic.slice(0, topic.lastIndexOf('/') + 1);
const leaf = /^(.+)\/(SENSOR|STATE|LWT|RESULT)$/;

/** Where Tasmotas are told of here, and the topics on which they are told what to do and answer. */
const placesOf = byDevices((devices) => {
  const bases = new Set(devices.map(baseOf));
  const commands = [...bases].filter((base) => base.startsWith('tele/')).map((base) => base.slice('tele'.length));
  return {
    parents: new Set([...bases].map(parentOf)),
    receivers: new Set(devices.filter(({ codes }) => codes).map(baseOf)),
    quiet: new Set([...bases, ...commands.flatMap((rest) => [`cmnd${rest}`, `stat${rest}`])]),
  };
});

function read(message: ProfileMessage): ProfileResult {
  if (message.kind === 'lwt') return readPresence(message.payload, 'online', 'offline');
  if (message.kind === 'state') return readState(message);
  return message.kind === 'result' ? readResult(message) : readSensor(message);
}

/** Radio detectors have no topic of their own: their receiver says all their codes on its RESULT. */
function openReader(context: ReaderContext): ProfileReader {
  const radio = createRadioCodes(context);
  return {
    devices: (devices) => radio.devices(devices, baseOf),
    route(topic) {
      const [, base = '', word] = leaf.exec(topic) ?? [];
      if (!radio.has(base)) return null;
      return word === 'RESULT' ? 'result' : word === 'LWT' ? 'lwt' : null;
    },
    read(message) {
      const { kind, topic, device, payload, nowMs } = message;
      const result = read(message);
      // The receiver may be a device of its own; what it says of itself is not its detectors'.
      const items: ReaderItem[] = device ? [...result.items] : [];
      const base = leaf.exec(topic)?.[1] ?? '';
      if (kind === 'lwt') {
        for (const item of result.items) items.push(...radio.behind(base).map((id) => ({ ...item, device: id })));
      }
      const json = kind === 'result' && !message.stale ? readJsonObject(payload) : { refused: '' };
      const code = 'object' in json ? radioCode(json.object) : null;
      if ('object' in json && code !== null) {
        const heard = radio.read(base, code, observedAt(timeOf(json.object), nowMs));
        if (heard.length === 0 && device === null) return refuse(`radio code ${code} is of no device in the site file`);
        items.push(...heard);
      }
      return { items, refused: result.refused };
    },
    close: radio.close,
  };
}

/**
 * Tasmota: `tele/<topic>/SENSOR`, `STATE`, `LWT` and `RESULT` (radio codes). `topic` is `tele/<topic>`; that of a device
 * with `codes` is its receiver's.
 */
export const tasmota: Profile = {
  name: 'tasmota',
  topics(device) {
    if (device.codes) return [];
    const base = baseOf(device);
    return [
      { topic: `${base}/SENSOR`, kind: 'sensor' },
      { topic: `${base}/STATE`, kind: 'state' },
      { topic: `${base}/LWT`, kind: 'lwt' },
      { topic: `${base}/RESULT`, kind: 'result' },
    ];
  },
  unknownDevice(topic, devices) {
    const base = leaf.exec(topic)?.[1];
    if (base === undefined) return null;
    const parent = parentOf(base);
    return placesOf(devices).parents.has(parent) ? base.slice(parent.length) : null;
  },
  // A receiver that is no device itself says of its own state what nobody asked.
  ignores(topic, devices) {
    const { quiet, receivers } = placesOf(devices);
    const parent = parentOf(topic).slice(0, -1);
    return leaf.test(topic) ? receivers.has(parent) : quiet.has(parent);
  },
  read,
  recognise({ topic, payload, nowMs }) {
    const [, base = '', word] = leaf.exec(topic) ?? [];
    const json = word === 'SENSOR' || word === 'STATE' ? readJsonObject(payload) : { refused: '' };
    // Every message of Tasmota has its time; other makers have topics that end alike.
    if (!('object' in json) || typeof json.object.Time !== 'string') return null;
    const result = read({ kind: word === 'SENSOR' ? 'sensor' : 'state', payload, nowMs });
    return sightingOf({ topic: base, id: base.slice(parentOf(base).length) }, result);
  },
  open: openReader,
};
