import { type VideoParameters, videoTicksPerS } from './access-unit.ts';

export interface Sample {
  nals: readonly Buffer[];
  keyFrame: boolean;
  durationTicks: number;
  /** Presentation minus decoding time; negative is allowed. */
  compositionOffsetTicks: number;
}

export interface Fragment {
  /** Counts from 1 within a stream. */
  sequence: number;
  /** Decoding time of the first sample since the stream began. */
  decodeTimeTicks: number;
  /** One picture or a whole group: a reader must not care. */
  samples: readonly Sample[];
}

const trackId = 1;

/** Initialisation segment: ftyp and moov for one video track, timescale 90000 (ISO/IEC 14496-12, CMAF brands). */
export function initSegment(parameters: VideoParameters): Buffer {
  const { width, height } = parameters;
  const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
  const sampleEntry = box(
    parameters.sampleEntryType,
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(16),
    u16(width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(0x18, 0xffff),
    box(parameters.configurationType, parameters.configuration),
  );
  const sampleTable = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  );
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, videoTicksPerS, 0), u16(0x55c4, 0)),
    fullBox('hdlr', 0, 0, u32(0), Buffer.from('vide'), u32(0, 0, 0), Buffer.from('kuzet\0')),
    box(
      'minf',
      fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)),
      box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
      sampleTable,
    ),
  );
  const track = box(
    'trak',
    fullBox(
      'tkhd',
      0,
      3,
      u32(0, 0, trackId, 0, 0, 0, 0),
      u16(0, 0, 0, 0),
      matrix,
      u32(width * 0x10000, height * 0x10000),
    ),
    media,
  );
  return Buffer.concat([
    box('ftyp', Buffer.from('iso6'), u32(1), Buffer.from('iso6cmfcmp41')),
    box(
      'moov',
      fullBox(
        'mvhd',
        0,
        0,
        u32(0, 0, videoTicksPerS, 0, 0x10000),
        u16(0x100, 0),
        u32(0, 0),
        matrix,
        Buffer.alloc(24),
        u32(2),
      ),
      track,
      box('mvex', fullBox('trex', 0, 0, u32(trackId, 1, 0, 0, 0))),
    ),
  ]);
}

const sampleFlags = { key: 0x0200_0000, other: 0x0101_0000 };
const runFlags = 0x0001 | 0x0100 | 0x0200 | 0x0400 | 0x0800;
/** moof + mfhd + traf + tfhd + tfdt + trun's head; each sample adds 16. */
const moofHeadBytes = 8 + 16 + 8 + 16 + 20 + 20;

/**
 * One moof and its mdat, in a single buffer: the only copy that is made of the pictures.
 * @param headBytes room left before them for the caller.
 */
export function writeFragment({ sequence, decodeTimeTicks, samples }: Fragment, headBytes = 0): Buffer {
  const sizes = samples.map(({ nals }) => nals.reduce((sum, nal) => sum + 4 + nal.length, 0));
  const moofBytes = moofHeadBytes + 16 * samples.length;
  const dataBytes = sizes.reduce((sum, size) => sum + size, 0);
  // Not of Node's pool: a small picture that is kept would keep its neighbours there as well.
  const out = Buffer.allocUnsafeSlow(headBytes + moofBytes + 8 + dataBytes);
  let at = headBytes;
  const put32 = (...values: number[]) => {
    for (const value of values) at = out.writeUInt32BE(value >>> 0, at);
  };
  const head = (bytes: number, type: string) => {
    put32(bytes);
    at += out.write(type, at, 'latin1');
  };

  head(moofBytes, 'moof');
  head(16, 'mfhd');
  put32(0, sequence);
  head(moofBytes - 24, 'traf');
  head(16, 'tfhd');
  put32(0x02_0000, trackId);
  head(20, 'tfdt');
  put32(0x0100_0000);
  at = out.writeBigUInt64BE(BigInt(Math.max(0, decodeTimeTicks)), at);
  head(20 + 16 * samples.length, 'trun');
  put32(0x0100_0000 | runFlags, samples.length, moofBytes + 8);
  samples.forEach((sample, i) => {
    put32(sample.durationTicks, sizes[i]!, sample.keyFrame ? sampleFlags.key : sampleFlags.other);
    put32(sample.compositionOffsetTicks);
  });
  head(8 + dataBytes, 'mdat');
  for (const { nals } of samples) {
    for (const nal of nals) {
      put32(nal.length);
      at += nal.copy(out, at);
    }
  }
  return out;
}

/** Says how long the one sample of a fragment of `writeFragment` is to be shown, in place. */
export function setOnlyDuration(fragment: Buffer, durationTicks: number, headBytes = 0): void {
  fragment.writeUInt32BE(durationTicks, headBytes + moofHeadBytes);
}

/**
 * Decoding times for pictures in decoding order: their presentation times, sorted. Without B-pictures both are the same.
 */
export function decodeTimes(presentationTicks: readonly number[]): number[] {
  return [...presentationTicks].sort((a, b) => a - b);
}

function box(type: string, ...content: Buffer[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), Buffer.from(type, 'latin1'), ...content], size);
}

function fullBox(type: string, version: number, flags: number, ...content: Buffer[]): Buffer {
  return box(type, u32(version * 0x100_0000 + flags), ...content);
}

function u16(...values: number[]): Buffer {
  const out = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => void out.writeUInt16BE(value, 2 * i));
  return out;
}

function u32(...values: number[]): Buffer {
  const out = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => void out.writeUInt32BE(value >>> 0, 4 * i));
  return out;
}
