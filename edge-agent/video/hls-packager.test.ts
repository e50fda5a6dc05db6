import { describe, expect, test } from 'vitest';
import { createFragmentReader } from './fragment-reader.ts';
import { createHlsPackager, type HlsPackager } from './hls-packager.ts';
import { parameters720, units } from './test-units.ts';

const push = (packager: HlsPackager, list: ReturnType<typeof units>) => {
  for (const unit of list) packager.push(unit);
};
const segmentsOf = (packager: HlsPackager) =>
  [...(packager.playlist() ?? '').matchAll(/^seg-(\d+)\.m4s$/gm)].map((m) => Number(m[1]));

/** Decoding times and the end of every listed segment, in ticks. */
function timeline(packager: HlsPackager): number[] {
  return segmentsOf(packager).flatMap((number) => {
    const reader = createFragmentReader();
    const init = [...packager.playlist()!.matchAll(/init-(\d+)/g)].at(-1)![1];
    reader.push(packager.init(Number(init))!);
    return reader
      .push(packager.segment(number)!)
      .flatMap((event) => (event.kind === 'samples' ? event.samples.map((s) => s.decodeTime) : []));
  });
}

describe('HLS packager', () => {
  test('has no playlist until a segment is whole', () => {
    const packager = createHlsPackager({ firstSequence: 7 });
    push(packager, units(25, 25));
    expect(packager.playlist()).toBeNull();
  });

  test('writes a live playlist with relative addresses and capture times', () => {
    const packager = createHlsPackager({ firstSequence: 7 });
    push(packager, units(51, 25));
    expect(packager.playlist()).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:1
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-7.mp4"
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:16:40.000Z
#EXTINF:1.00000,
seg-7.m4s
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:16:41.000Z
#EXTINF:1.00000,
seg-8.m4s
`);
    expect(timeline(packager)).toEqual(Array.from({ length: 50 }, (_, i) => i * 3600));
  });

  test('several short groups make one segment, a long group a long one and a longer target', () => {
    const short = createHlsPackager({ firstSequence: 0 });
    push(short, units(51, 5));
    expect(segmentsOf(short)).toEqual([0, 1]);
    const long = createHlsPackager({ firstSequence: 0 });
    push(long, units(101, 100));
    expect(long.playlist()).toContain('#EXTINF:4.00000,');
    expect(long.playlist()).toContain('#EXT-X-TARGETDURATION:4\n');
  });

  test('keeps a bounded number of segments and counts on', () => {
    const packager = createHlsPackager({ firstSequence: 100 });
    push(packager, units(25 * 30 + 1, 25));
    expect(segmentsOf(packager)).toEqual([122, 123, 124, 125, 126, 127, 128, 129]);
    expect(packager.segment(120)).not.toBeNull();
    expect(packager.segment(119)).toBeNull();
    expect(packager.init(100)).not.toBeNull();
  });

  test('a reconnect is one discontinuity, counted once it leaves the playlist', () => {
    const packager = createHlsPackager({ firstSequence: 0 });
    push(packager, units(51, 25));
    packager.discontinuity();
    packager.discontinuity();
    push(packager, units(51, 25, 5_000_000));
    const text = packager.playlist()!;
    expect(text.match(/#EXT-X-DISCONTINUITY\n/g)?.length).toBe(1);
    expect(text.match(/#EXT-X-MAP/g)?.length).toBe(1);
    const line = timeline(packager);
    expect(line).toEqual([...line].sort((a, b) => a - b));
    expect(line.at(-1)! - line[0]!).toBeLessThan(6 * 90_000);
    push(packager, units(25 * 12, 25, 5_000_075));
    expect(packager.playlist()).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
    expect(packager.playlist()).not.toContain('#EXT-X-DISCONTINUITY\n');
  });

  test('new parameters mean a new map behind a discontinuity; the old map goes with its last segment', () => {
    const packager = createHlsPackager({ firstSequence: 0 });
    push(packager, units(50, 25));
    push(packager, units(26, 25, 50, parameters720));
    expect(packager.playlist()).toMatch(/seg-1\.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-2.mp4"/);
    expect(packager.parameters()?.width).toBe(1280);
    push(packager, units(25 * 12, 25, 75, parameters720));
    expect(packager.init(0)).toBeNull();
    expect(packager.init(2)).not.toBeNull();
  });

  test('a camera clock that jumps is a discontinuity, a lost group is only a longer sample', () => {
    const jump = createHlsPackager({ firstSequence: 0 });
    push(jump, units(50, 25));
    push(jump, units(50, 25, 90_000));
    push(jump, units(26, 25, 10));
    expect(jump.playlist()!.match(/#EXT-X-DISCONTINUITY\n/g)?.length).toBe(2);
    const lossy = createHlsPackager({ firstSequence: 0 });
    push(lossy, units(30, 25).slice(0, 28));
    push(lossy, units(30, 25, 50));
    expect(lossy.playlist()).not.toContain('#EXT-X-DISCONTINUITY\n');
    expect(lossy.playlist()).toContain('#EXTINF:1.00000,');
  });

  test('a group that never ends is cut without a key frame, and the playlist owns up to it', () => {
    const packager = createHlsPackager({ firstSequence: 0, maxSegmentMs: 3_000 });
    push(packager, units(25 * 10, 1_000_000));
    expect(segmentsOf(packager).length).toBe(3);
    expect(packager.playlist()).not.toContain('INDEPENDENT');
    const heavy = createHlsPackager({ firstSequence: 0, maxSegmentBytes: 200 });
    push(heavy, units(40, 1_000_000));
    expect(segmentsOf(heavy).length).toBeGreaterThan(2);
  });

  test('clear leaves nothing of the past to be shown, and what follows is another discontinuity sequence', () => {
    const packager = createHlsPackager({ firstSequence: 0 });
    push(packager, units(51, 25));
    packager.clear();
    packager.clear();
    expect(packager.playlist()).toBeNull();
    expect(packager.segment(0)).toBeNull();
    push(packager, units(26, 25, 500));
    expect(packager.playlist()).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
    expect(segmentsOf(packager)).toEqual([2]);
    expect(packager.playlist()).toContain('init-2.mp4');
  });
});
