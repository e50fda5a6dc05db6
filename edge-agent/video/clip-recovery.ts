import { open } from 'node:fs/promises';
import type { ClipPart } from '@kuzet/contracts/evidence.ts';
import { videoTicksPerS } from './access-unit.ts';

const baseTimeAt = 60;
const sampleCountAt = 80;
const samplesAt = 88;
const sampleBytes = 16;

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
        fragment = { frames: moof.readUInt32BE(sampleCountAt), endTicks: Number(moof.readBigUInt64BE(baseTimeAt)) };
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
