import { describe, expect, test } from 'vitest';
import {
  giveUpAfterMs,
  longestRetryAfterMs,
  meaningOfStatus,
  parseRetryAfter,
  retryDelayMs,
} from './retry-schedule.ts';

const even = { ageMs: 0, retryAfterMs: null, random: 0.5 };

describe('[D5] retry schedule', () => {
  test('the first attempts stand at 0, 1, 2, 5, 10, 15 and 30 s', () => {
    const atS = [0];
    for (let attempts = 1; attempts <= 6; attempts++)
      atS.push((atS.at(-1) ?? 0) + (retryDelayMs({ ...even, attempts }) ?? 0) / 1000);
    expect(atS).toEqual([0, 1, 2, 5, 10, 15, 30]);
  });

  test('gaps never shrink afterwards, and the whole lasts to the end of a day', () => {
    let ageMs = 0;
    let lastMs = 0;
    let attempts = 1;
    for (;;) {
      const delayMs = retryDelayMs({ attempts, ageMs, retryAfterMs: null, random: 0.5 });
      if (delayMs === null) break;
      if (attempts > 6) expect(delayMs).toBeGreaterThanOrEqual(lastMs);
      lastMs = delayMs;
      ageMs += delayMs;
      attempts++;
    }
    expect(ageMs).toBeLessThanOrEqual(giveUpAfterMs);
    expect(ageMs).toBeGreaterThan(giveUpAfterMs - 3_600_000);
  });

  test('jitter spreads a gap by a tenth either way', () => {
    expect(retryDelayMs({ ...even, attempts: 6, random: 0 })).toBe(13_500);
    expect(retryDelayMs({ ...even, attempts: 6, random: 1 })).toBe(16_500);
  });

  test('Retry-After lengthens a gap, never shortens it, and cannot silence for more than an hour', () => {
    expect(retryDelayMs({ ...even, attempts: 1, retryAfterMs: 20_000 })).toBe(20_000);
    expect(retryDelayMs({ ...even, attempts: 6, retryAfterMs: 1_000 })).toBe(15_000);
    expect(retryDelayMs({ ...even, attempts: 1, retryAfterMs: 9 * 3_600_000 })).toBe(longestRetryAfterMs);
  });

  test.each([
    ['120', 120_000],
    [' 3 ', 3_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    [undefined, null],
  ])('Retry-After %j is %j ms', (header, expected) => {
    expect(parseRetryAfter(header, Date.UTC(2026, 10, 22, 12))).toBe(expected);
  });

  test.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [301, 'failed'],
    [307, 'failed'],
    [400, 'failed'],
    [410, 'gone'],
    [429, 'failed'],
    [500, 'failed'],
  ] as const)('status %d means %s', (status, meaning) => {
    expect(meaningOfStatus(status)).toBe(meaning);
  });
});
