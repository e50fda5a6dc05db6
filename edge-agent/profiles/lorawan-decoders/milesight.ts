import type { DeviceKind, MetricValue } from '@kuzet/contracts/device.ts';

export interface Decoded {
  values: Record<string, MetricValue>;
  /** What was not understood: clauses for people. What is in `values` stands all the same. */
  faults: string[];
}

/** The first three bytes of every DevEUI of Milesight (IEEE MA-L 24:E1:24). */
const milesightOui = '24e124';

/**
 * What a GS524N smoke detector says in byte 2, low half (Milesight SensorDecoders, gs524n). `silent` says that somebody
 * muted the sounder, not that the smoke is gone, so it says nothing of smoke. A real alarm ends a test.
 */
export const gs524nEvents: Readonly<Record<number, { word: string; values: Record<string, MetricValue> }>> = {
  1: { word: 'alarm', values: { smoke: true, test: false } },
  2: { word: 'silent', values: { muted: true } },
  4: { word: 'low battery', values: { batteryLow: true } },
  5: { word: 'failover', values: { fault: true } },
  7: { word: 'normal', values: { smoke: false, test: false, fault: false, batteryLow: false } },
  10: { word: 'removed', values: { tamper: true } },
  11: { word: 'installed', values: { tamper: false } },
  14: { word: 'testing alarm with normal battery', values: { test: true, batteryLow: false } },
  15: { word: 'testing alarm with low battery', values: { test: true, batteryLow: true } },
};

/** What a GS101 says when something about itself changes (channel FF 3F). Power comes and goes as a fault does. */
export const gs101Reports: Readonly<Record<number, { word: string; values: Record<string, MetricValue> }>> = {
  0: { word: 'power off', values: { fault: true } },
  1: { word: 'power on', values: { fault: false } },
  2: { word: 'sensor fault', values: { fault: true } },
  3: { word: 'sensor fault recovered', values: { fault: false } },
  4: { word: 'sensor will be invalid soon', values: { endOfLifeSoon: true } },
  5: { word: 'device invalid', values: { fault: true } },
};

/** Six bytes that add up to 0 modulo 256, sensor type 1. */
function isGs524n(bytes: Buffer): boolean {
  if (bytes.length !== 6 || bytes[1]! >>> 4 !== 1) return false;
  return bytes.reduce((sum, byte) => sum + byte, 0) % 256 === 0;
}

function readGs524n(bytes: Buffer): Decoded {
  const code = bytes[1]! & 0x0f;
  const event = gs524nEvents[code];
  const values = { ...event?.values, battery: bytes[2]!, concentration: bytes[3]!, temperature: bytes.readInt8(4) };
  return { values, faults: event ? [] : [`GS524N message type ${code} is not known`] };
}

type ReadChannel = (bytes: Buffer, at: number, values: Record<string, MetricValue>) => string | undefined;
interface Channel {
  length: number;
  read?: ReadChannel;
}

const number = (metric: string, length: 1 | 2 | 4, divisor = 1, signed = false): Channel => ({
  length,
  read(bytes, at, values) {
    const raw = signed ? bytes.readIntLE(at, length) : bytes.readUIntLE(at, length);
    values[metric] = raw / divisor;
    return undefined;
  },
});
const yesNo = (metric: string): Channel => ({
  length: 1,
  read(bytes, at, values) {
    const raw = bytes[at]!;
    if (raw > 1) return `${metric} is ${raw}; 0 or 1 is expected`;
    values[metric] = values[metric] === true || raw === 1;
    return undefined;
  },
});
const passed = (length: number): Channel => ({ length });

/** Channel and type, as on the line: those that mean the same on every model of Milesight that has them. */
const channels: Readonly<Record<number, Channel>> = {
  373: number('battery', 1),
  615: number('temperature', 2, 10, true),
  871: number('temperature', 2, 10, true),
  872: number('humidity', 1, 2),
  1128: number('humidity', 1, 2),
  1422: yesNo('gas'),
  1739: number('light_level', 1),
  1917: number('co2', 2),
  2192: number('life_remain', 4),
  2278: number('tvoc', 2),
  2419: number('pressure', 2, 10),
  2941: number('pm25', 2),
  3197: number('pm10', 2),
  // A threshold was passed: the temperature, and whether it is beyond.
  33639: {
    length: 3,
    read(bytes, at, values) {
      values.temperature = bytes.readInt16LE(at) / 10;
      values.temperature_alarm = bytes[at + 2]! === 1;
      return undefined;
    },
  },
  65343: {
    length: 1,
    read(bytes, at, values) {
      const report = gs101Reports[bytes[at]!];
      if (!report) return `report ${bytes[at]} of channel FF 3F is not known`;
      Object.assign(values, report.values);
      return undefined;
    },
  },
  // What a device tells of itself when it joins: versions, serial number, class.
  65281: passed(1),
  65289: passed(2),
  65290: passed(2),
  65291: passed(1),
  65295: passed(1),
  65302: passed(8),
  65534: passed(1),
  65535: passed(2),
};

/** Channels whose meaning is the model's own: the site file says what kind of device it is. */
const channelsByKind: Readonly<Partial<Record<DeviceKind, Readonly<Record<number, Channel>>>>> = {
  // EM300-SLD and -ZLD; EM300-MLD.
  'water-leak': { 1280: yesNo('leak'), 1536: yesNo('leak') },
  // EM300-MCS; WS301.
  'door-contact': { 1536: yesNo('open'), 768: yesNo('open'), 1024: yesNo('tamper') },
  // WS202; AM series.
  'motion-sensor': { 768: yesNo('motion'), 1024: yesNo('daylight'), 1280: yesNo('motion') },
  'air-quality': { 1280: yesNo('motion') },
  // GS101.
  'gas-detector': { 1537: yesNo('valve'), 1793: yesNo('relay') },
};

const hex = (byte: number) => byte.toString(16).padStart(2, '0').toUpperCase();

/** Milesight's channels: id, type, value, little-endian, one after the other. Read up to the first unknown one. */
function readChannels(bytes: Buffer, kind: DeviceKind): Decoded {
  const values: Record<string, MetricValue> = {};
  const faults: string[] = [];
  const own = channelsByKind[kind];
  for (let at = 0; at < bytes.length; ) {
    const id = bytes[at]!;
    const type = bytes[at + 1];
    if (type === undefined) {
      faults.push('the bytes end within a channel');
      break;
    }
    const channel = own?.[id * 256 + type] ?? channels[id * 256 + type];
    if (!channel) {
      faults.push(`channel ${hex(id)} ${hex(type)} is not known for a ${kind}; from there on nothing is read`);
      break;
    }
    at += 2;
    if (at + channel.length > bytes.length) {
      faults.push(`the bytes end within channel ${hex(id)} ${hex(type)}`);
      break;
    }
    const fault = channel.read?.(bytes, at, values);
    if (fault !== undefined) faults.push(fault);
    at += channel.length;
  }
  return { values, faults };
}

/**
 * The bytes of a LoRaWAN uplink as Milesight's devices pack them: a GS524N's six, or channels. Null when the device is
 * not one of theirs by its DevEUI and does not speak like a GS524N. Source: Milesight-IoT/SensorDecoders.
 */
export function decodeMilesight(bytes: Buffer, kind: DeviceKind, devEui: string): Decoded | null {
  if (kind === 'smoke-detector' && isGs524n(bytes)) return readGs524n(bytes);
  return devEui.toLowerCase().startsWith(milesightOui) ? readChannels(bytes, kind) : null;
}
