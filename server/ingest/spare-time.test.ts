import { expect, test } from 'vitest';
import { createSpareTime } from './spare-time.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('[P30] work waits while time is taken, and keeps its order', async () => {
  const { taken, free, whenSpare } = createSpareTime();
  const done: number[] = [];
  whenSpare(() => done.push(1));
  expect(done).toEqual([1]);
  taken();
  whenSpare(() => done.push(2));
  await turn();
  expect(done).toEqual([1]);
  free();
  // Before the one that waited it would be a gap.
  whenSpare(() => done.push(3));
  expect(done).toEqual([1]);
  await turn();
  expect(done).toEqual([1, 2, 3]);
});

test('[P30] taken again at once, work goes on waiting', async () => {
  const { taken, free, whenSpare } = createSpareTime();
  const done: number[] = [];
  taken();
  whenSpare(() => done.push(1));
  free();
  taken();
  await turn();
  expect(done).toEqual([]);
  free();
  await turn();
  expect(done).toEqual([1]);
});

test('[P30] a database that does not answer makes nothing pile up', () => {
  const { taken, whenSpare } = createSpareTime();
  const done: number[] = [];
  taken();
  for (let i = 0; i < 100; i++) whenSpare(() => done.push(i));
  expect(done).toEqual(Array.from({ length: 36 }, (_, i) => i));
});
