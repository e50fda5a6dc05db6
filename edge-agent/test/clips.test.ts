import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { AccessUnit } from '../video/access-unit.ts';
import { createClipRecorder } from '../video/clip-recorder.ts';
import { createEventRing, createRingBudget, type EventRing } from '../video/event-ring.ts';
import { units as fakeUnits, parameters720 } from '../video/test-units.ts';
import { encodeH264, readH264 } from './h264-pictures.ts';

const root = mkdtempSync(join(tmpdir(), 'kuzet-clips-'));
afterAll(() => rmSync(root, { recursive: true }));

const startMs = 1_700_000_000_000;
const fps = 10;
const gop = 20;
let pictures: AccessUnit[];

/** 40 s of real H.264, 10 pictures a second, a key frame every 2 s. */
beforeAll(() => {
  const file = join(root, 'source.h264');
  encodeH264(file, { fps, gop, seconds: 40 });
  pictures = readH264(file, { fps, startMs });
});

let folder: string;
let clock: ReturnType<typeof createTestClock>;
let ring: EventRing;
let lost: string | null;
let stop: () => Promise<void>;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'clips-'));
  clock = createTestClock(startMs);
  lost = null;
  ring = createEventRing({ ringMs: 20_000, maxBytes: 50_000_000, budget: createRingBudget(50_000_000) });
  stop = async () => undefined;
});
afterEach(() => stop());

const recorder = async (maxBytes = 1_000_000_000) => {
  const value = createClipRecorder({
    folder,
    clock,
    log: silentLog,
    camera: (id) => (id === 'K-1' ? { ring, whyLost: () => lost } : null),
    keepMs: 3_600_000,
    maxBytes,
  });
  await value.start();
  stop = value.stop;
  return value;
};
/** Feeds pictures as their time comes. */
function feed(from: number, to: number, { earlierTicks = 0, broken = false } = {}): void {
  for (const [i, picture] of pictures.slice(from, to).entries()) {
    clock.advance(Math.max(0, picture.captureTimeMs - clock.now()));
    ring.push({ ...picture, ptsTicks: picture.ptsTicks - earlierTicks }, broken && i === 0);
  }
}
const probe = (path: string) => {
  const out = execFileSync('ffprobe', [
    ...['-v', 'error', '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', path],
  ]);
  return out
    .toString()
    .trim()
    .split('\n')
    .map((line) => ({ atS: Number(line.split(',')[0]), key: line.includes('K') }));
};
const decoded = (path: string) =>
  execFileSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'framemd5', '-'])
    .toString()
    .split('\n')
    .filter((line) => /^0,/.test(line));

test('[X1] [X2] a clip begins at the key frame before, in memory, and goes on to its end', async () => {
  const clips = await recorder();
  feed(0, 200);
  const asked = await clips.request('K-1', { id: 'a.1', fromMs: startMs + 5_500, toMs: startMs + 25_000 });
  expect(asked).toMatchObject({ ok: true, clip: { state: 'recording' } });
  feed(200, 252);
  await vi.waitFor(() => expect(clips.get('K-1', 'a.1')?.state).toBe('ready'));
  const clip = clips.get('K-1', 'a.1')!;
  expect(clip).toMatchObject({ gaps: [], reason: null, parts: [{ fromMs: startMs + 4_000, toMs: startMs + 25_000 }] });
  const path = clips.partPath('K-1', 'a.1', '1.mp4')!;
  const packets = probe(path);
  expect(packets).toHaveLength(211);
  expect(packets[0]).toEqual({ atS: 0, key: true });
  expect(packets.at(-1)?.atS).toBeCloseTo(21, 2);
  expect(decoded(path)).toHaveLength(211);
  const bytes = readFileSync(path);
  expect(bytes.length).toBe(clip.parts[0]!.sizeBytes);
  expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  // The same again is the same clip.
  expect(await clips.request('K-1', { id: 'a.1', fromMs: 1, toMs: 2 })).toEqual({ ok: true, clip });
});

test('[X3] a camera that was lost in between and at the end is told, and time keeps its place', async () => {
  const clips = await recorder();
  feed(0, 60);
  await clips.request('K-1', { id: 'gap', fromMs: startMs, toMs: startMs + 35_000 });
  feed(60, 100);
  lost = 'the camera does not answer';
  clock.advance(5_000);
  lost = null;
  // Back again, its clock goes on as if nothing had been: only capture time tells the pause.
  feed(160, 300, { earlierTicks: 6 * 90_000, broken: true });
  lost = 'the network is gone';
  clock.advance(8_000);
  await vi.waitFor(() => expect(clips.get('K-1', 'gap')?.state).toBe('ready'));
  const { gaps } = clips.get('K-1', 'gap')!;
  expect(gaps).toEqual([
    { fromMs: startMs + 9_900, toMs: startMs + 16_000, reason: 'the camera does not answer' },
    { fromMs: startMs + 29_900, toMs: startMs + 35_000, reason: 'the network is gone' },
  ]);
  const packets = probe(clips.partPath('K-1', 'gap', '1.mp4')!);
  expect(packets).toHaveLength(240);
  expect(packets[100]?.atS).toBeCloseTo(16, 2);
});

test('[X3] no picture at all is a failed clip with the reason', async () => {
  const clips = await recorder();
  lost = 'wrong password';
  await clips.request('K-1', { id: 'none', fromMs: startMs, toMs: startMs + 5_000 });
  clock.advance(7_000);
  await vi.waitFor(() =>
    expect(clips.get('K-1', 'none')).toMatchObject({
      state: 'failed',
      reason: 'no picture of this time: wrong password',
    }),
  );
});

test('[X2] a change of size begins the next file', async () => {
  const clips = await recorder();
  feed(0, 40);
  await clips.request('K-1', { id: 'two', fromMs: startMs, toMs: startMs + 8_000 });
  for (const unit of fakeUnits(60, 25, 0, parameters720, startMs + 4_000)) ring.push(unit);
  clock.advance(9_000);
  await vi.waitFor(() => expect(clips.get('K-1', 'two')?.state).not.toBe('recording'));
  const sizes = clips.get('K-1', 'two')!.parts.map(({ width, frames }) => [width, frames]);
  expect(sizes).toEqual([
    [320, 40],
    [1280, 60],
  ]);
});

test('[X4] killed while it records, the agent cuts what was half written and goes on', async () => {
  const first = await recorder();
  feed(0, 100);
  await first.request('K-1', { id: 'kill', fromMs: startMs + 4_000, toMs: startMs + 20_000 });
  feed(100, 125);
  const part = first.partPath('K-1', 'kill', '1.mp4') ?? join(folder, 'K-1/kill/1.mp4');
  await vi.waitFor(() => expect(readFileSync(part).length).toBeGreaterThan(10_000));
  await first.stop();
  // What kill -9 leaves: the description of the beginning, and a torn end.
  const description = join(folder, 'K-1/kill/clip.json');
  const told = JSON.parse(readFileSync(description, 'utf8'));
  told.parts[0] = { ...told.parts[0], frames: 0, sizeBytes: 0, toMs: told.parts[0].fromMs };
  writeFileSync(description, JSON.stringify(told));
  truncateSync(part, readFileSync(part).length - 100);

  ring = createEventRing({ ringMs: 20_000, maxBytes: 50_000_000, budget: createRingBudget(50_000_000) });
  clock.advance(2_500);
  const second = await recorder();
  expect(second.get('K-1', 'kill')?.state).toBe('recording');
  feed(160, 210);
  await vi.waitFor(() => expect(second.get('K-1', 'kill')?.state).toBe('ready'));
  const clip = second.get('K-1', 'kill')!;
  expect(clip.parts).toHaveLength(2);
  expect(clip.gaps).toEqual([
    { fromMs: expect.any(Number), toMs: startMs + 16_000, reason: 'the edge agent was restarted' },
  ]);
  for (const { name, frames } of clip.parts)
    expect(decoded(second.partPath('K-1', 'kill', name)!)).toHaveLength(frames);
});

test('[X4] old clips go, and a full disk refuses a new one', async () => {
  const clips = await recorder(1_000);
  feed(0, 40);
  await clips.request('K-1', { id: 'old', fromMs: startMs, toMs: startMs + 3_000 });
  await vi.waitFor(() => {
    clock.advance(500);
    expect(clips.get('K-1', 'old')?.state).toBe('ready');
  });
  await clips.request('K-1', { id: 'new', fromMs: startMs, toMs: clock.now() + 3_000 });
  expect(clips.get('K-1', 'old')).toBeNull();
  feed(40, 61);
  await vi.waitFor(() => expect(clips.get('K-1', 'new')!.parts[0]?.sizeBytes).toBeGreaterThan(1_000));
  expect(await clips.request('K-1', { id: 'more', fromMs: startMs, toMs: startMs + 3_000 })).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/room for clips/),
  });
});
