import { profileNames } from '@kuzet/contracts/site-file.ts';
import { expect, test } from 'vitest';
import { profiles } from '../profiles/index.ts';
import { loadCorpus } from './corpus.ts';
import { FuzzFault, fuzz } from './fuzz.ts';

test('[E48] damaged messages of every profile are decoded, kept or left alone, and stop nothing', () => {
  const { samples } = loadCorpus();
  expect(new Set(samples.map(({ profile }) => profile))).toEqual(new Set(profileNames));
  const { messages, decoded, deadLettered, ignored, empty } = fuzz({ count: 10_000, seed: 20_261_122 });
  expect(decoded + deadLettered + ignored + empty).toBe(messages);
  expect(decoded).toBeGreaterThan(messages / 10);
  expect(deadLettered).toBeGreaterThan(messages / 10);
});

const { canonical } = profiles;
test.each([
  [
    'throws',
    () => {
      throw new TypeError('of undefined');
    },
  ],
  [
    'gives what no uplink carries',
    () => ({ items: [{ t: 'reading' as const, observedAtMs: 0, values: {} }], refused: null }),
  ],
  [
    'gives a time that cannot be',
    () => ({ items: [{ t: 'reading' as const, observedAtMs: 9e15, values: { x: 1 } }], refused: null }),
  ],
])('[E48] a profile that %s does not pass', (_what, read) => {
  const broken = { ...profiles, canonical: { ...canonical, read } };
  expect(() => fuzz({ count: 2_000, seed: 1, profiles: broken })).toThrow(FuzzFault);
});

test('[E48] the same seed sends the same messages', () => {
  const twice = [1, 2].map(() => fuzz({ count: 500, seed: 7 }));
  expect(twice[0]).toMatchObject({ items: twice[1]!.items, by: twice[1]!.by });
});
