import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadingItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Disk, nodeDisk } from './disk.ts';
import { openSpool, type Spool, type SpoolDeps } from './spool.ts';
import type { SpoolLane } from './spool-lane.ts';

let folder: string;
const open: Spool[] = [];
let epochs = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-spool-'));
});
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(over: Partial<SpoolDeps> = {}): Promise<Spool> {
  const spool = await openSpool({
    folder,
    settings: { maxBytes: 2 ** 30, segmentBytes: 4_096 },
    clock: systemClock,
    log: silentLog,
    newEpoch: () => `epoch-${++epochs}`,
    retryMs: 10,
    groupMs: 0,
    // What is read here is on the disk.
    recentChars: 0,
    ...over,
  });
  open.push(spool);
  return spool;
}
async function closed(spool: Spool): Promise<void> {
  open.splice(open.indexOf(spool), 1);
  await spool.close();
}

const reading = (n: number): ReadingItem => ({
  t: 'reading',
  device: 'air-1',
  observedAt: '2026-11-22T12:00:00.000Z',
  receivedAt: '2026-11-22T12:00:00.000Z',
  values: { n },
});
const put = (spool: Spool, from: number, to: number, lane: 'alarm' | 'telemetry' = 'telemetry') =>
  new Promise<void>((resolve, reject) => {
    const items = Array.from({ length: to - from + 1 }, (_, i) => reading(from + i));
    spool.append(lane, items, (err) => (err ? reject(err) : resolve()));
  });
/** One at a time, so that each is a group of its own and files roll. */
const putEach = async (spool: Spool, from: number, to: number, lane: 'alarm' | 'telemetry' = 'telemetry') => {
  for (let n = from; n <= to; n++) await put(spool, n, n, lane);
};
async function readAll(lane: SpoolLane, from: number): Promise<{ seqs: number[]; values: number[] }> {
  const seqs: number[] = [];
  const values: number[] = [];
  for (let next = from; ; ) {
    const read = await lane.read(next, 7, 100_000);
    if (read.kind === 'empty') return { seqs, values };
    if (read.kind === 'gone') throw new Error(`gone up to ${read.from}`);
    read.texts.forEach((text, i) => {
      seqs.push(read.firstSeq + i);
      values.push((JSON.parse(text) as ReadingItem).values.n as number);
    });
    next = read.lastSeq + 1;
  }
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const segmentsOf = (lane: string) => readdirSync(join(folder, lane)).filter((file) => file.endsWith('.seg'));

describe('numbers and places', () => {
  test('[E3] items are numbered from 1 in the order they came, each lane by itself', async () => {
    const spool = await opened();
    await Promise.all([put(spool, 1, 3), put(spool, 4, 4), put(spool, 100, 101, 'alarm')]);
    expect(await readAll(spool.telemetry, 1)).toEqual({ seqs: [1, 2, 3, 4], values: [1, 2, 3, 4] });
    expect(await readAll(spool.alarm, 1)).toEqual({ seqs: [1, 2], values: [100, 101] });
    expect(spool.alarm.epoch).not.toBe(spool.telemetry.epoch);
  });

  test('[E3] a second start goes on with numbers, epoch and read position', async () => {
    const first = await opened();
    await putEach(first, 1, 100);
    first.telemetry.ack(60);
    const { epoch } = first.telemetry;
    await closed(first);
    const second = await opened();
    expect(second.telemetry).toMatchObject({ epoch, head: 100, acked: 60 });
    await put(second, 101, 101);
    expect((await readAll(second.telemetry, 61)).values).toEqual(range(61, 101));
  });

  test('[E4] files that the hub has are removed', async () => {
    const spool = await opened();
    await putEach(spool, 1, 200);
    expect(segmentsOf('telemetry').length).toBeGreaterThan(3);
    const bytes = spool.telemetry.heldBytes;
    spool.telemetry.ack(200);
    await vi.waitFor(() => expect(segmentsOf('telemetry')).toHaveLength(1));
    expect(spool.telemetry.heldBytes).toBeLessThan(bytes);
    await put(spool, 201, 201);
    expect(await readAll(spool.telemetry, 201)).toEqual({ seqs: [201], values: [201] });
  });

  test('[E4] what is acknowledged is not given again, what was given up before is told as gone', async () => {
    const spool = await opened();
    await putEach(spool, 1, 200);
    spool.telemetry.ack(190);
    await vi.waitFor(async () => expect((await spool.telemetry.read(1, 1, 1)).kind).toBe('gone'));
    spool.telemetry.ack(5);
    expect(spool.telemetry.acked).toBe(190);
    spool.telemetry.ack(9_999);
    expect(spool.telemetry.acked).toBe(190);
  });

  test('reads from any number, also where no read ended before', async () => {
    const spool = await opened();
    await putEach(spool, 1, 150);
    for (const from of [77, 3, 149, 42])
      expect((await readAll(spool.telemetry, from)).values).toEqual(range(from, 150));
  });

  test('a read ends at its limits, yet gives at least one item', async () => {
    const spool = await opened({ settings: { maxBytes: 2 ** 30, segmentBytes: 2 ** 20 } });
    await put(spool, 1, 50);
    expect(await spool.telemetry.read(1, 5, 100_000)).toMatchObject({ firstSeq: 1, lastSeq: 5 });
    expect(await spool.telemetry.read(1, 50, 1)).toMatchObject({ firstSeq: 1, lastSeq: 1 });
    const large: ReadingItem = { ...reading(0), values: { text: 'x'.repeat(300_000) } };
    await new Promise<void>((resolve) => spool.append('telemetry', [large, large], () => resolve()));
    expect(await spool.telemetry.read(51, 50, 1_000)).toMatchObject({ firstSeq: 51, lastSeq: 51 });
  });
});

describe('crashes', () => {
  const lastFile = () => join(folder, 'telemetry', segmentsOf('telemetry').sort().at(-1)!);

  test.each([
    ['half a header', (file: string) => appendFileSync(file, Buffer.from([200, 0, 0]))],
    ['half a record', (file: string) => appendFileSync(file, Buffer.from([200, 0, 0, 0, 1, 2, 3, 4, 65, 66]))],
    ['zeros that the file system left', (file: string) => appendFileSync(file, Buffer.alloc(512))],
    ['noise', (file: string) => appendFileSync(file, Buffer.alloc(300, 0xa7))],
  ])('[E5] a torn end (%s) is cut off, all before it stays', async (_, tear) => {
    const first = await opened();
    await put(first, 1, 10);
    await closed(first);
    tear(lastFile());
    const second = await opened();
    expect(second.telemetry.head).toBe(10);
    await put(second, 11, 12);
    expect((await readAll(second.telemetry, 1)).values).toEqual(range(1, 12));
  });

  test('[E5] a record cut short, or with a changed byte, ends the file there', async () => {
    const first = await opened();
    await put(first, 1, 10);
    await closed(first);
    truncateSync(lastFile(), statSync(lastFile()).size - 1);
    const second = await opened();
    expect(second.telemetry.head).toBe(9);
    await closed(second);
    const bytes = readFileSync(lastFile());
    bytes[bytes.length - 3]! ^= 1;
    writeFileSync(lastFile(), bytes);
    expect((await opened()).telemetry.head).toBe(8);
  });

  test('[E6] without its read position all that is held gets new numbers in a new epoch', async () => {
    const first = await opened();
    await putEach(first, 1, 80);
    first.telemetry.ack(10);
    const { epoch } = first.telemetry;
    await closed(first);
    writeFileSync(join(folder, 'telemetry', 'lane.json'), '{"v":1,');
    const second = await opened();
    expect(second.telemetry.epoch).not.toBe(epoch);
    expect((await readAll(second.telemetry, 1)).values).toEqual(range(1, 80));
  });

  test('[E6] without its files a lane begins a new epoch', async () => {
    const first = await opened();
    await put(first, 1, 5);
    const { epoch } = first.telemetry;
    await closed(first);
    for (const file of segmentsOf('telemetry')) rmSync(join(folder, 'telemetry', file));
    const second = await opened();
    expect(second.telemetry).toMatchObject({ head: 0, acked: 0 });
    expect(second.telemetry.epoch).not.toBe(epoch);
  });

  test('[E6] a damaged file in the middle costs what it holds; the rest goes on after the hole', async () => {
    const first = await opened();
    await putEach(first, 1, 120);
    const { epoch } = first.telemetry;
    await closed(first);
    const [, second] = segmentsOf('telemetry').sort();
    const file = join(folder, 'telemetry', second!);
    const bytes = readFileSync(file);
    bytes.fill(0, 200, 260);
    writeFileSync(file, bytes);
    const spool = await opened();
    const before = await readAll(spool.telemetry, 1);
    expect(before.values).toEqual(range(1, before.values.length));
    expect(spool.telemetry.epoch).toBe(epoch);
    spool.telemetry.ack(before.seqs.at(-1)!);
    const gone = await spool.telemetry.read(before.seqs.at(-1)! + 1, 10, 10_000);
    if (gone.kind !== 'gone') throw new Error(`not gone but ${gone.kind}`);
    expect(gone.from).toBeGreaterThan(before.seqs.length + 1);
    expect(gone.from).toBeLessThan(90);
    const after = await readAll(spool.telemetry, gone.from);
    expect(after.seqs).toEqual(range(gone.from, 120));
    expect(after.values).toEqual(after.seqs);
    expect(await spool.telemetry.read(gone.from, 1, 1)).toMatchObject({ firstSeq: gone.from, oldestSeq: gone.from });
  });

  const onLinux = process.platform === 'linux';
  if (!onLinux)
    console.warn('SKIPPED: a spool in use by another process. Only Linux tells when a process began (/proc)');
  test.skipIf(!onLinux)('[E7] a folder that a living process uses is refused', async () => {
    const { pid } = process;
    // Another program's life: init is always there.
    const started = readFileSync('/proc/1/stat', 'utf8').split(') ')[1]!.split(' ')[19];
    writeFileSync(join(folder, 'lock'), `1 ${started}`);
    await expect(
      openSpool({
        folder,
        settings: { maxBytes: 1, segmentBytes: 1 },
        clock: systemClock,
        log: silentLog,
        newEpoch: () => 'e',
      }),
    ).rejects.toThrow(/in use by another edge agent \(process 1\)/);
    writeFileSync(join(folder, 'lock'), `${pid} 1`);
    await closed(await opened());
  });

  test('[E7] a lock that a killed process left is taken over', async () => {
    writeFileSync(join(folder, 'lock'), '4194300 123');
    await opened();
  });
});

describe('limits', () => {
  test('[E8] past the limit the oldest telemetry gives way and is counted; alarms stay', async () => {
    const spool = await opened({ settings: { maxBytes: 20_000, segmentBytes: 4_096 } });
    await putEach(spool, 1, 20, 'alarm');
    const { epoch } = spool.telemetry;
    await putEach(spool, 1, 300);
    await vi.waitFor(() => expect(spool.alarm.heldBytes + spool.telemetry.heldBytes).toBeLessThanOrEqual(20_000));
    const oldest = spool.dropped.telemetry + 1;
    expect(oldest).toBeGreaterThan(100);
    expect(await spool.telemetry.read(1, 1, 1)).toEqual({ kind: 'gone', from: oldest });
    expect(await readAll(spool.telemetry, oldest)).toEqual({ seqs: range(oldest, 300), values: range(oldest, 300) });
    expect(spool.telemetry.epoch).toBe(epoch);
    expect(spool.dropped).toMatchObject({ alarm: 0 });
    expect((await readAll(spool.alarm, 1)).values).toEqual(range(1, 20));
  });

  test('[E53] what was given up is told with its time span, once all before it is acknowledged; also after SIGKILL', async () => {
    const settings = { maxBytes: 20_000, segmentBytes: 4_096 };
    const clock = createTestClock();
    const spool = await opened({ settings, clock });
    const at = (n: number) => new Date(Date.UTC(2026, 10, 22, 12, 0, n)).toISOString();
    for (let n = 1; n <= 300; n++) {
      const item = { ...reading(n), receivedAt: at(n) };
      await new Promise<void>((resolve) => spool.append('telemetry', [item], () => resolve()));
      if (n === 10) spool.telemetry.ack(10);
    }
    await vi.waitFor(() => expect(spool.telemetry.heldBytes).toBeLessThanOrEqual(20_000));
    const oldest = 10 + spool.dropped.telemetry + 1;
    const gone = { fromAt: at(11), toAt: at(oldest - 1), why: 'full' };
    expect(await spool.telemetry.read(oldest, 1, 1)).toMatchObject({ oldestSeq: oldest, gone });
    expect(await spool.telemetry.read(oldest + 1, 1, 1)).toMatchObject({ gone: null });

    cpSync(folder, `${folder}-killed`, { recursive: true });
    rmSync(join(`${folder}-killed`, 'lock'));
    const second = await opened({ settings, clock, folder: `${folder}-killed` });
    try {
      expect(await second.telemetry.read(oldest, 1, 1)).toMatchObject({ oldestSeq: oldest, gone });
      second.telemetry.ack(oldest);
      expect(await second.telemetry.read(oldest, 1, 1)).toMatchObject({ gone: null });
    } finally {
      await closed(second);
      rmSync(`${folder}-killed`, { recursive: true });
    }
  });

  test('[E8] only when no telemetry is left do the oldest alarms give way', async () => {
    const spool = await opened({ settings: { maxBytes: 12_000, segmentBytes: 4_096 } });
    await putEach(spool, 1, 10);
    await putEach(spool, 1, 200, 'alarm');
    await vi.waitFor(() => expect(spool.alarm.heldBytes + spool.telemetry.heldBytes).toBeLessThanOrEqual(12_000));
    expect(spool.dropped.telemetry).toBe(10);
    const oldest = spool.dropped.alarm + 1;
    expect(oldest).toBeGreaterThan(1);
    expect((await readAll(spool.alarm, oldest)).values).toEqual(range(oldest, 200));
  });
});

describe('a disk that does not take it', () => {
  /** Fails writes or syncs while `code` is set. */
  function failingDisk(): { disk: Disk; fail(code: string | null, where?: 'write' | 'sync'): void } {
    let code: string | null = null;
    let where: 'write' | 'sync' = 'write';
    const check = (at: 'write' | 'sync') => {
      if (code !== null && at === where) throw Object.assign(new Error(`${code}: as the test wants`), { code });
    };
    return {
      fail: (next, at = 'write') => {
        code = next;
        where = at;
      },
      disk: {
        ...nodeDisk,
        async open(path, how) {
          const file = await nodeDisk.open(path, how);
          return {
            ...file,
            async writeAt(buffer, position) {
              if (code !== null && where === 'write')
                await file.writeAt(buffer.subarray(0, buffer.length / 2), position);
              check('write');
              return file.writeAt(buffer, position);
            },
            async sync() {
              check('sync');
              return file.sync();
            },
          };
        },
      },
    };
  }

  test.each(['write', 'sync'] as const)(
    '[E9] a failed %s acknowledges nobody until it works again, and loses nothing',
    async (where) => {
      const { disk, fail } = failingDisk();
      const clock = createTestClock();
      const spool = await opened({ disk, clock });
      await put(spool, 1, 3);
      fail('ENOSPC', where);
      const order: string[] = [];
      const waiting = [put(spool, 4, 5).then(() => order.push('4-5')), put(spool, 6, 6).then(() => order.push('6'))];
      await vi.waitFor(() => expect(spool.fault).toMatch(/cannot write in .*ENOSPC/));
      clock.advance(10);
      expect(order).toEqual([]);
      expect(spool.telemetry.head).toBe(3);
      expect(await spool.telemetry.read(4, 1, 1)).toEqual({ kind: 'empty' });
      fail(null);
      await vi.waitFor(() => {
        clock.advance(10);
        expect(order).toEqual(['4-5', '6']);
      });
      await Promise.all(waiting);
      expect(spool.fault).toBe(null);
      expect((await readAll(spool.telemetry, 1)).values).toEqual(range(1, 6));
      await closed(spool);
      expect((await opened()).telemetry.head).toBe(6);
    },
  );

  test('[E9] what waits for a full disk is bounded: beyond it, a sender is told', async () => {
    const { disk, fail } = failingDisk();
    const spool = await opened({ disk, clock: createTestClock(), maxPendingBytes: 1_000 });
    fail('ENOSPC');
    const waiting = put(spool, 1, 5).catch((err: Error) => err.message);
    await vi.waitFor(() => expect(spool.fault).not.toBe(null));
    await expect(put(spool, 6, 12)).rejects.toThrow(/the spool cannot write/);
    await closed(spool);
    expect(await waiting).toMatch(/the spool cannot write/);
  });

  test('[E9] one line tells of it, not one a try', async () => {
    const { disk, fail } = failingDisk();
    const clock = createTestClock();
    const error = vi.fn();
    const spool = await opened({
      disk,
      clock,
      log: { ...silentLog, error, info: vi.fn() } as unknown as SpoolDeps['log'],
    });
    fail('EIO');
    const waiting = put(spool, 1, 1);
    await vi.waitFor(() => expect(spool.fault).not.toBe(null));
    for (let i = 0; i < 5; i++) {
      clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(error).toHaveBeenCalledTimes(1);
    fail(null);
    await vi.waitFor(() => {
      clock.advance(10);
      expect(spool.fault).toBe(null);
    });
    await waiting;
  });

  test('[E9] a folder that cannot be used stops the start with the next step', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const start = openSpool({
      folder: join(file, 'edge'),
      settings: { maxBytes: 1, segmentBytes: 1 },
      clock: systemClock,
      log: silentLog,
      newEpoch: () => 'e',
    });
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(/KUZET_DATA_DIR/);
  });
});

test('[E55] what is read from memory is what the disk holds, and never before it is there', async () => {
  let letSync: () => void = () => undefined;
  let held = false;
  const disk: Disk = {
    ...nodeDisk,
    async open(path, how) {
      const file = await nodeDisk.open(path, how);
      const sync = async () => {
        if (held)
          await new Promise<void>((resolve) => {
            letSync = resolve;
          });
        await file.sync();
      };
      return { ...file, sync };
    },
  };
  const settings = { maxBytes: 2 ** 30, segmentBytes: 2 ** 20 };
  const spool = await opened({ disk, settings, recentChars: 1_000_000 });
  await put(spool, 1, 40);
  held = true;
  const more = put(spool, 41, 50);
  await vi.waitFor(() => expect(letSync).toHaveLength(1));
  const before = await spool.telemetry.read(1, 100, 1_000_000);
  expect(before).toMatchObject({ kind: 'items', firstSeq: 1, lastSeq: 40 });
  letSync();
  await more;
  const fromMemory = await spool.telemetry.read(11, 100, 1_000_000);
  expect(fromMemory).toMatchObject({ firstSeq: 11, lastSeq: 50 });
  await closed(spool);
  expect(await (await opened()).telemetry.read(11, 100, 1_000_000)).toEqual(fromMemory);
});

/** A spool that gathers for 2 ms of a clock that stands, and how often it has flushed to the disk since. */
async function gathering() {
  const clock = createTestClock();
  let count = 0;
  const disk: Disk = {
    ...nodeDisk,
    async open(path, how) {
      const file = await nodeDisk.open(path, how);
      const sync = async () => {
        count++;
        await file.sync();
      };
      return { ...file, sync };
    },
  };
  const spool = await opened({ disk, clock, groupMs: 2, settings: { maxBytes: 2 ** 30, segmentBytes: 2 ** 20 } });
  const before = count;
  return { clock, spool, syncs: () => count - before };
}

test('[E56] a lone item is written at once; what follows within groupMs shares a write', async () => {
  const { clock, spool, syncs } = await gathering();
  await put(spool, 1, 1);
  expect(syncs()).toBe(1);
  const more = [put(spool, 2, 2), put(spool, 3, 3)];
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  more.push(put(spool, 4, 4));
  expect(spool.telemetry.head).toBe(1);
  clock.advance(2);
  await Promise.all(more);
  expect(spool.telemetry.head).toBe(4);
  expect(syncs()).toBe(2);
  // The time of the machine is set back by an hour: nobody waits for it.
  clock.advance(-3_600_000);
  await put(spool, 5, 5);
});

test('[E56] when as many wait as shared the last write, and are worth one, nobody waits for more', async () => {
  const { clock, spool, syncs } = await gathering();
  await put(spool, 1, 1);
  const fifty = put(spool, 2, 51);
  clock.advance(2);
  await fifty;
  expect(syncs()).toBe(2);
  // The clock stands: fifty who were answered come again, and are all that there are.
  await put(spool, 52, 101);
  expect(syncs()).toBe(3);
  const few = put(spool, 102, 130);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(spool.telemetry.head).toBe(101);
  clock.advance(2);
  await few;
  expect(syncs()).toBe(4);
});
