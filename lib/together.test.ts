import { expect, test } from 'vitest';
import { together } from './together.ts';

test('gives what each gives, in order', async () => {
  expect(await together([Promise.resolve(1), 'two', null])).toEqual([1, 'two', null]);
});

test('fails with the first in order, and not before the last has settled', async () => {
  let settled = 0;
  const later = (outcome: () => void) =>
    new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      settled++;
      outcome();
    });
  const failing = (word: string) => () => {
    throw new Error(word);
  };
  const all = together([later(() => undefined), later(failing('first')), Promise.reject(new Error('second'))]);
  await expect(all).rejects.toThrow('first');
  expect(settled).toBe(2);
});
