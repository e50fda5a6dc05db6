import { knownMetrics } from '@kuzet/contracts/metrics.ts';
import { expect, test } from 'vitest';
import { toUnit } from './ucum.ts';

test.each([
  [212, '[degF]', 'Cel', 100],
  [-40, '[degF]', 'Cel', -40],
  [70.1, '[degF]', 'Cel', 21.1666666667],
  [300, 'K', 'Cel', 26.85],
  [1250, 'W', 'kW', 1.25],
  [3_600_000, 'J', 'kW.h', 1],
  [0.4065, 'MPa', 'hPa', 4065],
  [760, 'mm[Hg]', 'hPa', 1013.25024],
  [230, 'cm', 'm', 2.3],
  [36, 'km/h', 'm/s', 10],
  [0.05, 'mg/m3', 'ug/m3', 50],
  [450, '[ppb]', '[ppm]', 0.45],
  [21, 'Cel', 'Cel', 21],
])('[E40] %d %s is %s %d', (value, said, kept, expected) => {
  expect(toUnit(value, said, kept)).toEqual({ value: expected });
});

test('[E40] units of different quantities are not converted, and what is no number stays', () => {
  expect(toUnit(1, 'W', 'Cel')).toBe(null);
  expect(toUnit(1, 'furlong', 'm')).toBe(null);
  expect(toUnit(1, 'toString', 'Cel')).toBe(null);
  expect(toUnit('hot', '[degF]', 'Cel')).toEqual({ value: 'hot' });
});

test('[E40] no metric is kept in °F, W, Wh, mA or Pa', () => {
  for (const unit of Object.values(knownMetrics)) {
    expect(['[degF]', 'K', 'W', 'W.h', 'mA', 'mV', 'Pa', 'mg/m3']).not.toContain(unit);
  }
});
