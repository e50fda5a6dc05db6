import { describe, expect, test } from 'vitest';
import { createFragmentReader } from './fragment-reader.ts';
import { createHlsPackager, type HlsPackagerOptions } from './hls-packager.ts';
import { createPictureWriter } from './picture-writer.ts';
import { parameters720, units } from './test-units.ts';

/** @param read as by a player that has just come. */
function start(options: HlsPackagerOptions, { read = true } = {}) {
  const packager = createHlsPackager(options);
  if (read) packager.playlist();
  const writer = createPictureWriter();
  return {
    ...packager,
    take(list: ReturnType<typeof units>) {
      for (const unit of list) {
        const picture = writer.write(unit);
        if (picture) packager.push(picture);
      }
    },
    discontinuity() {
      writer.discontinuity();
      packager.discontinuity();
    },
  };
}
type Started = ReturnType<typeof start>;
const push = (packager: Started, list: ReturnType<typeof units>) => packager.take(list);
const segmentsOf = (packager: Started) =>
  [...(packager.playlist() ?? '').matchAll(/^seg-(\d+)\.m4s$/gm)].map((m) => Number(m[1]));

/** Decoding times and the end of every listed segment, in ticks. */
function timeline(packager: Started): number[] {
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
    const packager = start({ firstSequence: 7 });
    push(packager, units(25, 25));
    expect(packager.playlist()).toBeNull();
  });

  test('[V60] writes a live playlist with relative addresses and capture times', () => {
    const packager = start({ firstSequence: 7 });
    push(packager, units(51, 25));
    expect(packager.playlist()).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.84000
#EXT-X-PART-INF:PART-TARGET=0.28000
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-7.mp4"
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:16:40.000Z
#EXT-X-PART:DURATION=0.28000,URI="part-7.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.28000,URI="part-7.1.m4s"
#EXT-X-PART:DURATION=0.28000,URI="part-7.2.m4s"
#EXT-X-PART:DURATION=0.16000,URI="part-7.3.m4s"
#EXTINF:1.00000,
seg-7.m4s
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:16:41.000Z
#EXT-X-PART:DURATION=0.28000,URI="part-8.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.28000,URI="part-8.1.m4s"
#EXT-X-PART:DURATION=0.28000,URI="part-8.2.m4s"
#EXT-X-PART:DURATION=0.16000,URI="part-8.3.m4s"
#EXTINF:1.00000,
seg-8.m4s
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-9.0.m4s"
`);
    expect(timeline(packager)).toEqual(Array.from({ length: 50 }, (_, i) => i * 3600));
  });

  test('several short groups make one segment, a long group a long one and a longer target', () => {
    const short = start({ firstSequence: 0 });
    push(short, units(51, 5));
    expect(segmentsOf(short)).toEqual([0, 1]);
    const long = start({ firstSequence: 0 });
    push(long, units(101, 100));
    expect(long.playlist()).toContain('#EXTINF:4.00000,');
    expect(long.playlist()).toContain('#EXT-X-TARGETDURATION:4\n');
  });

  test('[V60] keeps segments while they are read, a bounded number, and counts on', () => {
    const packager = start({ firstSequence: 100 }, { read: false });
    push(packager, units(25 * 20, 25));
    expect(packager.segment(118)).toBeNull();
    expect(packager.playlist()).toBeNull();
    push(packager, units(25 * 10 + 1, 25, 25 * 20));
    expect(segmentsOf(packager)).toEqual([122, 123, 124, 125, 126, 127, 128, 129]);
    expect(packager.segment(120)).not.toBeNull();
    expect(packager.segment(119)).toBeNull();
    expect(packager.init(100)).not.toBeNull();
  });

  test('a reconnect is one discontinuity, counted once it leaves the playlist', () => {
    const packager = start({ firstSequence: 0 });
    push(packager, units(51, 25));
    packager.discontinuity();
    packager.discontinuity();
    expect(packager.playlist()).toMatch(/seg-2\.m4s\n#EXT-X-DISCONTINUITY\n$/);
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
    const packager = start({ firstSequence: 0 });
    push(packager, units(50, 25));
    push(packager, units(2, 25, 50, parameters720));
    expect(packager.playlist()).toMatch(/seg-1\.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-PRELOAD-HINT/);
    push(packager, units(26, 25, 50, parameters720).slice(2));
    expect(packager.playlist()).toMatch(/seg-1\.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-2.mp4"/);
    expect(packager.parameters()?.width).toBe(1280);
    push(packager, units(25 * 12, 25, 75, parameters720));
    expect(packager.init(0)).toBeNull();
    expect(packager.init(2)).not.toBeNull();
  });

  test('a camera clock that jumps is a discontinuity, a lost group is only a longer sample', () => {
    const jump = start({ firstSequence: 0 });
    push(jump, units(50, 25));
    push(jump, units(50, 25, 90_000));
    push(jump, units(26, 25, 10));
    expect(jump.playlist()!.match(/#EXT-X-DISCONTINUITY\n/g)?.length).toBe(2);
    const lossy = start({ firstSequence: 0 });
    push(lossy, units(30, 25).slice(0, 28));
    push(lossy, units(30, 25, 50));
    expect(lossy.playlist()).not.toContain('#EXT-X-DISCONTINUITY\n');
    expect(lossy.playlist()).toContain('#EXTINF:1.00000,');
  });

  test('a group that never ends is cut without a key frame, and the playlist owns up to it', () => {
    const packager = start({ firstSequence: 0, maxSegmentMs: 3_000 });
    push(packager, units(25 * 10, 1_000_000));
    expect(segmentsOf(packager).length).toBe(3);
    expect(packager.playlist()).not.toContain('#EXT-X-INDEPENDENT-SEGMENTS');
    const heavy = start({ firstSequence: 0, maxSegmentBytes: 200 });
    push(heavy, units(40, 1_000_000));
    expect(segmentsOf(heavy).length).toBeGreaterThan(2);
  });

  test('clear leaves nothing of the past to be shown, and what follows is another discontinuity sequence', () => {
    const packager = start({ firstSequence: 0 });
    push(packager, units(51, 25));
    packager.clear();
    packager.clear();
    expect(packager.playlist()).toBeNull();
    expect(packager.segment(0)).toBeNull();
    push(packager, units(26, 25, 500));
    expect(packager.playlist()).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
    // 2 was growing: its address was in the playlist already.
    expect(segmentsOf(packager)).toEqual([3]);
    expect(packager.playlist()).toContain('init-3.mp4');
  });

  test('[V60] a segment is its parts, each there before the segment is whole', () => {
    const packager = start({ firstSequence: 0 });
    push(packager, units(41, 25));
    expect(segmentsOf(packager)).toEqual([0]);
    expect(packager.playlist()).toMatch(/part-1\.1\.m4s"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-1\.2\.m4s"\n$/);
    expect(packager.segment(1)).toBeNull();
    expect(packager.part(1, 2)).toBeNull();
    const parts = [0, 1, 2, 3].map((part) => packager.part(0, part)!);
    expect(Buffer.concat(parts).equals(packager.segment(0)!)).toBe(true);
    expect(packager.part(0, 4)).toBeNull();
  });

  test('[V60] parts are as long as whole pictures allow, and a slow camera has one picture in each', () => {
    const partsOf = (stepTicks: number) => {
      const packager = start({ firstSequence: 0 });
      push(
        packager,
        units(61, 30).map((unit, i) => ({ ...unit, ptsTicks: i * stepTicks })),
      );
      return /PART-TARGET=([\d.]+)/.exec(packager.playlist()!)![1];
    };
    expect([3_600, 7_500, 18_000, 45_000].map(partsOf)).toEqual(['0.28000', '0.25000', '0.20000', '0.50000']);
  });

  test('[V60] a pause of the camera makes parts long only while it is listed', () => {
    const packager = start({ firstSequence: 0 });
    push(packager, units(50, 25));
    push(packager, units(50, 25, 90));
    expect(packager.playlist()).toContain('PART-TARGET=1.76000');
    push(packager, units(25 * 11, 25, 140));
    expect(packager.playlist()).toContain('PART-TARGET=0.28000');
  });

  test('[V61] knows what is listed, what comes next, and what is further away', () => {
    const packager = start({ firstSequence: 5 });
    expect(packager.find({ sequence: 5, part: null })).toBe('nowhere');
    push(packager, units(41, 25));
    const found = (sequence: number, part: number | null = null) => packager.find({ sequence, part });
    expect([found(4), found(5), found(5, 9), found(6, 1)]).toEqual(['listed', 'listed', 'listed', 'listed']);
    expect([found(6), found(6, 2), found(7), found(7, 0)]).toEqual(['next', 'next', 'next', 'next']);
    expect([found(6, 3), found(7, 1), found(8), found(8, 0)]).toEqual(['beyond', 'beyond', 'beyond', 'beyond']);
  });

  test('[V61] tells once, when the playlist grows or goes', () => {
    const packager = start({ firstSequence: 0 });
    push(packager, units(26, 25));
    const told: string[] = [];
    packager.onChange(() => told.push('grew'));
    const forget = packager.onChange(() => told.push('never'));
    forget();
    push(
      packager,
      units(5, 100, 26).map((unit) => ({ ...unit, keyFrame: false })),
    );
    expect(told).toEqual([]);
    push(
      packager,
      units(10, 100, 31).map((unit) => ({ ...unit, keyFrame: false })),
    );
    expect(told).toEqual(['grew']);
    packager.onChange(() => told.push('gone'));
    packager.clear();
    expect(told).toEqual(['grew', 'gone']);
  });
});
