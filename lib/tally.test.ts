import { expect, it } from 'vitest';
import { createTally } from './tally.ts';
import { createTestClock } from './test-clock.ts';

it('tells the first at once and a flood once a period, until it ends', () => {
  const clock = createTestClock();
  const tally = createTally(clock);
  const told: number[] = [];
  const count = () => tally.count('x', (times) => void told.push(times));
  count();
  count();
  count();
  expect(told).toEqual([1]);
  clock.advance(1_000);
  expect(told).toEqual([1, 2]);
  clock.advance(10_000);
  expect(told).toEqual([1, 2]);
  count();
  expect(told).toEqual([1, 2, 1]);
});

it('counts kinds apart and says nothing after the stop', () => {
  const clock = createTestClock();
  const tally = createTally(clock);
  const told: string[] = [];
  for (const what of ['a', 'b', 'a']) tally.count(what, (times) => void told.push(`${what}${times}`));
  expect(told).toEqual(['a1', 'b1']);
  tally.stop();
  clock.advance(1_000);
  expect(told).toEqual(['a1', 'b1']);
});
