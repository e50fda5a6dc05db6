import { expect, it, vi } from 'vitest';
import type { Log } from './log.ts';
import { createRegularWork } from './regular-work.ts';
import { createTestClock } from './test-clock.ts';

function start(work: () => Promise<void>) {
  const clock = createTestClock(0);
  const error = vi.fn();
  const log = { error } as unknown as Log;
  return { clock, error, regular: createRegularWork({ clock, log, everyMs: 1_000, complaint: 'cannot', work }) };
}

it('is done by the clock, never twice at a time, and no more after the stop', async () => {
  const ends: (() => void)[] = [];
  const work = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
  const { clock, regular } = start(work);
  clock.advance(2_000);
  expect(work).toHaveBeenCalledTimes(1);
  const shared = regular.run();
  ends[0]?.();
  await shared;
  clock.advance(1_000);
  expect(work).toHaveBeenCalledTimes(2);
  let stopped = false;
  const stop = regular.stop().then(() => {
    stopped = true;
  });
  await Promise.resolve();
  expect(stopped).toBe(false);
  ends[1]?.();
  await stop;
  clock.advance(5_000);
  expect(work).toHaveBeenCalledTimes(2);
});

it('complains once until it works again, and goes on', async () => {
  let broken = true;
  const { regular, error } = start(async () => {
    if (broken) throw new Error('away');
  });
  await regular.run();
  await regular.run();
  expect(error).toHaveBeenCalledTimes(1);
  expect(error).toHaveBeenCalledWith({ err: expect.objectContaining({ message: 'away' }) }, 'cannot');
  broken = false;
  await regular.run();
  broken = true;
  await regular.run();
  expect(error).toHaveBeenCalledTimes(2);
});
