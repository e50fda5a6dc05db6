import { expect, test } from 'vitest';
import { timeMs } from './observed-time.ts';

test('[P20] times are read as Date.parse reads them, whatever their form', () => {
  const texts = [
    '2026-11-22T12:00:00.123Z',
    '2026-11-22T12:00:59.999Z',
    '2024-02-29T23:59:59.000Z',
    '2026-11-22T12:00:00Z',
    '2026-11-22T17:00:00.123+05:00',
    '2026-02-31T12:00:00.123Z',
    '2026-13-22T12:00:00.123Z',
    '2026-11-22T12:00:60.123Z',
    '2026-11-22T24:00:00.000Z',
    '2026-11-22T12:00:0a.123Z',
    '2026-11-22T12:00:00x123Z',
    '2026-11-22T12:00:00.12 Z',
    '+026-11-22T12:00:00.123Z',
    'x026-11-22T12:00:00.123Z',
    'not a time at all, no no',
    '0000-01-01T00:00:00.000Z',
    '',
  ];
  for (const text of [...texts, ...texts.toReversed()]) expect([text, timeMs(text)]).toEqual([text, Date.parse(text)]);
});
