import { expect, test } from 'vitest';
import { decodeMilesight } from './milesight.ts';

const eui = '24E124136B502217';
const decode = (hex: string, kind: Parameters<typeof decodeMilesight>[1], devEui = eui) =>
  decodeMilesight(Buffer.from(hex.replaceAll(' ', ''), 'hex'), kind, devEui);
/** Six bytes with their checksum. */
const gs524n = (...bytes: number[]) => Buffer.from([...bytes, -bytes.reduce((a, b) => a + b) & 255]).toString('hex');

test.each([
  ['GS101, everything fine', 'gas-detector', '058E00 060100 070100', { gas: false, valve: false, relay: false }],
  ['GS101, gas, valve closing', 'gas-detector', '058E01 060101 070101', { gas: true, valve: true, relay: true }],
  ['GS101, sensor fault', 'gas-detector', 'FF3F02', { fault: true }],
  ['GS101, sensor fault over', 'gas-detector', 'FF3F03', { fault: false }],
  ['GS101, to be replaced', 'gas-detector', 'FF3F04 089010000000', { endOfLifeSoon: true, life_remain: 16 }],
  ['EM300-SLD, dry', 'water-leak', '01755C 03673401 046865 050000', battery({ leak: false })],
  ['EM300-MLD, leak', 'water-leak', '060001', { leak: true }],
  ['two leak channels, one wet', 'water-leak', '050001 060000', { leak: true }],
  ['EM300-MCS, open', 'door-contact', '01755C 03673401 046865 060001', battery({ open: true })],
  ['WS301, closed, in its place', 'door-contact', '030000 040000', { open: false, tamper: false }],
  ['WS202, somebody moves', 'motion-sensor', '030001 040000', { motion: true, daylight: false }],
  [
    'AM319',
    'air-quality',
    '0367EE00 04687C 050001 06CB02 077DA803 0973 6827 0B7D 1B00 0C7D 1B00',
    {
      temperature: 23.8,
      humidity: 62,
      motion: true,
      light_level: 2,
      co2: 936,
      pressure: 1008.8,
      pm25: 27,
      pm10: 27,
    },
  ],
  ['frost', 'weather-station', '03671CFF', { temperature: -22.8 }],
  ['a threshold passed', 'heat-detector', '8367580201', { temperature: 60, temperature_alarm: true }],
  [
    'what it tells when it joins, then its values',
    'water-leak',
    'FF0101 FF090310 FF0A0110 FFFF0100 FF166136B50221700000 FF0F00 FFFEFF FF0BFF 017564',
    { battery: 100 },
  ],
] as const)('[E45] %s', (_name, kind, hex, values) => {
  expect(decode(hex, kind)).toEqual({ values, faults: [] });
});

function battery(more: object) {
  return { battery: 92, temperature: 30.8, humidity: 50.5, ...more };
}

test('[E45] a channel whose meaning is the model’s own is not guessed', () => {
  expect(decode('017564 050001 0367D200', 'weather-station')).toEqual({
    values: { battery: 100 },
    faults: ['channel 05 00 is not known for a weather-station; from there on nothing is read'],
  });
});

test('[E45] a value that is neither yes nor no, and bytes that end early', () => {
  expect(decode('058E07 017550', 'gas-detector')).toEqual({
    values: { battery: 80 },
    faults: ['gas is 7; 0 or 1 is expected'],
  });
  expect(decode('0175', 'gas-detector')!.faults).toEqual(['the bytes end within channel 01 75']);
  expect(decode('01', 'gas-detector')!.faults).toEqual(['the bytes end within a channel']);
  expect(decode('FF3F09', 'gas-detector')!.faults).toEqual(['report 9 of channel FF 3F is not known']);
});

test('[E45] a GS524N is known by kind, length, type and checksum, whatever its DevEUI', () => {
  const alarm = gs524n(0x22, 0x11, 100, 40, 25);
  expect(decode(alarm, 'smoke-detector', '0000000000000000')?.values).toMatchObject({ smoke: true });
  expect(decode(alarm, 'water-leak', '0000000000000000')).toBe(null);
  const broken = Buffer.from(alarm, 'hex');
  broken[3] = broken[3]! ^ 1;
  expect(decode(broken.toString('hex'), 'smoke-detector', '0000000000000000')).toBe(null);
  expect(decode(gs524n(0x22, 0x21, 100, 40, 25), 'smoke-detector', '0000000000000000')).toBe(null);
});

test('[E45] a GS524N’s alarm ends its test, and its test is no alarm', () => {
  expect(decode(gs524n(0x22, 0x1e, 100, 0, 25), 'smoke-detector')?.values).not.toHaveProperty('smoke');
  expect(decode(gs524n(0x22, 0x11, 100, 40, 25), 'smoke-detector')?.values).toMatchObject({ smoke: true, test: false });
});
