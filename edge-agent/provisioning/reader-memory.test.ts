import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createReaderMemories, maxEntries } from './reader-memory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const open = (log: Log = silentLog) => {
  const clock = createTestClock();
  return { ...createReaderMemories({ folder, clock, log }), clock };
};
const profile = { name: 'home-assistant' };

test('[E33] what a profile remembers outlives a restart, and what it forgot does not', async () => {
  const first = open();
  const memory = first.of(profile);
  memory.set('a', '1');
  memory.set('b', '2');
  memory.set('a', null);
  expect(readdirSync(folder)).toEqual([]);
  await first.close();
  expect([...open().of(profile).entries()]).toEqual([['b', '2']]);
});

test('[E33] it is written by itself a moment later', async () => {
  const memories = open();
  memories.of(profile).set('a', '1');
  memories.clock.advance(500);
  await vi.waitFor(() => expect(readFileSync(join(folder, 'home-assistant.json'), 'utf8')).toBe('[["a","1"]]'));
  await memories.close();
});

test('[E33] it is bounded: the oldest is forgotten', () => {
  const memory = open().of(profile);
  for (let n = 0; n <= maxEntries; n++) memory.set(`k${n}`, 'x');
  expect([...memory.entries()]).toHaveLength(maxEntries);
  for (let n = 0; n < 20; n++) memory.set(`big${n}`, 'x'.repeat(1024 * 1024));
  expect([...memory.entries()].length).toBeLessThan(17);
  expect([...memory.entries()].at(-1)![0]).toBe('big19');
});

test.each(['{"a":1}', '[["a"', '[[1,2]]'])('[E33] a file that is damaged is told and begun anew: %s', (text) => {
  writeFileSync(join(folder, 'home-assistant.json'), text);
  const error = vi.fn();
  expect([
    ...open({ ...silentLog, error } as unknown as Log)
      .of(profile)
      .entries(),
  ]).toEqual([]);
  expect(error).toHaveBeenCalledTimes(1);
});
