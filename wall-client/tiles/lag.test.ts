import { expect, it } from 'vitest';
import { createLag } from './lag.ts';

it('[V44] is what a frame comes later than the quickest, whatever the clocks say', () => {
  const lag = createLag();
  expect(lag.of(5_000, 100)).toBe(0);
  expect(lag.of(5_040, 160)).toBe(20);
  expect(lag.of(5_080, 170)).toBe(0);
  expect(lag.of(5_120, 1_710)).toBe(1_500);
});

it('takes a delay that lasts for what there is', () => {
  const lag = createLag();
  lag.of(0, 0);
  for (let at = 0; at < 25_000; at += 40) lag.of(at, at + 3_000);
  expect(lag.of(25_000, 28_000)).toBe(0);
});

it('[V44] a camera whose clock is set back is not late by that', () => {
  const lag = createLag();
  for (let at = 0; at < 4_000; at += 40) lag.of(at + 3_000, at);
  expect(lag.of(4_000, 4_000)).toBe(0);
  expect(lag.of(4_040, 5_540)).toBe(1_500);
});
