import { describe, expect, test } from 'vitest';
import {
  h265ParameterSetId,
  h265Parameters,
  h265PpsIdOfKeySlice,
  h265SpsIdOfPps,
  parseH265Sps,
} from './h265-parameters.ts';
import { h265 } from './test-units.ts';

const parametersOf = ({ vps, sps, pps }: { vps: Buffer; sps: Buffer; pps: Buffer }) =>
  h265Parameters({ vps: [vps], sps: [sps], pps: [pps] });

describe('H.265 parameter sets', () => {
  test.each([
    ['640×360 Main', h265.sets360, 640, 360, 'hvc1.1.6.L63.90'],
    ['1280×720 Main', h265.sets720, 1280, 720, 'hvc1.1.6.L93.90'],
    ['320×180 Main 10, in a conformance window', h265.sets180, 320, 180, 'hvc1.2.4.L60.90'],
  ])('[V3] %s', (_, sets, width, height, codecString) => {
    expect(parametersOf(sets)).toMatchObject({
      ...{ codec: 'h265', codecString, width, height },
      ...{ sampleEntryType: 'hvc1', configurationType: 'hvcC' },
    });
  });

  test('[V3] the configuration is, byte for byte, the one that ffmpeg writes', () => {
    expect(parametersOf(h265.sets360)!.configuration.toString('hex')).toBe(
      '0101600000009000000000003ff000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003003fba0240a10001002b42010101600000030090000003000003003fa005020171f2e5ba4a4c2f016808000003000800000300c840a2000100064401c073c189',
    );
    expect(parametersOf(h265.sets180)!.configuration.toString('hex')).toBe(
      '0102200000009000000000003cf000fcfdfafa00000f03a00001001840010c01ffff02200000030090000003000003003cba0240a10001002b42010102200000030090000003000003003ca00a080c1f3b65ba4a4c2f016808000003000800000300c840a2000100064401c073c189',
    );
  });

  test('[V3] a codec string with profile space, high tier and more constraint bytes (ISO/IEC 14496-15 Annex E.3)', () => {
    const sps = Buffer.from(h265.sets720.sps);
    sps[3] = 0xa4; // Profile space 2, high tier, profile 4.
    const { codecString } = parametersOf({ ...h265.sets720, sps })!;
    expect(codecString).toBe('hvc1.B4.6.H93.90');
  });

  test('reads ids, and of what refers to what', () => {
    const { vps, sps, pps } = h265.sets360;
    expect([vps, sps, pps].map(h265ParameterSetId)).toEqual([0, 0, 0]);
    expect(h265SpsIdOfPps(pps)).toBe(0);
    expect(h265PpsIdOfKeySlice(h265.slice(h265.types.idr))).toBe(0);
    expect(h265ParameterSetId(h265.slice(h265.types.trail))).toBeNull();
  });

  test('without VPS, SPS and PPS there is nothing to decode with', () => {
    const { vps, sps, pps } = h265.sets360;
    expect(h265Parameters({ vps: [], sps: [sps], pps: [pps] })).toBeNull();
    expect(h265Parameters({ vps: [vps], sps: [], pps: [pps] })).toBeNull();
    expect(h265Parameters({ vps: [vps], sps: [sps], pps: [] })).toBeNull();
  });

  test('cut and twisted ones are refused or read, and nothing is thrown', () => {
    const { sps } = h265.sets180;
    for (let length = 0; length < sps.length; length++) parseH265Sps(sps.subarray(0, length));
    expect(parseH265Sps(sps.subarray(0, 20))).toBeNull();
    for (let at = 0; at < sps.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const twisted = Buffer.from(sps);
        twisted[at] = twisted[at]! ^ (1 << bit);
        const read = parseH265Sps(twisted);
        if (read) expect(read.width * read.height).toBeLessThanOrEqual(16_384 ** 2);
      }
    }
  });
});
