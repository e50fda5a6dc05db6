import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadingItem } from '@kuzet/contracts/uplink.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nodeDisk } from './disk.ts';
import { openSpool, type Spool, type SpoolDeps } from './spool.ts';

let root: string;
let folders = 0;
const open: Spool[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kuzet-dedupe-'));
});
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close();
  rmSync(root, { recursive: true, force: true });
});

const clock = createTestClock();
async function opened(folder: string, over: Partial<SpoolDeps> = {}): Promise<Spool> {
  const spool = await openSpool({
    folder,
    settings: { maxBytes: 2 ** 30, segmentBytes: 4_096, dedupeReadings: 10_000, dedupeWindowS: 600 },
    clock,
    log: silentLog,
    newEpoch: () => 'epoch',
    retryMs: 10,
    groupMs: 0,
    ...over,
  });
  open.push(spool);
  return spool;
}
const newFolder = () => join(root, String(++folders));
/** What a SIGKILL at this moment would leave. */
function killed(folder: string): string {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  rmSync(join(copy, 'lock'), { force: true });
  return copy;
}

const reading = (n: number): ReadingItem => ({
  t: 'reading',
  device: 'air-1',
  observedAt: '2026-11-22T12:00:00.000Z',
  receivedAt: '2026-11-22T12:00:00.000Z',
  values: { n },
});
const keyOf = (n: number) => `key-${String(n).padStart(12, '0')}`;
const put = (spool: Spool, n: number, key: string | null = keyOf(n)) =>
  new Promise<void>((resolve, reject) =>
    spool.append('telemetry', [reading(n)], (err) => (err ? reject(err) : resolve()), [key]),
  );
const putEach = async (spool: Spool, from: number, to: number) => {
  for (let n = from; n <= to; n++) await put(spool, n);
};

test('[E50] a reading that comes again is answered, counted and not kept; equal readings without a key are', async () => {
  const spool = await opened(newFolder());
  await putEach(spool, 1, 3);
  await put(spool, 2);
  await put(spool, 4, null);
  await put(spool, 4, null);
  expect(spool.telemetry.head).toBe(5);
  expect(spool.duplicates).toBe(1);
});

test('[E52] while its first copy is not on disk yet, one that comes again waits for it', async () => {
  let letGo: (() => void) | null = null;
  const disk: SpoolDeps['disk'] = {
    ...nodeDisk,
    async open(path, how) {
      const file = await nodeDisk.open(path, how);
      const held = async () => {
        if (how === 'create') await new Promise<void>((resolve) => (letGo = resolve));
        await file.sync();
      };
      return { ...file, sync: path.includes('telemetry') ? held : file.sync };
    },
  };
  const spool = await opened(newFolder(), { disk });
  const order: string[] = [];
  const first = put(spool, 1).then(() => order.push('first'));
  await vi.waitFor(() => expect(letGo).not.toBe(null));
  const again = put(spool, 1).then(() => order.push('again'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([]);
  letGo!();
  await Promise.all([first, again]);
  expect(order).toEqual(['first', 'again']);
  expect(spool.telemetry.head).toBe(1);
});

test('[E51] after SIGKILL every reading that is on disk is known', async () => {
  const folder = newFolder();
  await putEach(await opened(folder), 1, 100);
  const second = await opened(killed(folder));
  await putEach(second, 1, 101);
  expect(second.telemetry.head).toBe(101);
  expect(second.duplicates).toBe(100);
});

test('[E51] those that the hub has already are known after SIGKILL too, for as long as the settings say', async () => {
  const folder = newFolder();
  const first = await opened(folder);
  await putEach(first, 1, 100);
  first.telemetry.ack(100);
  await vi.waitFor(() =>
    expect(readdirSync(join(folder, 'telemetry')).filter((f) => f.endsWith('.seg'))).toHaveLength(1),
  );
  const copy = killed(folder);
  const second = await opened(copy);
  await put(second, 1);
  expect(second.duplicates).toBe(1);

  clock.advance(601_000);
  await put(second, 2);
  expect(second.duplicates).toBe(1);
  // Files of keys go when their time is over.
  await putEach(second, 201, 260);
  const ofFirst = readdirSync(join(folder, 'telemetry')).filter((file) => file.endsWith('.keys'));
  const left = readdirSync(join(copy, 'telemetry')).filter((file) => file.endsWith('.keys'));
  expect(ofFirst.length).toBeGreaterThan(1);
  for (const file of ofFirst) expect(left).not.toContain(file);
});

test('[E51] a torn record was answered to nobody, and is taken when it comes again', async () => {
  const folder = newFolder();
  await putEach(await opened(folder), 1, 10);
  const copy = killed(folder);
  const lane = join(copy, 'telemetry');
  const last = readdirSync(lane)
    .filter((file) => file.endsWith('.seg'))
    .sort()
    .at(-1)!;
  truncateSync(join(lane, last), (await nodeDisk.sizeOf(join(lane, last))) - 3);
  const second = await opened(copy);
  expect(second.telemetry.head).toBe(9);
  await putEach(second, 9, 10);
  expect(second.telemetry.head).toBe(10);
  expect(second.duplicates).toBe(1);
});

test('[E51] a torn key file costs nothing while its segment is there', async () => {
  const folder = newFolder();
  await putEach(await opened(folder), 1, 100);
  const copy = killed(folder);
  const lane = join(copy, 'telemetry');
  for (const file of readdirSync(lane).filter((name) => name.endsWith('.keys'))) truncateSync(join(lane, file), 30);
  const second = await opened(copy);
  await putEach(second, 1, 100);
  expect(second.duplicates).toBe(100);
});

test('[E9] what was refused is not taken for known', async () => {
  const spool = await opened(newFolder(), { maxPendingBytes: 100 });
  await expect(put(spool, 1)).rejects.toThrow(/behind/);
  expect(spool.duplicates).toBe(0);
});
