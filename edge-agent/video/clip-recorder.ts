import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Clip, type ClipRequest } from '@kuzet/contracts/evidence.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { Value } from 'typebox/value';
import { type ClipRecording, startClipRecording } from './clip-recording.ts';
import { recoverClip } from './clip-recovery.ts';
import type { EventRing } from './event-ring.ts';

export type ClipAnswer = { ok: true; clip: Clip } | { ok: false; detail: string };

export interface ClipRecorder {
  /** Goes on with what a stop or a crash left unfinished. */
  start(): Promise<void>;
  /** Begins a clip, or answers the one that has this id. */
  request(camera: string, request: ClipRequest): Promise<ClipAnswer>;
  get(camera: string, id: string): Clip | null;
  /** Path of a part's file; null when the clip has none of this name. */
  partPath(camera: string, id: string, name: string): string | null;
  stop(): Promise<void>;
}

export interface ClipRecorderDeps {
  folder: string;
  clock: Clock;
  log: Log;
  /** Null for a camera that is not of this agent. */
  camera(id: string): { ring: EventRing; whyLost(): string | null } | null;
  keepMs: number;
  maxBytes: number;
}

const longestClipMs = 300_000;
const maxRecordings = 64;
const descriptionName = 'clip.json';

/** Keeps clips on disk until their time or the room is over. Their folder is `<camera>/<clip>`. */
export function createClipRecorder(deps: ClipRecorderDeps): ClipRecorder {
  const { folder, clock, log, keepMs, maxBytes } = deps;
  const clips = new Map<string, Clip>();
  const recordings = new Map<string, ClipRecording>();
  const keyOf = (camera: string, id: string) => `${camera}/${id}`;
  const folderOf = (clip: Clip) => join(folder, clip.camera, clip.id);
  let stopped = false;
  let cancelTidying: () => void = () => undefined;

  async function save(clip: Clip): Promise<void> {
    const path = join(folderOf(clip), descriptionName);
    const file = await open(`${path}.new`, 'w');
    try {
      await file.writeFile(JSON.stringify(clip));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  function record(clip: Clip, resumed: boolean): void {
    const camera = deps.camera(clip.camera);
    if (!camera) return;
    const key = keyOf(clip.camera, clip.id);
    const recording = startClipRecording({
      clip,
      resumed,
      folder: folderOf(clip),
      ring: camera.ring,
      whyLost: camera.whyLost,
      clock,
      save,
      onEnd(ended, error) {
        recordings.delete(key);
        if (error) log.error({ err: error, camera: ended.camera, clip: ended.id }, 'a clip could not be written');
      },
    });
    recordings.set(key, recording);
  }

  /** The oldest finished clips go when their time is over or the room is used up. */
  async function tidy(): Promise<void> {
    const finished = [...clips.values()].filter(({ state }) => state !== 'recording').sort((a, b) => a.toMs - b.toMs);
    let total = heldBytes();
    for (const clip of finished) {
      if (clip.toMs > clock.now() - keepMs && total <= maxBytes) break;
      total -= bytesOf(clip);
      clips.delete(keyOf(clip.camera, clip.id));
      // The description first: a crash in between leaves files that the next start deletes, and no clip without them.
      await rm(join(folderOf(clip), descriptionName), { force: true });
      await rm(folderOf(clip), { recursive: true, force: true });
    }
  }
  const bytesOf = (clip: Clip) => clip.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const heldBytes = () => [...clips.values()].reduce((sum, clip) => sum + bytesOf(clip), 0);

  async function load(camera: string, id: string): Promise<void> {
    const at = join(folder, camera, id);
    const text = await readFile(join(at, descriptionName), 'utf8').catch(() => null);
    let clip: unknown = null;
    try {
      clip = text === null ? null : JSON.parse(text);
    } catch {
      clip = null;
    }
    if (!Value.Check(Clip, clip) || clip.camera !== camera || clip.id !== id || !deps.camera(camera)) {
      log.warn({ camera, clip: id }, 'a clip without a description, or of a camera that is gone, is deleted');
      await rm(at, { recursive: true, force: true });
      return;
    }
    const found = await recoverClip(at, clip).catch((err: unknown): Clip => {
      log.error({ err, camera, clip: id }, 'a clip cannot be read any more');
      return { ...clip, state: 'failed', reason: `the clip cannot be read any more: ${(err as Error).message}` };
    });
    clips.set(keyOf(camera, id), found);
    if (found.state === 'recording') record(found, true);
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true });
      for (const camera of await readdir(folder)) {
        if (!(await stat(join(folder, camera))).isDirectory()) continue;
        for (const id of await readdir(join(folder, camera))) await load(camera, id);
      }
      cancelTidying = clock.every(60_000, () => {
        tidy().catch((err: unknown) => log.error({ err }, 'old clips cannot be deleted'));
      });
    },
    async request(cameraId, { id, fromMs, toMs }) {
      const known = clips.get(keyOf(cameraId, id));
      if (known) return { ok: true, clip: known };
      if (stopped) return { ok: false, detail: 'The edge agent is stopping.' };
      if (toMs <= fromMs || toMs - fromMs > longestClipMs || toMs > clock.now() + longestClipMs)
        return { ok: false, detail: `A clip ends after it begins, within ${longestClipMs / 1_000} s.` };
      if (recordings.size >= maxRecordings) return { ok: false, detail: `${maxRecordings} clips are being recorded.` };
      const clip: Clip = { id, camera: cameraId, fromMs, toMs, state: 'recording', reason: null, parts: [], gaps: [] };
      // Before the first wait: a second request of this id finds it, and the ring does not move on meanwhile.
      clips.set(keyOf(cameraId, id), clip);
      try {
        await tidy();
        if (heldBytes() > maxBytes) throw new Error('the room for clips is used up (video.clipMaxBytes)');
        await mkdir(folderOf(clip), { recursive: true });
        await save(clip);
      } catch (err) {
        clips.delete(keyOf(cameraId, id));
        log.error({ err, camera: cameraId }, 'a clip could not be begun');
        return { ok: false, detail: `The clip cannot be written: ${(err as Error).message}` };
      }
      record(clip, false);
      return { ok: true, clip };
    },
    get: (camera, id) => clips.get(keyOf(camera, id)) ?? null,
    partPath(camera, id, name) {
      const clip = clips.get(keyOf(camera, id));
      return clip?.parts.some((part) => part.name === name) ? join(folderOf(clip), name) : null;
    },
    async stop() {
      stopped = true;
      cancelTidying();
      await Promise.all([...recordings.values()].map((recording) => recording.suspend()));
    },
  };
}
