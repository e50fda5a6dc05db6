import { describe, expect, test } from 'vitest';
import { decodeTimes, initSegment, writeFragment } from './fmp4.ts';
import { createFragmentReader, readBoxes } from './fragment-reader.ts';
import { idr, parameters720, slice } from './test-units.ts';

const paths = (body: Buffer, prefix = ''): string[] =>
  readBoxes(body).flatMap(({ type, body: inner }) => {
    const path = `${prefix}/${type}`;
    const container = ['moov', 'trak', 'mdia', 'minf', 'dinf', 'stbl', 'mvex', 'moof', 'traf'].includes(type);
    return [path, ...(container ? paths(inner, path) : [])];
  });

describe('fMP4', () => {
  test('the initialisation segment holds every box that ISO/IEC 14496-12 requires, whole', () => {
    const init = initSegment(parameters720);
    expect(paths(init)).toEqual([
      '/ftyp',
      '/moov',
      '/moov/mvhd',
      '/moov/trak',
      '/moov/trak/tkhd',
      '/moov/trak/mdia',
      '/moov/trak/mdia/mdhd',
      '/moov/trak/mdia/hdlr',
      '/moov/trak/mdia/minf',
      '/moov/trak/mdia/minf/vmhd',
      '/moov/trak/mdia/minf/dinf',
      '/moov/trak/mdia/minf/dinf/dref',
      '/moov/trak/mdia/minf/stbl',
      '/moov/trak/mdia/minf/stbl/stsd',
      '/moov/trak/mdia/minf/stbl/stts',
      '/moov/trak/mdia/minf/stbl/stsc',
      '/moov/trak/mdia/minf/stbl/stsz',
      '/moov/trak/mdia/minf/stbl/stco',
      '/moov/mvex',
      '/moov/mvex/trex',
    ]);
    const [track] = createFragmentReader().push(init);
    expect(track).toEqual({
      kind: 'track',
      timescale: 90_000,
      sampleEntryType: 'avc1',
      configuration: parameters720.configuration,
    });
  });

  const samples = [
    { nals: [Buffer.from([6, 1]), idr(1)], keyFrame: true, durationTicks: 3600, compositionOffsetTicks: 0 },
    { nals: [slice(2)], keyFrame: false, durationTicks: 3601, compositionOffsetTicks: 7200 },
    { nals: [slice(3)], keyFrame: false, durationTicks: 3600, compositionOffsetTicks: -3600 },
  ];

  test.each([1, 3])('a fragment of %i samples reads back as written', (count) => {
    const fragment = writeFragment({ sequence: 9, decodeTimeTicks: 2 ** 33 + 5, samples: samples.slice(0, count) });
    expect(paths(fragment)).toEqual([
      '/moof',
      '/moof/mfhd',
      '/moof/traf',
      '/moof/traf/tfhd',
      '/moof/traf/tfdt',
      '/moof/traf/trun',
      '/mdat',
    ]);
    const events = createFragmentReader().push(Buffer.concat([initSegment(parameters720), fragment]));
    const read = events.flatMap((event) => (event.kind === 'samples' ? event.samples : []));
    expect(read.map(({ decodeTime, compositionOffset }) => [decodeTime - 2 ** 33, compositionOffset])).toEqual(
      [
        [5, 0],
        [3605, 7200],
        [7206, -3600],
      ].slice(0, count),
    );
    expect(read[0]!.data.toString('hex')).toBe(`00000002060100000017${idr(1).toString('hex')}`);
  });

  test('decoding times of B-pictures are their presentation times in order', () => {
    expect(decodeTimes([0, 3, 1, 2, 6])).toEqual([0, 1, 2, 3, 6]);
  });

  test('the reader takes any cut, and gives up on rubbish', () => {
    const whole = Buffer.concat([
      initSegment(parameters720),
      writeFragment({ sequence: 1, decodeTimeTicks: 0, samples }),
    ]);
    for (const size of [1, 5, 64]) {
      const reader = createFragmentReader();
      const kinds: string[] = [];
      for (let at = 0; at < whole.length; at += size)
        kinds.push(...reader.push(whole.subarray(at, at + size)).map((e) => e.kind));
      expect(kinds).toEqual(['track', 'samples']);
    }
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ 0xff;
      expect(() => createFragmentReader().push(changed)).not.toThrow();
    }
    expect(
      createFragmentReader()
        .push(Buffer.from('\0\0\0\u0001moov'))
        .map((e) => e.kind),
    ).toEqual(['broken']);
  });
});
