import { videoHeaderBytes } from '@kuzet/contracts/live-video.ts';
import { type VideoParameters, videoTicksPerS } from './access-unit.ts';
import { initSegment } from './fmp4.ts';
import type { WrittenPicture } from './picture-writer.ts';

export interface HlsPackagerOptions {
  /** Segments are cut at the first key frame after this; a camera with longer groups makes longer segments. */
  segmentMs?: number;
  /** Parts of a segment hold as many pictures as last no longer than this; one at least. */
  partMs?: number;
  /** Kept and listed while somebody reads the playlist; two more are kept for players that are about to ask. */
  listedSegments?: number;
  /** A group of pictures that grows past these is cut without a key frame. */
  maxSegmentMs?: number;
  maxSegmentBytes?: number;
  /** First media sequence number. Growing from one run of the process to the next, so that an address means one thing. */
  firstSequence: number;
}

/** A place in the playlist: a whole segment, or one of its parts. */
export interface PlaylistPlace {
  sequence: number;
  part: number | null;
}

export interface HlsPackager {
  /** The picture's memory is kept, not copied. */
  push(picture: WrittenPicture): void;
  /** What comes next does not continue what came before: the camera reconnected. */
  discontinuity(): void;
  /** Forgets every picture; the playlist is null until new ones come. */
  clear(): void;
  /**
   * Live media playlist with relative addresses and parts (RFC 8216bis, low latency). Segments are kept from the first
   * reading on: it is null until one is whole since then.
   */
  playlist(): string | null;
  init(number: number): Buffer | null;
  segment(number: number): Buffer | null;
  part(sequence: number, part: number): Buffer | null;
  /** `beyond`: further than the next one, for which nobody has reason to ask yet. `nowhere`: there is no playlist. */
  find(place: PlaylistPlace): 'listed' | 'next' | 'beyond' | 'nowhere';
  /** @returns forgets the listener, which is called once: when the playlist has grown or is gone. */
  onChange(listener: () => void): () => void;
  /** Of the stream as it was last seen; null before the first picture. */
  parameters(): VideoParameters | null;
}

interface Part {
  pictures: WrittenPicture[];
  durationS: number;
  independent: boolean;
}

interface Segment {
  sequence: number;
  init: number;
  parts: Part[];
  startTicks: number;
  /** Null while it grows. */
  durationS: number | null;
  captureTimeMs: number;
  discontinuity: boolean;
  independent: boolean;
}

const keptBeyondListed = 2;
/** A playlist that was read within so many segments is being read. */
const readWithinSegments = 30;
/** Parts older than so many target durations are no longer listed; players that far behind take whole segments. */
const partsWithinTargets = 3;
/** A player should stay so many parts behind the end. */
const holdBackParts = 3;

const partName = (sequence: number, part: number): string => `part-${sequence}.${part}.m4s`;
const partLine = (sequence: number, number: number, { durationS, independent }: Part): string =>
  `#EXT-X-PART:DURATION=${durationS.toFixed(5)},URI="${partName(sequence, number)}"${independent ? ',INDEPENDENT=YES' : ''}`;

/**
 * Segments and their parts in memory, as lists of the pictures that viewers of live sockets get too: no picture is copied
 * before somebody asks for it.
 */
export function createHlsPackager(options: HlsPackagerOptions): HlsPackager {
  const { segmentMs = 950, partMs = 300, listedSegments = 8, maxSegmentMs = 15_000 } = options;
  const { maxSegmentBytes = 24 * 1024 * 1024 } = options;
  const toTicks = (ms: number) => (ms * videoTicksPerS) / 1000;

  let whole: Segment[] = [];
  let open: Segment | null = null;
  let openBytes = 0;
  /** The next part of the open segment. */
  let pending: WrittenPicture[] = [];
  const inits = new Map<number, Buffer>();
  let init: { number: number; parameters: VideoParameters } | null = null;
  let sequence = options.firstSequence;
  let readAt: number | null = null;
  let firstListed = options.firstSequence;
  let discontinuitySequence = 0;
  let breakNext = false;
  /** Something was there that what comes next may not continue. */
  let hasBegun = false;
  let lastParameters: VideoParameters | null = null;
  let targetDurationS = Math.max(1, Math.round(segmentMs / 1000));
  let listeners = new Set<() => void>();

  function changed(): void {
    const told = listeners;
    listeners = new Set();
    for (const listener of told) listener();
  }

  function begin(first: WrittenPicture): Segment {
    const { parameters } = first.unit;
    if (!init?.parameters.configuration.equals(parameters.configuration)) {
      breakNext ||= init !== null;
      init = { number: sequence, parameters };
      inits.set(sequence, initSegment(parameters));
    }
    const segment: Segment = {
      sequence: sequence++,
      init: init.number,
      parts: [],
      startTicks: first.decodeTimeTicks,
      durationS: null,
      captureTimeMs: first.header.capturedAtMs,
      discontinuity: breakNext,
      independent: first.header.keyFrame,
    };
    breakNext = false;
    hasBegun = true;
    openBytes = 0;
    return segment;
  }

  function closePart(endTicks: number): void {
    const [first] = pending;
    if (!open || !first) return;
    const durationS = (endTicks - first.decodeTimeTicks) / videoTicksPerS;
    open.parts.push({ pictures: pending, durationS, independent: first.header.keyFrame });
    pending = [];
  }

  function closeSegment(endTicks: number): void {
    if (!open) return;
    closePart(endTicks);
    open.durationS = (endTicks - open.startTicks) / videoTicksPerS;
    targetDurationS = Math.max(targetDurationS, Math.round(open.durationS));
    whole.push(open);
    open = null;
    trim();
  }

  function trim(): void {
    const isRead = readAt !== null && sequence - readAt <= readWithinSegments;
    const listed = whole.filter((segment) => segment.sequence >= firstListed);
    const leaving = listed.slice(0, Math.max(0, listed.length - (isRead ? listedSegments : 0)));
    firstListed = (leaving.at(-1)?.sequence ?? firstListed - 1) + 1;
    // A tag leaves the playlist when its segment does, not when the segment leaves memory.
    discontinuitySequence += leaving.filter(({ discontinuity }) => discontinuity).length;
    const kept = isRead ? keptBeyondListed : 0;
    whole = whole.filter((segment) => segment.sequence >= firstListed - kept);
    const oldest = whole[0]?.init ?? 0;
    for (const number of inits.keys()) if (number < oldest) inits.delete(number);
  }

  function breakHere(): void {
    const last = pending.at(-1);
    if (open && last) closeSegment(last.endTicks);
    breakNext = hasBegun;
    changed();
  }

  /** Ends what this picture is no longer part of. @returns whether the playlist has grown. */
  function endBefore({ decodeTimeTicks, header, newParameters }: WrittenPicture): boolean {
    const last = pending.at(-1);
    if (!open || !last) return false;
    const lengthTicks = decodeTimeTicks - open.startTicks;
    const tooLong = lengthTicks >= toTicks(maxSegmentMs) || openBytes > maxSegmentBytes;
    if ((header.keyFrame && (newParameters || lengthTicks >= toTicks(segmentMs))) || tooLong) {
      closeSegment(decodeTimeTicks);
      return true;
    }
    const stepTicks = decodeTimeTicks - last.decodeTimeTicks;
    if (decodeTimeTicks - pending[0]!.decodeTimeTicks + stepTicks <= toTicks(partMs)) return false;
    closePart(decodeTimeTicks);
    return true;
  }

  const found = (number: number): Segment | undefined =>
    open?.sequence === number ? open : whole.find((segment) => segment.sequence === number);
  const bytesOf = (parts: readonly Part[]): Buffer =>
    Buffer.concat(parts.flatMap(({ pictures }) => pictures.map(({ message }) => message.subarray(videoHeaderBytes))));

  return {
    push(picture) {
      if (picture.header.discontinuity && hasBegun) breakHere();
      const grown = endBefore(picture);
      open ??= begin(picture);
      pending.push(picture);
      openBytes += picture.message.length;
      lastParameters = picture.unit.parameters;
      if (grown) changed();
    },
    discontinuity: breakHere,
    clear() {
      if (!hasBegun) return;
      hasBegun = false;
      const listed = whole.filter((segment) => segment.sequence >= firstListed);
      discontinuitySequence += listed.filter(({ discontinuity }) => discontinuity).length + 1;
      pending = [];
      open = null;
      whole = [];
      breakNext = false;
      init = null;
      inits.clear();
      changed();
    },
    playlist() {
      readAt = sequence;
      const listed = whole.filter((segment) => segment.sequence >= firstListed);
      const [first] = listed;
      if (!first) return null;
      const all = open && open.parts.length > 0 ? [...listed, open] : listed;
      const oldestTicks = (open?.startTicks ?? 0) - partsWithinTargets * targetDurationS * videoTicksPerS;
      const inParts = all.filter(({ startTicks }) => startTicks >= oldestTicks);
      const partTargetS = Math.max(...inParts.flatMap(({ parts }) => parts.map(({ durationS }) => durationS)));
      const lines = [
        '#EXTM3U',
        '#EXT-X-VERSION:9',
        `#EXT-X-TARGETDURATION:${targetDurationS}`,
        `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${(holdBackParts * partTargetS).toFixed(5)}`,
        `#EXT-X-PART-INF:PART-TARGET=${partTargetS.toFixed(5)}`,
        `#EXT-X-MEDIA-SEQUENCE:${first.sequence}`,
        `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence}`,
      ];
      if (all.every(({ independent }) => independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
      let shownInit: number | null = null;
      for (const segment of all) {
        if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
        if (segment.init !== shownInit) lines.push(`#EXT-X-MAP:URI="init-${segment.init}.mp4"`);
        shownInit = segment.init;
        lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.captureTimeMs).toISOString()}`);
        if (inParts.includes(segment))
          lines.push(...segment.parts.map((part, i) => partLine(segment.sequence, i, part)));
        if (segment.durationS !== null)
          lines.push(`#EXTINF:${segment.durationS.toFixed(5)},`, `seg-${segment.sequence}.m4s`);
      }
      // Told beforehand: players take what comes next for a part of the same run otherwise, and give up when it is not.
      const breakAhead = open ? open.parts.length === 0 && open.discontinuity : breakNext;
      if (breakAhead) lines.push('#EXT-X-DISCONTINUITY');
      if (open) lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partName(open.sequence, open.parts.length)}"`);
      return `${lines.join('\n')}\n`;
    },
    init: (number) => inits.get(number) ?? null,
    segment(number) {
      const segment = whole.find(({ sequence: own }) => own === number);
      return segment ? bytesOf(segment.parts) : null;
    },
    part(number, part) {
      const one = found(number)?.parts[part];
      return one ? bytesOf([one]) : null;
    },
    find({ sequence: wanted, part }) {
      if (whole.length === 0) return 'nowhere';
      const growing = open?.sequence ?? sequence;
      if (wanted < growing) return 'listed';
      const parts = open?.parts.length ?? 0;
      if (wanted === growing) {
        if (part === null) return 'next';
        return part < parts ? 'listed' : part === parts ? 'next' : 'beyond';
      }
      // The part after the last of a segment is the first of the next one: nobody knows beforehand which it will be.
      return wanted === growing + 1 && (part === null || part === 0) ? 'next' : 'beyond';
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    parameters: () => lastParameters,
  };
}
