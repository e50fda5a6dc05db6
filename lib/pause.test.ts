import { expect, test } from 'vitest';
import { createPause } from './pause.ts';
import { createTestClock } from './test-clock.ts';

test('ends by the clock, or when it is ended, and not by an end that came before', async () => {
  const clock = createTestClock();
  const pause = createPause(clock);
  const done: string[] = [];
  const first = pause.wait(10).then(() => done.push('by the clock'));
  clock.advance(10);
  await first;
  pause.end();
  const second = pause.wait(10).then(() => done.push('ended'));
  await Promise.resolve();
  expect(done).toEqual(['by the clock']);
  pause.end();
  await second;
  expect(done).toEqual(['by the clock', 'ended']);
});
