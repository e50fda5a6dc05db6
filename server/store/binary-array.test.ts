import { expect, test } from 'vitest';
import { encodeArray } from './binary-array.ts';

const hex = (bytes: Buffer) =>
  bytes
    .toString('hex')
    .replace(/(.{8})/g, '$1 ')
    .trim();

test('[P20] arrays have the form of PostgreSQL’s array_send', () => {
  expect(hex(encodeArray({ arrayOf: 'text', values: ['ab', null] }))).toBe(
    '00000001 00000001 00000019 00000002 00000001 00000002 6162ffff ffff',
  );
  expect(hex(encodeArray({ arrayOf: 'float8', values: [1.5, null] }))).toBe(
    '00000001 00000001 000002bd 00000002 00000001 00000008 3ff80000 00000000 ffffffff',
  );
  expect(hex(encodeArray({ arrayOf: 'text', values: [] }))).toBe('00000000 00000000 00000019');
});

test('[P20] long texts and those beyond ASCII are as long as their bytes', () => {
  for (const values of [
    ['Өрт', 'é', ''],
    ['x'.repeat(300), 'y'],
    ['\x7f', '\x80'],
  ]) {
    const bytes = encodeArray({ arrayOf: 'text', values });
    let at = 20;
    const read = values.map(() => {
      const length = bytes.readInt32BE(at);
      at += 4 + length;
      return bytes.subarray(at - length, at).toString('utf8');
    });
    expect(read).toEqual(values);
    expect(at).toBe(bytes.length);
  }
});
