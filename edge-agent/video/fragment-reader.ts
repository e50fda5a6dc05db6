/** One sample of a fragment, in the track's own timescale. */
export interface ReadSample {
  data: Buffer;
  decodeTime: number;
  compositionOffset: number;
}

export type FragmentEvent =
  | { kind: 'track'; timescale: number; sampleEntryType: string; configuration: Buffer }
  | { kind: 'samples'; samples: ReadSample[] }
  | { kind: 'broken'; why: string };

export interface FragmentReader {
  push(chunk: Buffer): FragmentEvent[];
}

interface Box {
  type: string;
  body: Buffer;
}

const maxBoxBytes = 32 * 1024 * 1024;

/** Reads fragmented MP4 with one video track, as ffmpeg writes it to a pipe. Memory is bounded. */
export function createFragmentReader(): FragmentReader {
  const chunks: Buffer[] = [];
  let buffered = 0;
  let wanted = 8;
  let broken = false;
  let run: { decodeTime: number; sizes: number[]; durations: number[]; offsets: number[] } | null = null;

  function take(box: Box): FragmentEvent | null {
    if (box.type === 'moov') return readTrack(box.body);
    if (box.type === 'moof') run = readRun(box.body);
    if (box.type !== 'mdat' || !run) return null;
    const samples: ReadSample[] = [];
    let at = 0;
    let decodeTime = run.decodeTime;
    for (const [i, size] of run.sizes.entries()) {
      samples.push({ data: box.body.subarray(at, at + size), decodeTime, compositionOffset: run.offsets[i]! });
      at += size;
      decodeTime += run.durations[i]!;
    }
    run = null;
    return { kind: 'samples', samples };
  }

  return {
    push(chunk) {
      if (broken) return [];
      chunks.push(chunk);
      buffered += chunk.length;
      if (buffered < wanted) return [];
      const events: FragmentEvent[] = [];
      let pending = Buffer.concat(chunks.splice(0));
      try {
        while (pending.length >= 8) {
          const size = pending.readUInt32BE(0);
          if (size < 8 || size > maxBoxBytes) throw new RangeError('a box of impossible size');
          if (pending.length < size) {
            wanted = size;
            break;
          }
          const event = take({ type: pending.toString('latin1', 4, 8), body: pending.subarray(8, size) });
          if (event) events.push(event);
          pending = pending.subarray(size);
          wanted = 8;
        }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        broken = true;
        events.push({ kind: 'broken', why: error.message });
      }
      chunks.push(pending);
      buffered = pending.length;
      return events;
    },
  };
}

/** @throws RangeError when a box claims more than its parent holds. */
export function readBoxes(body: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= body.length; ) {
    const size = body.readUInt32BE(at);
    if (size < 8 || at + size > body.length) throw new RangeError('a box larger than its parent');
    boxes.push({ type: body.toString('latin1', at + 4, at + 8), body: body.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

function find(body: Buffer, ...path: string[]): Buffer | null {
  let current: Buffer | null = body;
  for (const type of path) current = (current && readBoxes(current).find((box) => box.type === type)?.body) ?? null;
  return current;
}

function readTrack(moov: Buffer): FragmentEvent {
  const media = find(moov, 'trak', 'mdia');
  const header = media && find(media, 'mdhd');
  const table = media && find(media, 'minf', 'stbl', 'stsd');
  if (!header || !table) return { kind: 'broken', why: 'a moov without a track' };
  const timescale = header.readUInt32BE(header[0] === 1 ? 20 : 12);
  const [entry] = readBoxes(table.subarray(8));
  if (!entry || timescale === 0) return { kind: 'broken', why: 'a track without a sample entry' };
  const configuration = readBoxes(entry.body.subarray(78)).find((box) => /^(avcC|hvcC)$/.test(box.type))?.body;
  return { kind: 'track', timescale, sampleEntryType: entry.type, configuration: configuration ?? Buffer.alloc(0) };
}

function readRun(moof: Buffer) {
  const traf = find(moof, 'traf');
  const header = traf && find(traf, 'tfhd');
  const time = traf && find(traf, 'tfdt');
  const trun = traf && find(traf, 'trun');
  if (!header || !time || !trun) return null;
  const headerFlags = header.readUInt32BE(0) & 0xff_ffff;
  let at = 8 + (headerFlags & 1 ? 8 : 0) + (headerFlags & 2 ? 4 : 0);
  const optional = (bit: number) => {
    if (!(headerFlags & bit)) return 0;
    at += 4;
    return header.readUInt32BE(at - 4);
  };
  const duration = optional(0x8);
  const size = optional(0x10);

  const flags = trun.readUInt32BE(0) & 0xff_ffff;
  const signed = trun[0] === 1;
  const count = trun.readUInt32BE(4);
  let from = 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
  const perSample = [0x100, 0x200, 0x400, 0x800].filter((bit) => flags & bit).length * 4;
  if (from + count * perSample > trun.length || count > 10_000) throw new RangeError('a run longer than its box');
  const next = () => {
    from += 4;
    return from - 4;
  };
  const sizes: number[] = [];
  const durations: number[] = [];
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) {
    durations.push(flags & 0x100 ? trun.readUInt32BE(next()) : duration);
    sizes.push(flags & 0x200 ? trun.readUInt32BE(next()) : size);
    if (flags & 0x400) next();
    const offset = flags & 0x800 ? next() : null;
    offsets.push(offset === null ? 0 : signed ? trun.readInt32BE(offset) : trun.readUInt32BE(offset));
  }
  const decodeTime = time[0] === 1 ? Number(time.readBigUInt64BE(4)) : time.readUInt32BE(4);
  return { decodeTime, sizes, durations, offsets };
}
