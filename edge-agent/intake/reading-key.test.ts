import { expect, test } from 'vitest';
import type { ProfileItem } from '../profiles/profile.ts';
import { readingKey } from './reading-key.ts';

const nowMs = Date.parse('2026-11-22T12:00:00Z');
type Reading = Extract<ProfileItem, { t: 'reading' }>;
const reading = (over: Partial<Reading> = {}): Reading => ({
  t: 'reading',
  observedAtMs: nowMs - 1_000,
  ownTime: true,
  values: { temperature: 21.5 },
  ...over,
});
const keyOf = (over: Partial<Reading> = {}, device = 'air-1', index = 0, atMs = nowMs) =>
  readingKey(device, reading(over), index, atMs);
const { ownTime: _, ...timeless } = reading();

test('[E50] the same reading has the same key whenever it comes; another time, value, device or place has another', () => {
  const key = keyOf();
  expect(key).toHaveLength(16);
  expect(keyOf({}, 'air-1', 0, nowMs + 30_000)).toBe(key);
  const others = [
    keyOf({ observedAtMs: nowMs - 999 }),
    keyOf({ values: { temperature: 21.6 } }),
    keyOf({ values: { humidity: 21.5 } }),
    keyOf({}, 'air-2'),
    keyOf({}, 'air-1', 1),
  ];
  expect(new Set([key, ...others]).size).toBe(6);
});

test('[E50] without a time of its own or a key of its sender a reading has no key', () => {
  expect(readingKey('air-1', timeless, 0, nowMs)).toBe(null);
  expect(readingKey('air-1', { t: 'device-status', online: true }, 0, nowMs)).toBe(null);
});

test.each([
  ['a day old', nowMs - 86_400_000],
  ['in 1970', 0],
  ['more than a minute ahead', nowMs + 60_001],
])('[E50] a clock that is %s may stand still: its readings have no key', (_what, observedAtMs) => {
  expect(keyOf({ observedAtMs })).toBe(null);
  expect(keyOf({ observedAtMs, senderKey: 'frame 1' })).toHaveLength(16);
});

test('[E50] by the key of its sender a reading is the same whatever a gateway adds to it', () => {
  const key = keyOf({ senderKey: '7' });
  expect(keyOf({ senderKey: '7', values: { temperature: 21.5, linkQuality: 40 } })).toBe(key);
  expect(keyOf({ senderKey: '8' })).not.toBe(key);
  expect(keyOf({ senderKey: '7', observedAtMs: nowMs })).not.toBe(key);
  expect(readingKey('air-1', { ...timeless, senderKey: '7' }, 0, nowMs)).toBe(
    readingKey('air-1', { ...timeless, senderKey: '7', observedAtMs: nowMs }, 0, nowMs),
  );
});
