import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clip } from '@kuzet/contracts/evidence.ts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { ChildClips } from './child-clips.ts';
import { decodeClip, untold } from './decoded-clip.ts';
import { encodeH264 } from './h264-pictures.ts';
import { freePort, type Killable, startKillable } from './killable.ts';

const root = mkdtempSync(join(tmpdir(), 'kuzet-clip-kill-'));
const source = join(root, 'source.h264');
const fps = 20;
beforeAll(() => encodeH264(source, { fps, gop: 10, seconds: 10 }));
afterAll(() => rmSync(root, { recursive: true }));

const script = fileURLToPath(new URL('./child-clips.ts', import.meta.url));
let running: Killable | null = null;
afterEach(() => running?.kill());

async function edge() {
  const settings: ChildClips = { folder: mkdtempSync(join(root, 'edge-')), port: await freePort(), source, fps };
  const url = `http://127.0.0.1:${settings.port}/cameras/cam-1/clips`;
  return {
    folder: join(settings.folder, 'cam-1'),
    async start(silent?: [number, number]) {
      running = await startKillable(script, { ...settings, silent });
    },
    kill: () => running!.kill(),
    ask: (id: string, fromMs: number, toMs: number) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, fromMs, toMs }),
      }).then(async (answer) => (await answer.json()) as Clip),
    clip: async (id: string) => (await (await fetch(`${url}/${id}`)).json()) as Clip,
    get: (id: string, name: string) => fetch(`${url}/${id}/${name}`),
    async ended(id: string): Promise<Clip> {
      return vi.waitFor(
        async () => {
          const clip = (await (await fetch(`${url}/${id}`)).json()) as Clip;
          expect(clip.state).not.toBe('recording');
          return clip;
        },
        { timeout: 15_000, interval: 50 },
      );
    },
  };
}

/** Fetches every file, decodes it whole, and lists the capture times of its pictures. */
async function picturesOf(clip: Clip, get: (id: string, name: string) => Promise<Response>): Promise<number[]> {
  const times: number[] = [];
  for (const part of clip.parts) {
    const answer = await get(clip.id, part.name);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, bytes.length]).toEqual([200, part.sizeBytes]);
    const file = join(root, `fetched-${clip.id}-${part.name}`);
    writeFileSync(file, bytes);
    const own = decodeClip(file);
    expect(own).toHaveLength(part.frames);
    times.push(...own.map((s) => part.fromMs + s * 1_000));
    expect(times.at(-1)).toBeCloseTo(part.toMs, -1);
  }
  return times;
}

test('[X3] [X4] killed in the middle of a clip: what was on disk plays, and what is missing is named', async () => {
  const { start, kill, ask, ended, get, folder } = await edge();
  await start();
  const fromMs = Date.now();
  const asked = await ask('mid', fromMs, fromMs + 9_000);
  expect(asked.state).toBe('recording');
  await vi.waitFor(() => expect(statSync(join(folder, 'mid/1.mp4')).size).toBeGreaterThan(40_000), 5_000);
  await kill();
  const left = statSync(join(folder, 'mid/1.mp4')).size;
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(fromMs + 4_500), 10_000);
  await start();
  const clip = await ended('mid');
  expect(clip).toMatchObject({ state: 'ready', parts: [{ name: '1.mp4' }, { name: '2.mp4' }] });
  // No more than the last, half written group is given up.
  expect(clip.parts[0]!.sizeBytes).toBeGreaterThan(left - 40_000);
  expect(clip.gaps).toEqual([
    { fromMs: clip.parts[0]!.toMs, toMs: clip.parts[1]!.fromMs, reason: 'the edge agent was restarted' },
  ]);
  expect(untold(clip, await picturesOf(clip, get))).toEqual([]);
}, 40_000);

test('[X3] [X4] a gap from before the kill is still named after it', async () => {
  const { start, kill, ask, ended, get, folder } = await edge();
  // Time enough for a process to start on a machine that is busy.
  const fromMs = Date.now() + 8_000;
  const silent: [number, number] = [fromMs + 1_000, fromMs + 4_000];
  await start(silent);
  await ask('gap', fromMs, fromMs + 8_000);
  // Pictures of after the gap are on disk.
  let before = 0;
  await vi.waitFor(
    () => {
      before = statSync(join(folder, 'gap/1.mp4')).size;
      expect(Date.now()).toBeGreaterThan(silent[1] - 300);
    },
    { timeout: 20_000, interval: 20 },
  );
  await vi.waitFor(() => expect(statSync(join(folder, 'gap/1.mp4')).size).toBeGreaterThan(before + 10_000), {
    timeout: 5_000,
    interval: 20,
  });
  await kill();
  await start();
  const clip = await ended('gap');
  expect(clip.gaps[0]).toMatchObject({ reason: 'the camera sent no pictures' });
  expect(clip.gaps[0]!.toMs - clip.gaps[0]!.fromMs).toBeGreaterThan(2_900);
  expect(untold(clip, await picturesOf(clip, get))).toEqual([]);
}, 40_000);

test('[X3] [X4] killed before a picture was on disk, and back too late: it has failed, with the reason', async () => {
  const { start, kill, ask, ended } = await edge();
  await start();
  const fromMs = Date.now() + 1_500;
  await ask('none', fromMs, fromMs + 1_000);
  await kill();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(fromMs + 2_500), 10_000);
  await start();
  expect(await ended('none')).toMatchObject({
    state: 'failed',
    reason: 'no picture of this time: the edge agent was restarted',
    parts: [],
  });
  // Asked for the first time after it: the camera has sent pictures, and nobody holds them any more.
  await ask('late', fromMs, fromMs + 1_000);
  expect(await ended('late')).toMatchObject({
    state: 'failed',
    reason: 'no picture of this time: the edge agent holds no older pictures',
  });
}, 40_000);

test('[X4] a clip whose files are gone or are no MP4 any more keeps no agent from starting', async () => {
  const { start, kill, ask, ended, get, folder } = await edge();
  await start();
  const fromMs = Date.now();
  for (const id of ['done', 'torn']) await ask(id, fromMs, fromMs + (id === 'done' ? 500 : 6_000));
  expect((await ended('done')).state).toBe('ready');
  await vi.waitFor(() => expect(statSync(join(folder, 'torn/1.mp4')).size).toBeGreaterThan(40_000), 5_000);
  await kill();
  rmSync(join(folder, 'done/1.mp4'));
  // A disk that lost its power in the middle: the length is there, the content is not.
  const torn = join(folder, 'torn/1.mp4');
  const bytes = readFileSync(torn);
  const second = bytes.indexOf('moof', bytes.indexOf('moof') + 4);
  bytes.writeUInt32BE(16, second - 4);
  writeFileSync(torn, bytes);
  await start();
  expect(await ended('done')).toMatchObject({
    state: 'failed',
    reason: 'no picture of this time: its file on the edge agent’s disk is gone or damaged',
  });
  expect((await get('done', '1.mp4')).status).toBe(404);
  const clip = await ended('torn');
  expect(clip).toMatchObject({ state: 'ready', parts: [{ name: '1.mp4' }, { name: '2.mp4' }] });
  expect(untold(clip, await picturesOf(clip, get))).toEqual([]);
}, 40_000);
