import { expect, test, vi } from 'vitest';
import { depacketisers } from '../video/codecs.ts';
import { fuzzVideo, VideoFuzzFault } from './video-fuzz.ts';

test('[V15] damaged sessions, packets and descriptions give pictures or nothing, in bounded time and memory', () => {
  const { inputs, by, pictures, keyPictures, described, descriptions } = fuzzVideo({ count: 1_500, seed: 20_261_201 });
  expect(Object.values(by).reduce((sum, n) => sum + n, 0)).toBe(inputs);
  expect(Object.keys(by).sort()).toEqual(['challenge', 'packets', 'rtcp', 'sdp', 'stream']);
  // Enough stays whole for the damage to reach what lies behind it.
  expect(pictures).toBeGreaterThan(inputs);
  expect(keyPictures).toBeGreaterThan(inputs / 4);
  expect(described).toBeGreaterThan(descriptions / 4);
});

test('[V15] the same seed sends the same inputs', () => {
  const [one, two] = [1, 2].map(() => fuzzVideo({ count: 200, seed: 7 }));
  const told = ({ pictures, broken, described, mostHeldBytes, by }: NonNullable<typeof one>) => ({
    ...{ pictures, broken, described, mostHeldBytes, by },
  });
  expect(told(one!)).toEqual(told(two!));
});

test.each([
  [
    'throws',
    () => {
      throw new TypeError('of undefined');
    },
  ],
  ['keeps more than a picture may take', () => 1e9],
])('[V15] a depacketiser that %s does not pass', (_, heldBytes) => {
  const spied = vi.spyOn(depacketisers as Record<'H264' | 'H265', () => unknown>, 'H264');
  spied.mockImplementation(() => ({ push: () => [], heldBytes }));
  try {
    expect(() => fuzzVideo({ count: 200, seed: 1 })).toThrow(VideoFuzzFault);
  } finally {
    spied.mockRestore();
  }
});
