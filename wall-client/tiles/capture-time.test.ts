import { expect, it } from 'vitest';
import { captureTimeMs } from './capture-time.ts';

const fragments = [
  { start: 10, duration: 1, programDateTime: 1_000_000 },
  { start: 11, duration: 1, programDateTime: 1_001_050 },
  { start: 12, duration: 1, programDateTime: null },
];

it('reads the capture time from the segment a frame lies in, not from the first one', () => {
  expect(captureTimeMs(fragments, 10.4)).toBeCloseTo(1_000_400);
  expect(captureTimeMs(fragments, 11.2)).toBeCloseTo(1_001_250);
});

it('counts on from the last dated segment where one has no date', () => {
  expect(captureTimeMs(fragments, 12.5)).toBeCloseTo(1_002_550);
});

it('counts back for a frame that has left the playlist', () => {
  expect(captureTimeMs(fragments, 9.5)).toBeCloseTo(999_500);
});

it('says nothing where the playlist carries no dates', () => {
  expect(captureTimeMs([{ start: 0, duration: 1, programDateTime: null }], 0.5)).toBeNull();
  expect(captureTimeMs([], 0.5)).toBeNull();
});
