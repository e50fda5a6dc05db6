import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createWriteTogether } from './write-together.ts';

/** A stream that tells what reached the other side, a system call an entry. */
function setUp() {
  const calls: number[] = [];
  const stream = new Writable({
    highWaterMark: 1_000_000,
    write: (chunk: Buffer, _, done) => {
      calls.push(chunk.length);
      done();
    },
    writev: (chunks, done) => {
      calls.push(chunks.reduce((sum, { chunk }) => sum + (chunk as Buffer).length, 0));
      done();
    },
  });
  const { before, after } = createWriteTogether(stream);
  return {
    calls,
    write(bytes: number) {
      before();
      stream.write(Buffer.alloc(bytes));
      after();
    },
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('[P28] what is written in one go leaves in one write', async () => {
  const { calls, write } = setUp();
  for (const bytes of [10, 20, 30]) write(bytes);
  expect(calls).toEqual([]);
  await turn();
  expect(calls).toEqual([60]);
  write(5);
  await turn();
  expect(calls).toEqual([60, 5]);
});

test('[P28] much to do leaves at once, and what follows is held anew', async () => {
  const { calls, write } = setUp();
  write(10);
  write(20_000);
  expect(calls).toEqual([20_010]);
  write(30);
  write(40);
  expect(calls).toEqual([20_010]);
  await turn();
  expect(calls).toEqual([20_010, 70]);
});
