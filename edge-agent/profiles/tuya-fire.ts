import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { byDevices } from './by-devices.ts';
import { createGathering, type Gathering, observedAt } from './gathering.ts';
import { maxValues } from './metric-value.ts';
import { type Profile, type ProfileItem, type ProfileMessage, type ProfileResult, refuse } from './profile.ts';
import { describe, readJsonObject } from './read-json.ts';
import { sightingOf } from './sighting.ts';
import { inUnit, toUnit } from './ucum.ts';

type Words = Record<string, unknown>;
interface Status {
  code: string;
  value: unknown;
  /** Epoch ms as sent, of any type. */
  t: unknown;
}
type Take = (value: unknown, into: Gathering, code: string) => void;

const isWords = (value: unknown): value is Words =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const as =
  (metric: string): Take =>
  (value, into, code) =>
    into.take(metric, value, code);
/** Standard codes whose integers stand for tenths. */
const tenths =
  (metric: string, said?: string, kept?: string): Take =>
  (value, into, code) => {
    const whole = typeof value === 'number' ? value / 10 : value;
    into.take(metric, said !== undefined && kept !== undefined ? inUnit(whole, said, kept) : whole, code);
  };
/** Words for yes and no; another word is told, for it may be a fire. */
const word =
  (metric: string, yes: readonly unknown[], no: readonly unknown[]): Take =>
  (value, into, code) =>
    into.take(metric, yes.includes(value) ? true : no.includes(value) ? false : value, code);
/** `1` is the alarm and `2` its end on older devices; booleans on some. */
const alarm = (metric: string): Take => word(metric, ['alarm', '1', true], ['normal', '2', false]);
const batteryState = word('batteryLow', ['low'], ['middle', 'high']);

/** Standard status sets of smoke, gas, water and other detectors (developer.tuya.com). Others keep their code. */
const codes: Readonly<Record<string, Take>> = {
  smoke_sensor_status: alarm('smoke'),
  smoke_sensor_state: alarm('smoke'),
  gas_sensor_status: alarm('gas'),
  gas_sensor_state: alarm('gas'),
  ch4_sensor_state: alarm('gas'),
  co_status: alarm('gas'),
  co_state: alarm('gas'),
  watersensor_state: alarm('leak'),
  temper_alarm: as('tamper'),
  sos: as('alarm'),
  sos_state: as('alarm'),
  doorcontact_state: as('open'),
  pir: word('motion', ['pir'], ['none']),
  pir_state: word('motion', ['pir'], ['none']),
  presence_state: word('motion', ['presence'], ['none']),
  checking_result(value, into, code) {
    if (value !== 'checking' && value !== 'others') {
      word('fault', ['check_failure'], ['check_success'])(value, into, code);
    }
  },
  // A bit a fault; 0 is none.
  fault: (value, into, code) => into.take('fault', typeof value === 'number' ? value !== 0 : value, code),
  battery_percentage: as('battery'),
  va_battery: as('battery'),
  battery_state: batteryState,
  va_temperature: tenths('temperature'),
  va_humidity: as('humidity'),
  co_value: as('co'),
  co2_value: as('co2'),
  pm1: as('pm1'),
  pm25_value: as('pm25'),
  pm10: as('pm10'),
  cur_power: tenths('power', 'W', 'kW'),
  cur_voltage: tenths('voltage'),
  cur_current: (value, into, code) => into.take('current', inUnit(value, 'mA', 'A'), code),
  switch: as('on'),
  switch_1: as('on'),
};

/** Settings and what a device was told to do: no readings. */
const settings: ReadonlySet<string> = new Set([
  'alarm_volume',
  'alarm_time',
  'alarm_ringtone',
  'alarm_switch',
  'alarm_bright',
  'muffling',
  'self_checking',
  'test_alarm',
  'preheat',
  'lifecycle',
]);

const pressureUnits: Readonly<Record<string, string>> = { Pa: 'Pa', kPa: 'kPa', KPa: 'kPa', MPa: 'MPa', bar: 'bar' };
const eventUnits: Readonly<Record<string, readonly [metric: string, said: string, kept: string]>> = {
  ...Object.fromEntries(
    Object.entries(pressureUnits).map(([name, said]) => [name, ['pressure', said, 'hPa'] as const]),
  ),
  '℃': ['temperature', 'Cel', 'Cel'],
  '°C': ['temperature', 'Cel', 'Cel'],
  m: ['level', 'm', 'm'],
  ppm: ['gasConcentration', '[ppm]', '[ppm]'],
  V: ['voltage', 'V', 'V'],
  A: ['current', 'A', 'A'],
};

/**
 * The codes of one event of a fire-fighting device, told together. Every event is an alarm of its own and none says that
 * it is over, so each ends the one before it.
 */
function takeEvent(event: ReadonlyMap<string, unknown>, into: Gathering): { raises: boolean } {
  const type = event.get('fire_alarm_type');
  const isAlarm = typeof type === 'string' && /alarm|fire/i.test(type);
  const isFault = typeof type === 'string' && /fault|failure/i.test(type);
  if (isAlarm) into.take('alarm', true);
  else if (isFault) into.take('fault', true);
  else into.fault(`fire_alarm_type is ${type === undefined ? 'missing' : 'none that is known'}`);
  into.pass('alarmType', type);
  into.pass('alarmText', event.get('alarm_event_content'));
  into.pass('alarmId', event.get('alarm_trace_id'));
  into.pass('alarmResult', event.get('alarm_result_content'));
  const value = event.get('alarm_value');
  // Ten-thousandths, so that it has no decimals on the way.
  const real = typeof value === 'number' ? value / 10_000 : value;
  const unit = event.get('alarm_unit');
  const known = typeof unit === 'string' && Object.hasOwn(eventUnits, unit) ? eventUnits[unit] : undefined;
  if (known) into.take(known[0], toUnit(real, known[1], known[2])?.value, 'alarm_value');
  else into.pass('alarmValue', real);
  return { raises: isAlarm || isFault };
}

const eventCodes: ReadonlySet<string> = new Set([
  'alarm_trace_id',
  'alarm_trace_time',
  'alarm_event_content',
  'alarm_result_content',
  'alarm_value',
  'alarm_unit',
  'fire_alarm_type',
]);

/** `status` of a status report, or `bizData.properties` of the newer property message, in one shape. */
function statusesOf(words: Words): Status[] | { refused: string } {
  const list = Array.isArray(words.status) ? words.status : Array.isArray(words.properties) ? words.properties : null;
  if (!list) {
    return {
      refused: `"status" is ${words.status === undefined ? 'missing' : `${describe(words.status)}, not a list`}`,
    };
  }
  if (list.length > maxValues) return { refused: `${list.length} values in one message; at most ${maxValues}` };
  const statuses: Status[] = [];
  for (const one of list) {
    if (isWords(one) && typeof one.code === 'string')
      statuses.push({ code: one.code, value: one.value, t: one.t ?? one.time });
  }
  if (statuses.length < list.length) return { refused: 'an entry of "status" has no "code"' };
  return statuses;
}

const timeOf = (t: unknown): number | null => {
  const ms = typeof t === 'string' && /^\d{13}$/.test(t) ? Number(t) : t;
  return typeof ms === 'number' ? ms : null;
};

/** Codes of one moment are one reading; a message gathers what a device said since its last one. */
function readStatuses(statuses: readonly Status[], dataId: unknown, nowMs: number): ProfileResult {
  const moments = new Map<number | null, Status[]>();
  for (const status of statuses) {
    const t = timeOf(status.t);
    moments.set(t, [...(moments.get(t) ?? []), status]);
  }
  const items: ProfileItem[] = [];
  const faults: string[] = [];
  const add = (into: Gathering, t: number | null, part: string) => {
    const key = typeof dataId === 'string' && dataId !== '' && dataId.length <= 128 ? { senderKey: dataId + part } : {};
    const result = into.result({ ...observedAt(t, nowMs), ...key });
    items.push(...result.items);
    if (result.refused !== null) faults.push(result.refused);
  };
  const several = moments.size > 1;
  for (const [t, said] of [...moments].sort(([a], [b]) => (a ?? nowMs) - (b ?? nowMs))) {
    const part = several ? `/${t ?? ''}` : '';
    const into = createGathering();
    const event = new Map<string, unknown>();
    for (const { code, value } of said) {
      const take = Object.hasOwn(codes, code) ? codes[code] : undefined;
      if (eventCodes.has(code)) event.set(code, value);
      else if (take) take(value, into, code);
      else if (!settings.has(code)) into.pass(code, value);
    }
    if (event.size > 0) {
      const at = timeOf(event.get('alarm_trace_time')) ?? t;
      const told = createGathering();
      if (takeEvent(event, told).raises) {
        const before = createGathering();
        before.take(told.has('alarm') ? 'alarm' : 'fault', false);
        add(before, at === null ? null : at - 1, `${part}/before`);
      }
      add(told, at, `${part}/event`);
    }
    add(into, t, part);
  }
  return { items, refused: faults.length > 0 ? faults.slice(0, 3).join('; ') : null };
}

function read({ payload, nowMs }: ProfileMessage): ProfileResult {
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  // Bridges pass on the data alone, or with the envelope of Tuya's message queue around it.
  const whole = isWords(json.object.data) ? json.object.data : json.object;
  const { bizCode } = whole;
  if (bizCode === 'online' || bizCode === 'deviceOnline') {
    return { items: [{ t: 'device-status', online: true }], refused: null };
  }
  if (bizCode === 'offline' || bizCode === 'deviceOffline') {
    return { items: [{ t: 'device-status', online: false }], refused: null };
  }
  const words = isWords(whole.bizData) ? whole.bizData : whole;
  // Renamed, bound, removed.
  if (typeof bizCode === 'string' && !Array.isArray(words.properties)) return { items: [], refused: null };
  const statuses = statusesOf(words);
  if ('refused' in statuses) return refuse(statuses.refused);
  return readStatuses(statuses, words.dataId ?? whole.dataId, nowMs);
}

const topicOf = (device: SiteDevice): string => device.topic ?? `tuya/${device.id}`;
const parentOf = (topic: string): string => topic.slice(0, topic.lastIndexOf('/') + 1);
const parentsOf = byDevices((devices) => new Set(devices.map((device) => parentOf(topicOf(device)))));

/** Status reports of Tuya's cloud for detectors and fire-fighting devices, as a bridge from its message queue publishes them. */
export const tuyaFire: Profile = {
  name: 'tuya-fire',
  topics: (device) => [{ topic: topicOf(device), kind: 'report' }],
  unknownDevice(topic, devices) {
    const parent = parentOf(topic);
    return parent !== '' && parentsOf(devices).has(parent) ? topic.slice(parent.length) : null;
  },
  ignores: () => false,
  read,
  recognise({ topic, payload, nowMs }) {
    const json = readJsonObject(payload);
    if (!('object' in json)) return null;
    const whole = isWords(json.object.data) ? json.object.data : json.object;
    const { devId } = isWords(whole.bizData) && whole.devId === undefined ? whole.bizData : whole;
    return typeof devId === 'string' ? sightingOf({ topic, id: devId }, read({ kind: '', payload, nowMs })) : null;
  },
};
