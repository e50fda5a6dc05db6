import type { ArrayParam } from './database.ts';

/** PostgreSQL's array_send: dimensions, has-nulls, element type, length, lower bound; then each as length and bytes. */
const headerBytes = 20;
const elementTypes = { float8: 701, text: 25 } as const;
const isPlain = /^[\0-\x7f]*$/;

export const isArrayParam = (param: unknown): param is ArrayParam =>
  typeof param === 'object' && param !== null && 'arrayOf' in param;

/** The array in PostgreSQL's binary form, which pg sends as it is. One dimension, from 1; null elements are SQL nulls. */
export function encodeArray(param: ArrayParam): Buffer {
  const buffer = param.arrayOf === 'float8' ? encodeNumbers(param.values) : encodeTexts(param.values);
  const { length } = param.values;
  // An empty array has no dimension at all.
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(param.values.includes(null as never) ? 1 : 0, 4);
  buffer.writeInt32BE(elementTypes[param.arrayOf], 8);
  if (length === 0) return buffer.subarray(0, 12);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}

function encodeNumbers(values: readonly (number | null)[]): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + values.length * 12);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let at = headerBytes;
  for (const value of values) {
    if (value === null) {
      view.setInt32(at, -1);
      at += 4;
    } else {
      view.setInt32(at, 8);
      view.setFloat64(at + 4, value);
      at += 12;
    }
  }
  return buffer.subarray(0, at);
}

function encodeTexts(values: readonly (string | null)[]): Buffer {
  // One write of one string is many times faster than one a value, and ids and metrics are ASCII.
  let all = '';
  let isShort = true;
  for (const value of values) {
    if (value === null) all += noValue;
    else {
      if (value.length > longestShort) isShort = false;
      all += shortLengths[value.length & longestShort]! + value;
    }
  }
  if (isShort && isPlain.test(values.join(''))) {
    const buffer = Buffer.allocUnsafe(headerBytes + all.length);
    buffer.write(all, headerBytes, 'latin1');
    return buffer;
  }
  let bytes = headerBytes;
  for (const value of values) bytes += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(bytes);
  let at = headerBytes;
  for (const value of values) {
    const length = value === null ? -1 : buffer.write(value, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + Math.max(length, 0);
  }
  return buffer;
}

const longestShort = 255;
/** Lengths 0 to 255 as int4 in Latin-1. */
const shortLengths = Array.from({ length: longestShort + 1 }, (_, length) => `\0\0\0${String.fromCharCode(length)}`);
const noValue = '\xff\xff\xff\xff';
