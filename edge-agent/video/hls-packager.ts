import { type AccessUnit, type VideoParameters, videoTicksPerS } from './access-unit.ts';
import { decodeTimes, initSegment, writeFragment } from './fmp4.ts';

export interface HlsPackagerOptions {
  /** Segments are cut at the first key frame after this; a camera with longer groups makes longer segments. */
  segmentMs?: number;
  /** Listed in the playlist; two more are kept for players that are about to ask. */
  listedSegments?: number;
  /** A group of pictures that grows past these is cut without a key frame. */
  maxSegmentMs?: number;
  maxSegmentBytes?: number;
  /** First media sequence number. Growing from one run of the process to the next, so that an address means one thing. */
  firstSequence: number;
}

export interface HlsPackager {
  push(unit: AccessUnit): void;
  /** What comes next does not continue what came before: the camera reconnected. */
  discontinuity(): void;
  /** Forgets every picture; the playlist is null until new ones come. */
  clear(): void;
  /** Live media playlist (RFC 8216) with relative addresses; null before the first segment is whole. */
  playlist(): string | null;
  init(number: number): Buffer | null;
  segment(number: number): Buffer | null;
  /** Of the stream as it was last seen; null before the first picture. */
  parameters(): VideoParameters | null;
}

interface Segment {
  sequence: number;
  init: number;
  body: Buffer;
  durationS: number;
  captureTimeMs: number;
  discontinuity: boolean;
  independent: boolean;
}

const keptBeyondListed = 2;
/** Steps of the camera's clock that no player should be asked to show. */
const maxForwardTicks = 10 * videoTicksPerS;
const maxBackwardTicks = videoTicksPerS;

/** Cuts access units into fMP4 segments in memory. Latency is one segment; parts come with low-latency HLS. */
export function createHlsPackager(options: HlsPackagerOptions): HlsPackager {
  const { segmentMs = 950, listedSegments = 8, maxSegmentMs = 15_000, maxSegmentBytes = 24 * 1024 * 1024 } = options;
  const toTicks = (ms: number) => (ms * videoTicksPerS) / 1000;

  let pending: AccessUnit[] = [];
  let pendingBytes = 0;
  let segments: Segment[] = [];
  const inits = new Map<number, Buffer>();
  let sequence = options.firstSequence;
  let fragmentSequence = 1;
  let discontinuitySequence = 0;
  let breakNext = false;
  let init: { number: number; parameters: VideoParameters } | null = null;
  let lastParameters: VideoParameters | null = null;
  let targetDurationS = Math.max(1, Math.round(segmentMs / 1000));
  /** Where the next segment begins on the media's line, and what to add to the camera's time to get there. */
  let mediaTicks = 0;
  let shiftTicks: number | null = null;

  function cut(nextPtsTicks: number | null): void {
    const [first] = pending;
    if (!first) return;
    if (!init?.parameters.configuration.equals(first.parameters.configuration)) {
      breakNext ||= init !== null;
      init = { number: sequence, parameters: first.parameters };
      inits.set(sequence, initSegment(first.parameters));
    }
    const dts = decodeTimes(pending.map((unit) => unit.ptsTicks));
    const usualTicks = dts.length > 1 ? Math.round((dts.at(-1)! - dts[0]!) / (dts.length - 1)) : videoTicksPerS / 25;
    const endTicks =
      nextPtsTicks !== null && nextPtsTicks > dts.at(-1)! ? nextPtsTicks : dts.at(-1)! + Math.max(1, usualTicks);
    shiftTicks ??= mediaTicks - dts[0]!;
    const samples = pending.map((unit, i) => ({
      nals: unit.nals,
      keyFrame: unit.keyFrame,
      durationTicks: (dts[i + 1] ?? endTicks) - dts[i]!,
      compositionOffsetTicks: unit.ptsTicks - dts[i]!,
    }));
    const body = writeFragment({ sequence: fragmentSequence++, decodeTimeTicks: dts[0]! + shiftTicks, samples });
    const durationS = (endTicks - dts[0]!) / videoTicksPerS;
    targetDurationS = Math.max(targetDurationS, Math.round(durationS));
    segments.push({
      sequence: sequence++,
      init: init.number,
      body,
      durationS,
      captureTimeMs: first.captureTimeMs,
      discontinuity: breakNext,
      independent: first.keyFrame,
    });
    breakNext = false;
    mediaTicks = endTicks + shiftTicks;
    pending = [];
    pendingBytes = 0;
    trim();
  }

  function trim(): void {
    const listedBefore = segments.slice(0, -listedSegments);
    const gone = segments.slice(0, Math.max(0, segments.length - listedSegments - keptBeyondListed));
    segments = segments.slice(gone.length);
    // A tag leaves the playlist when its segment does, not when the segment leaves memory.
    const [leaving] = listedBefore.slice(-1);
    if (leaving?.discontinuity) discontinuitySequence++;
    const oldest = segments[0]?.init ?? 0;
    for (const number of inits.keys()) if (number < oldest) inits.delete(number);
  }

  function breakHere(): void {
    cut(null);
    shiftTicks = null;
    breakNext = segments.length > 0;
  }

  return {
    push(unit) {
      const previous = pending.at(-1);
      if (previous) {
        const step = unit.ptsTicks - previous.ptsTicks;
        if (step > maxForwardTicks || step < -maxBackwardTicks) breakHere();
      }
      const [first] = pending;
      if (first && unit.keyFrame) {
        const changed = unit.parameters !== first.parameters;
        if (changed || unit.ptsTicks - first.ptsTicks >= toTicks(segmentMs)) cut(unit.ptsTicks);
      } else if (first && (unit.ptsTicks - first.ptsTicks >= toTicks(maxSegmentMs) || pendingBytes > maxSegmentBytes)) {
        cut(unit.ptsTicks);
      } else if (!first && !unit.keyFrame && shiftTicks === null) {
        return;
      }
      pending.push(unit);
      pendingBytes += unit.nals.reduce((sum, nal) => sum + nal.length, 0);
      lastParameters = unit.parameters;
    },
    discontinuity: breakHere,
    clear() {
      if (segments.length === 0 && pending.length === 0) return;
      pending = [];
      pendingBytes = 0;
      discontinuitySequence += segments.slice(-listedSegments).filter((segment) => segment.discontinuity).length + 1;
      segments = [];
      shiftTicks = null;
      breakNext = false;
      init = null;
      inits.clear();
    },
    playlist() {
      const listed = segments.slice(-listedSegments);
      const [first] = listed;
      if (!first) return null;
      const lines = [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        `#EXT-X-TARGETDURATION:${targetDurationS}`,
        `#EXT-X-MEDIA-SEQUENCE:${first.sequence}`,
        `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence}`,
      ];
      if (listed.every((segment) => segment.independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
      let shownInit: number | null = null;
      for (const segment of listed) {
        if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
        if (segment.init !== shownInit) lines.push(`#EXT-X-MAP:URI="init-${segment.init}.mp4"`);
        shownInit = segment.init;
        lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.captureTimeMs).toISOString()}`);
        lines.push(`#EXTINF:${segment.durationS.toFixed(5)},`, `seg-${segment.sequence}.m4s`);
      }
      return `${lines.join('\n')}\n`;
    },
    init: (number) => inits.get(number) ?? null,
    segment: (number) => segments.find((segment) => segment.sequence === number)?.body ?? null,
    parameters: () => lastParameters,
  };
}
