import { expect, test } from 'vitest';
import { timestamp } from './clock.ts';

test('times are written as Date writes them, in whatever order they come', () => {
  const noonMs = Date.UTC(2026, 10, 22, 12);
  const times = [0, 1, 999, 1_000, 9_999, 59_999, 60_000, -1, 123_456, 3_600_000].flatMap((ms) => [
    noonMs + ms,
    ms,
    -ms,
  ]);
  times.push(noonMs + 0.7, Date.UTC(9999, 11, 31, 23, 59, 59, 999), 8.64e15, -8.64e15, Date.UTC(-1, 0));
  for (const ms of [...times, ...times.toReversed()]) expect(timestamp(ms)).toBe(new Date(ms).toISOString());
  expect(() => timestamp(Number.NaN)).toThrow(RangeError);
  expect(() => timestamp(8.64e15 + 1)).toThrow(RangeError);
});
