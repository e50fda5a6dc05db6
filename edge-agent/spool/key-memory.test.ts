import { expect, test } from 'vitest';
import { createKeyMemory, recall } from './key-memory.ts';

/** Sixteen characters; `home` decides where in the index it wants to stand. */
const key = (n: number, home = n) => Buffer.from(Uint32Array.of(home, n, n * 7, 0xffff_ff00).buffer).toString('latin1');

test('[E51] the latest keys are known, as many as there is room for', () => {
  const memory = createKeyMemory({ maxKeys: 1_500, windowS: 100 });
  for (let n = 0; n < 6_000; n++) {
    expect(memory.has(key(n), 0)).toBe(false);
    memory.add(key(n), 0);
    expect(memory.has(key(n), 0)).toBe(true);
    if (n >= 1_499) expect(memory.has(key(n - 1_499), 0)).toBe(true);
    if (n >= 1_500) expect(memory.has(key(n - 1_500), 0)).toBe(false);
  }
  expect(memory.size).toBe(1_500);
});

test('[E51] keys that want the same place are kept apart, also while others are forgotten', () => {
  const memory = createKeyMemory({ maxKeys: 64, windowS: 100 });
  const kept: string[] = [];
  let random = 1;
  for (let n = 0; n < 5_000; n++) {
    random = (random * 48_271) % 2_147_483_647;
    const next = key(n, 120 + (random % 11));
    memory.add(next, 0);
    kept.push(next);
    if (kept.length > 64) expect(memory.has(kept.shift()!, 0)).toBe(false);
    if (n % 50 === 0) for (const one of kept) expect(memory.has(one, 0)).toBe(true);
  }
});

test('[E51] a key is forgotten after its time', () => {
  const memory = createKeyMemory({ maxKeys: 100, windowS: 60 });
  memory.add(key(1), 1_000);
  memory.add(key(2), 1_030);
  expect(memory.has(key(1), 1_060)).toBe(true);
  expect(memory.has(key(1), 1_061)).toBe(false);
  expect(memory.has(key(2), 1_061)).toBe(true);
  expect(memory.size).toBe(1);
});

test('[E51] the time that the edge was off does not count', () => {
  const memory = createKeyMemory({ maxKeys: 100, windowS: 60 });
  const entries = [
    { key: key(1), timeS: 900 },
    { key: key(2), timeS: 960 },
    { key: key(3), timeS: 1_000 },
  ];
  recall(memory, entries, 90_000);
  expect([1, 2, 3].map((n) => memory.has(key(n), 90_000))).toEqual([false, true, true]);
  expect(memory.has(key(2), 90_021)).toBe(false);
  expect(memory.has(key(3), 90_021)).toBe(true);
});
