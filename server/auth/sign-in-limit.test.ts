import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { expect, it } from 'vitest';
import { createSignInLimit } from './sign-in-limit.ts';

const setUp = () => {
  const clock = createTestClock();
  return { clock, limit: createSignInLimit(clock) };
};

it('[H3] after five attempts each waits twice as long, at most a minute', () => {
  const { clock, limit } = setUp();
  for (let n = 0; n < 5; n++) expect(limit.attempt('10.0.0.1', 'officer')).toBe(0);
  const waits: number[] = [];
  for (let n = 0; n < 8; n++) {
    const waitS = limit.attempt('10.0.0.1', 'officer');
    waits.push(waitS);
    clock.advance(waitS * 1_000);
    expect(limit.attempt('10.0.0.1', 'Officer')).toBe(0);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
});

it('[H3] nobody is locked out: another address, another user, and time', () => {
  const { clock, limit } = setUp();
  for (let n = 0; n < 6; n++) limit.attempt('10.0.0.1', 'officer');
  expect(limit.attempt('10.0.0.1', 'officer')).toBeGreaterThan(0);
  expect(limit.attempt('10.0.0.2', 'officer')).toBe(0);
  expect(limit.attempt('10.0.0.1', 'engineer')).toBe(0);
  clock.advance(16 * 60_000);
  for (let n = 0; n < 5; n++) expect(limit.attempt('10.0.0.1', 'officer')).toBe(0);
});

it('a right password starts anew', () => {
  const { limit } = setUp();
  for (let n = 0; n < 4; n++) limit.attempt('10.0.0.1', 'officer');
  limit.succeeded('10.0.0.1', 'officer');
  for (let n = 0; n < 5; n++) expect(limit.attempt('10.0.0.1', 'officer')).toBe(0);
});

it('one address that goes through names is slowed down too', () => {
  const { limit } = setUp();
  const waits = Array.from({ length: 60 }, (_, n) => limit.attempt('10.0.0.1', `user-${n}`));
  expect(waits.slice(0, 50)).toEqual(Array(50).fill(0));
  expect(waits[51]).toBeGreaterThan(0);
});
