import type { DeviceKind } from '@kuzet/contracts/device.ts';
import { maxValues } from '../metric-value.ts';
import { type ProfileResult, refuse } from '../profile.ts';
import { describe } from '../read-json.ts';
import { readDecodedObject } from './decoded-object.ts';
import { type Decoded, decodeMilesight } from './milesight.ts';

export interface Uplink {
  /** What the network server's decoder made of it. */
  object: unknown;
  /** The bytes, base64. */
  data: unknown;
  devEui: unknown;
  deviceKind: DeviceKind;
  /** The object lacks what is 0 or false: where the bytes can be read, they say it. */
  objectLacksZeros: boolean;
  observedAtMs: number;
  /** Whether `observedAtMs` is the sender's word. */
  ownTime: boolean;
  senderKey: string | undefined;
}

/** LoRaWAN carries 242 bytes at the most. */
const maxBytes = 1_024;

/** An uplink as values. One that carries nothing says that the device is there. */
export function readUplink(uplink: Uplink): ProfileResult {
  const { object, data } = uplink;
  const hasObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  if (object !== undefined && object !== null && !hasObject) {
    return refuse(`the decoded object is ${describe(object)}, not an object`);
  }
  const bytes = bytesOf(data);
  if (typeof bytes === 'string') return refuse(bytes);
  const decoded = decode(uplink, hasObject ? (object as Record<string, unknown>) : null, bytes);
  if (typeof decoded === 'string') return refuse(decoded);
  const { values, faults } = decoded;
  const count = Object.keys(values).length;
  if (count > maxValues) return refuse(`${count} values in one message; at most ${maxValues}`);
  const refused = faults.length > 0 ? faults.slice(0, 3).join('; ').slice(0, 500) : null;
  if (count === 0) return { items: faults.length > 0 ? [] : [{ t: 'device-status', online: true }], refused };
  const { observedAtMs, ownTime, senderKey } = uplink;
  return {
    items: [
      {
        t: 'reading',
        observedAtMs,
        values,
        ...(ownTime ? { ownTime: true as const } : {}),
        ...(senderKey === undefined ? {} : { senderKey }),
      },
    ],
    refused,
  };
}

function decode(uplink: Uplink, object: Record<string, unknown> | null, bytes: Buffer): Decoded | string {
  const said = object && Object.keys(object).length > 0 ? readDecodedObject(object) : null;
  if (said && !uplink.objectLacksZeros) return said;
  if (bytes.length === 0) return said ?? { values: {}, faults: [] };
  const devEui = typeof uplink.devEui === 'string' ? uplink.devEui : '';
  const read = decodeMilesight(bytes, uplink.deviceKind, devEui);
  if (!said) return read ?? 'raw bytes, and no decoder for them: give the device one at the network server';
  if (!read || read.faults.length > 0) return said;
  return { values: { ...said.values, ...read.values }, faults: [] };
}

function bytesOf(data: unknown): Buffer | string {
  if (data === undefined || data === null) return Buffer.alloc(0);
  if (typeof data !== 'string') return `the data is ${describe(data)}; base64 is expected`;
  if (data.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return 'the data is not base64';
  if (data.length > (maxBytes * 4) / 3) return `the data is longer than ${maxBytes} bytes`;
  return Buffer.from(data, 'base64');
}
