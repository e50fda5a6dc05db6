import { alarmLaneMetrics } from '@kuzet/contracts/metrics.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { byDevices } from './by-devices.ts';
import { createGathering, type Gathering, observedAt, readPresence } from './gathering.ts';
import { type Profile, type ProfileMessage, type ProfileResult, refuse } from './profile.ts';
import { describe, readJsonObject } from './read-json.ts';
import { sightingOf } from './sighting.ts';
import { inUnit } from './ucum.ts';

type Words = Record<string, unknown>;
type Put = (metric: string, value: unknown, word: string) => void;
type Reader = (status: Words, put: Put) => void;

const isWords = (value: unknown): value is Words =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const inner = (status: Words, key: string): Words => {
  const value = status[key];
  return isWords(value) ? value : {};
};

/** Reads keys of a status one by one: `{ key: [metric, unit said, unit kept] }`. */
const keys =
  (table: Readonly<Record<string, readonly [metric: string, said?: string, kept?: string]>>): Reader =>
  (status, put) => {
    for (const [key, [metric, said, kept]] of Object.entries(table)) {
      const value = status[key];
      put(metric, said !== undefined && kept !== undefined ? inUnit(value, said, kept) : value, key);
    }
  };

const alarm = (metric: string): Reader => keys({ alarm: [metric], mute: ['muted'] });
const electric = {
  voltage: ['voltage'],
  current: ['current'],
  freq: ['frequency'],
  pf: ['powerFactor'],
} as const;

const meter: Reader = (status, put) => {
  keys({ ...electric, apower: ['power', 'W', 'kW'], aprtpower: ['apparentPower', 'V.A', 'kV.A'] })(status, put);
  put('energy', inUnit(inner(status, 'aenergy').total, 'W.h', 'kW.h'), 'aenergy.total');
  put('deviceTemperature', inner(status, 'temperature').tC, 'temperature.tC');
};

/** Components by type (shelly-api-docs.shelly.cloud/gen2), those that measure; others (wifi, sys, cloud) say no reading. */
const components: Readonly<Record<string, Reader>> = {
  smoke: alarm('smoke'),
  flood: alarm('leak'),
  temperature: keys({ tC: ['temperature'] }),
  humidity: keys({ rh: ['humidity'] }),
  illuminance: keys({ lux: ['illuminance'] }),
  devicepower(status, put) {
    const battery = inner(status, 'battery');
    put('battery', battery.percent, 'battery.percent');
    put('batteryVoltage', battery.V, 'battery.V');
    put('mainsPower', inner(status, 'external').present, 'external.present');
  },
  switch(status, put) {
    put('on', status.output, 'output');
    meter(status, put);
  },
  light(status, put) {
    put('on', status.output, 'output');
    keys({ brightness: ['brightness'] })(status, put);
    meter(status, put);
  },
  cover(status, put) {
    keys({ state: ['state'], current_pos: ['position'] })(status, put);
    meter(status, put);
  },
  pm1: meter,
  em1: keys({ ...electric, act_power: ['power', 'W', 'kW'], aprt_power: ['apparentPower', 'V.A', 'kV.A'] }),
  em1data: keys({ total_act_energy: ['energy', 'W.h', 'kW.h'] }),
  em(status, put) {
    keys({
      total_act_power: ['power', 'W', 'kW'],
      total_aprt_power: ['apparentPower', 'V.A', 'kV.A'],
      total_current: ['current'],
    })(status, put);
    for (const [at, phase] of ['a', 'b', 'c'].entries()) {
      put(`voltage.${at + 1}`, status[`${phase}_voltage`], `${phase}_voltage`);
      put(`current.${at + 1}`, status[`${phase}_current`], `${phase}_current`);
    }
  },
  emdata: keys({ total_act: ['energy', 'W.h', 'kW.h'] }),
  input: keys({ state: ['input'], percent: ['inputPercent'] }),
  voltmeter: keys({ voltage: ['voltage'] }),
};

const readerOf = (type: string): Reader | undefined => (Object.hasOwn(components, type) ? components[type] : undefined);

/**
 * One component's status, whole or what changed of it. The first of a type is the device's plain value, the second is
 * `power.1`; an alarm of any is the device's alarm, and only the first one's word ends it.
 */
function takeComponent(key: string, status: unknown, into: Gathering): void {
  const [, type = '', number = '0'] = /^([a-z0-9]+)(?::(\d{1,3}))?$/.exec(key) ?? [];
  const reader = readerOf(type);
  if (!reader) return;
  if (!isWords(status)) {
    into.fault(`${key} is ${describe(status)}, not an object`);
    return;
  }
  // Voltmeters count from 100, as all of an add-on's sensors.
  const channel = number === '0' || number === '100' ? '' : `.${number}`;
  reader(status, (metric, value, word) => {
    if (channel !== '' && alarmLaneMetrics.has(metric) && value === true) into.take(metric, value, `${key}.${word}`);
    into.take(`${metric}${channel}`, value, `${key}.${word}`);
  });
  const { errors } = status;
  if (Array.isArray(errors)) into.take('fault', errors.length > 0);
}

/** NotifyStatus says what changed and nothing else: what it leaves out stands as it was, and is not said again. */
function readNotification({ payload, nowMs }: ProfileMessage): ProfileResult {
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const { method, params } = json.object;
  // Pushed buttons, updates, scripts.
  if (method === 'NotifyEvent') return { items: [], refused: null };
  if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') {
    return refuse('"method" is none of NotifyStatus, NotifyFullStatus, NotifyEvent');
  }
  if (!isWords(params)) return refuse('"params" is missing');
  const into = createGathering();
  for (const [key, status] of Object.entries(params)) takeComponent(key, status, into);
  if (isWords(params.wifi)) into.pass('wifiSignal', params.wifi.rssi);
  // A component names its errors while it has some; a status that is whole and names none has none.
  const measures = Object.keys(params).some((key) => readerOf(key.split(':')[0]!));
  if (method === 'NotifyFullStatus' && measures && !into.has('fault')) into.take('fault', false);
  return into.result(observedAt(typeof params.ts === 'number' ? params.ts * 1000 : null, nowMs));
}

function readStatus(component: string, { payload, nowMs }: ProfileMessage): ProfileResult {
  if (payload.length === 0) return { items: [], refused: null };
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const into = createGathering();
  takeComponent(component, json.object, into);
  // It names no time of its own.
  return into.result({ observedAtMs: nowMs });
}

/** Components that have a status topic heard of each device; others come with notifications. */
const statusTopics = [
  'smoke:0',
  'flood:0',
  'temperature:0',
  'humidity:0',
  'devicepower:0',
  'switch:0',
  'switch:1',
  'switch:2',
  'switch:3',
  'pm1:0',
  'em:0',
  'em1:0',
] as const;

const heard: ReadonlySet<string> = new Set([
  'events/rpc',
  'online',
  ...statusTopics.map((component) => `status/${component}`),
]);

/** A device on batteries sleeps between its words, and its broker takes that for a goodbye. */
const sleeps = (device: SiteDevice): boolean => device.metrics.some(({ name }) => name === 'battery');

function readOnline({ kind, payload }: ProfileMessage): ProfileResult {
  const result = readPresence(payload, 'true', 'false');
  if (kind === 'online') return result;
  return { ...result, items: result.items.filter((item) => item.t === 'device-status' && item.online) };
}

const prefixOf = (device: SiteDevice): string => device.topic ?? device.id;
const prefixesOf = byDevices((devices) => new Set(devices.map(prefixOf)));
const leaf = /^(.+?)\/(events\/rpc|online|status\/[^/]+|command|rpc|debug\/log|info|announce)$/;

/** Shelly Gen2 and later: `<prefix>/events/rpc`, `<prefix>/online`, `<prefix>/status/<component>`. */
export const shelly: Profile = {
  name: 'shelly',
  topics(device) {
    const prefix = prefixOf(device);
    return [
      { topic: `${prefix}/events/rpc`, kind: 'notification' },
      { topic: `${prefix}/online`, kind: sleeps(device) ? 'online of a sleeper' : 'online' },
      ...statusTopics.map((component) => ({ topic: `${prefix}/status/${component}`, kind: component })),
    ];
  },
  unknownDevice(topic, devices) {
    const [, prefix, word] = leaf.exec(topic) ?? [];
    if (prefix === undefined || (word !== 'events/rpc' && word !== 'online')) return null;
    // Shelly names itself after model and MAC; any other name is its owner's, and says nothing by its shape.
    if (devices.length === 0 || !/(^|\/)shelly[a-z0-9]+-[0-9a-f]{12}$/.test(prefix)) return null;
    return prefix;
  },
  ignores(topic, devices) {
    const [, prefix, word] = leaf.exec(topic) ?? [];
    if (prefix === undefined || word === undefined || heard.has(word)) return false;
    return prefixesOf(devices).has(prefix);
  },
  recognise({ topic, payload, nowMs }) {
    const [, prefix, word] = leaf.exec(topic) ?? [];
    const json = word === 'events/rpc' ? readJsonObject(payload) : { refused: '' };
    if (prefix === undefined || !('object' in json) || typeof json.object.src !== 'string') return null;
    return sightingOf({ topic: prefix, id: json.object.src }, readNotification({ kind: '', payload, nowMs }));
  },
  read(message) {
    if (message.kind === 'notification') return readNotification(message);
    if (message.kind === 'online' || message.kind === 'online of a sleeper') return readOnline(message);
    return readStatus(message.kind, message);
  },
};
