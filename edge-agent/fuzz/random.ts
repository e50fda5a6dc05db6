import { createRandom } from '@kuzet/lib/seeded-random.ts';

export interface Random {
  /** 0 to n - 1. */
  below(n: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Buffer;
}

/** The same noise for the same seed. */
export function createNoise(seed: number): Random {
  const next = createRandom(seed);
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)]!,
    bytes(length) {
      const noise = Buffer.allocUnsafe(length);
      for (let i = 0; i < length; i++) noise[i] = below(256);
      return noise;
    },
  };
}
