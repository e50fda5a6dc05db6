import { expect, test } from 'vitest';
import { deviceKinds } from './device.ts';
import { expectedIntervalOf } from './expected-interval.ts';

test('[A15] what the site file says counts', () => {
  expect(expectedIntervalOf({ kind: 'smoke-detector', profile: 'zigbee2mqtt', expectedIntervalS: 20 })).toBe(20);
});

test('[A15] a battery device by Zigbee or LoRaWAN turns silent after 25 hours, unless it is on mains', () => {
  for (const profile of ['zigbee2mqtt', 'chirpstack', 'milesight', 'the-things-stack'] as const) {
    const intervalS = expectedIntervalOf({ kind: 'smoke-detector', profile, expectedIntervalS: 0 });
    expect(2 * intervalS).toBe(25 * 3_600);
  }
  expect(expectedIntervalOf({ kind: 'smoke-detector', profile: 'zigbee2mqtt', power: 'mains' })).toBe(300);
  expect(expectedIntervalOf({ kind: 'street-light', profile: 'zigbee2mqtt' })).toBe(3_600);
  expect(expectedIntervalOf({ kind: 'door-contact', profile: 'canonical', power: 'battery' })).toBe(45_000);
});

test('[A15] every kind has an interval; a fire panel is missed within minutes', () => {
  for (const kind of deviceKinds) expect(expectedIntervalOf({ kind, profile: 'canonical' })).toBeGreaterThan(0);
  expect(expectedIntervalOf({ kind: 'fire-panel', profile: 'canonical' })).toBe(60);
});
