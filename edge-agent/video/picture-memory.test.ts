import { expect, test } from 'vitest';
import { createPictureMemory } from './picture-memory.ts';

const bytes = (length: number, value: number) => Buffer.alloc(length, value);

test('[V20] what it gives holds until it is reset, however much comes', () => {
  const memory = createPictureMemory();
  const sizes = [10, 70_000, 0, 60_000, 500_000, 3];
  const given = sizes.map((size, i) => memory.copy(bytes(size, i)));
  memory.begin(bytes(2, 77));
  for (let i = 0; i < 40; i++) memory.append(bytes(20_000, i));
  const pieces = memory.end();
  expect(given.map((one, i) => one.equals(bytes(sizes[i]!, i)))).toEqual(sizes.map(() => true));
  const expected = Buffer.concat([bytes(2, 77), ...Array.from({ length: 40 }, (_, i) => bytes(20_000, i))]);
  expect(pieces.equals(expected)).toBe(true);
});

test('[V20] is used again after each picture, and what a large one needed is given back', () => {
  const memory = createPictureMemory();
  const first = memory.copy(bytes(1_000, 1));
  memory.reset();
  const second = memory.copy(bytes(1_000, 2));
  expect(second.buffer).toBe(first.buffer);
  expect(first[0]).toBe(2);
  memory.reset();
  const large = memory.copy(bytes(3_000_000, 3));
  memory.reset();
  const small = memory.copy(bytes(10, 4));
  expect(small.buffer).not.toBe(large.buffer);
  expect(small.buffer.byteLength).toBeLessThan(200_000);
});
