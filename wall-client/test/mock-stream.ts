import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MockStream {
  /** The live playlist as of now, as the hub would serve it. */
  playlist(nowMs: number): string;
  init: Buffer;
  /** Segment number `n` of the endless stream. */
  segment(n: number): Buffer;
}

const listed = 5;
const segmentMs = 1_000;

/**
 * An endless live stream out of a loop of one-second fMP4 segments: each pass gets later decode times (`tfdt`), so a
 * player sees one timeline without discontinuities, with PROGRAM-DATE-TIME on every segment.
 */
export function createMockStream(folder: string): MockStream {
  const init = readFileSync(join(folder, 'init.mp4'));
  const segments = readdirSync(folder)
    .filter((name) => name.endsWith('.m4s'))
    .sort((a, b) => Number(a.replace(/\D/g, '')) - Number(b.replace(/\D/g, '')))
    .map((name) => readFileSync(join(folder, name)));
  const timescale = timescaleOf(init);
  return {
    init,
    playlist(nowMs) {
      // The newest whole second is the last complete segment.
      const newest = Math.floor(nowMs / segmentMs) - 1;
      const first = newest - listed + 1;
      const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:1', `#EXT-X-MEDIA-SEQUENCE:${first}`];
      lines.push('#EXT-X-MAP:URI="init.mp4"');
      for (let n = first; n <= newest; n++) {
        lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(n * segmentMs).toISOString()}`);
        lines.push('#EXTINF:1.000,', `seg-${n}.m4s`);
      }
      return `${lines.join('\n')}\n`;
    },
    segment(n) {
      const source = segments[n % segments.length];
      if (!source) throw new Error(`no segments in ${folder}`);
      return withDecodeTime(source, BigInt(n) * BigInt(timescale));
    },
  };
}

function timescaleOf(init: Buffer): number {
  const at = init.indexOf('mdhd');
  const version = init[at + 4];
  return init.readUInt32BE(at + (version === 1 ? 24 : 16));
}

function withDecodeTime(segment: Buffer, time: bigint): Buffer {
  const copy = Buffer.from(segment);
  const at = copy.indexOf('tfdt');
  if (copy[at + 4] === 1) copy.writeBigUInt64BE(time, at + 8);
  else copy.writeUInt32BE(Number(time & 0xffff_ffffn), at + 8);
  return copy;
}
