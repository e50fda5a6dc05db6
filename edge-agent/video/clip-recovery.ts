import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clip, ClipPart } from '@kuzet/contracts/evidence.ts';
import { videoTicksPerS } from './access-unit.ts';
import { gapMs } from './clip-recording.ts';

const baseTimeAt = 60;
const sampleCountAt = 80;
const samplesAt = 88;
const sampleBytes = 16;

export const fileGone = 'its file on the edge agent’s disk is gone or damaged';

/**
 * A clip as its files are: a part that cannot be had is left out and named as a gap. Of one that was being recorded the
 * parts are brought to their last whole fragment first.
 * @throws when the disk cannot be read.
 */
export async function recoverClip(folder: string, clip: Clip): Promise<Clip> {
  const parts: ClipPart[] = [];
  const gaps = [...clip.gaps];
  for (const part of clip.parts) {
    const path = join(folder, part.name);
    const whole = clip.state === 'recording' ? await recoverPart(path, part) : await sameSize(path, part);
    if (whole) parts.push(whole);
    else if (part.toMs - part.fromMs > gapMs) gaps.push({ fromMs: part.fromMs, toMs: part.toMs, reason: fileGone });
  }
  gaps.sort((a, b) => a.fromMs - b.fromMs);
  if (clip.state === 'recording') return { ...clip, parts, gaps: parts.length === 0 ? [] : connected(parts, gaps) };
  if (clip.state === 'failed' || parts.length > 0) return { ...clip, parts, gaps };
  return { ...clip, parts, gaps: [], state: 'failed', reason: `no picture of this time: ${fileGone}` };
}

/** A gap was written down before the pictures after it: where those are lost it may stand apart from what is there. */
function connected(parts: readonly ClipPart[], gaps: Clip['gaps']): Clip['gaps'] {
  let endMs = parts.at(-1)!.toMs;
  return gaps.filter(({ fromMs, toMs }) => {
    if (fromMs > endMs + gapMs) return false;
    endMs = Math.max(endMs, toMs);
    return true;
  });
}

async function sameSize(path: string, part: ClipPart): Promise<ClipPart | null> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return found?.size === part.sizeBytes ? part : null;
}

/**
 * Brings a part that a crash left behind to its last whole fragment, cutting what was half written, and reads from the
 * file what its description had not been told yet. Reads the layout of `writeFragment` and no other.
 * @returns null when not even its head is whole.
 */
export async function recoverPart(path: string, part: ClipPart): Promise<ClipPart | null> {
  const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return null;
  try {
    const { size } = await file.stat();
    let at = 0;
    let wholeUpTo = 0;
    let frames = 0;
    let endTicks = 0;
    let fragment = { frames: 0, endTicks: 0 };
    const head = Buffer.alloc(8);
    while (at + 8 <= size) {
      await file.read(head, 0, 8, at);
      const bytes = head.readUInt32BE(0);
      const type = head.toString('latin1', 4);
      if (bytes < 8 || at + bytes > size) break;
      if (type === 'moof') {
        const moof = Buffer.alloc(bytes);
        await file.read(moof, 0, bytes, at);
        // Blocks that a power cut left unwritten read as zeros.
        const count = bytes < samplesAt ? 0 : moof.readUInt32BE(sampleCountAt);
        if (count === 0 || bytes !== samplesAt + count * sampleBytes) break;
        fragment = { frames: count, endTicks: Number(moof.readBigUInt64BE(baseTimeAt)) };
        for (let i = 0; i < fragment.frames - 1; i++)
          fragment.endTicks += moof.readUInt32BE(samplesAt + i * sampleBytes);
      } else if (type === 'mdat') {
        frames += fragment.frames;
        endTicks = fragment.endTicks;
        wholeUpTo = at + bytes;
      }
      at += bytes;
    }
    if (frames === 0) return null;
    await file.truncate(wholeUpTo);
    await file.sync();
    return { ...part, frames, sizeBytes: wholeUpTo, toMs: part.fromMs + (endTicks * 1_000) / videoTicksPerS };
  } finally {
    await file.close();
  }
}
