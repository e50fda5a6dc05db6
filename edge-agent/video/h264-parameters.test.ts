import { describe, expect, test } from 'vitest';
import { h264Parameters, parameterSetId, parseSps } from './h264-parameters.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
// Made with x264.
const high1080 = hex('67640028acd940780227e5c044000003000400000300c83c60c658');
const pps = hex('68ebe3cb22c0');

describe('H.264 parameter sets', () => {
  test.each([
    ['High, cropped', '67640028acd940780227e5c044000003000400000300c83c60c658', 1920, 1080],
    ['Baseline', '6742c01ed900a02ff97011000003000100000300320f162e48', 640, 360],
    ['Main', '674d401feca02802dd80880000030008000003019078c18cb0', 1280, 720],
    ['High 4:4:4, odd width', '67f40020919b280ac0c3c5f808800000030080000019078c18cb', 1366, 768],
    ['interlaced', '674d401eeca05a126c0440000003004000000c87c50a6580', 720, 576],
  ])('%s: size', (_, sps, width, height) => {
    expect(parseSps(hex(sps))).toMatchObject({ width, height });
  });

  test('make the codec string and the avcC record', () => {
    const parameters = h264Parameters([high1080], [pps])!;
    expect(parameters).toMatchObject({
      codecString: 'avc1.640028',
      width: 1920,
      height: 1080,
      sampleEntryType: 'avc1',
    });
    expect(parameters.configuration.toString('hex')).toBe(
      `01640028ffe1001b${high1080.toString('hex')}010006${pps.toString('hex')}fdf8f800`,
    );
    expect(h264Parameters([high1080], [])).toBeNull();
    expect(h264Parameters([], [pps])).toBeNull();
  });

  test('cut or changed anywhere they are refused or read, never thrown about', () => {
    for (let length = 0; length < high1080.length; length++) {
      parseSps(high1080.subarray(0, length));
      parameterSetId(high1080.subarray(0, Math.max(1, length)));
    }
    for (let at = 0; at < high1080.length; at++) {
      for (const value of [0, 0xff, 0x55]) {
        const changed = Buffer.from(high1080);
        changed[at] = value;
        const sps = parseSps(changed);
        if (sps) expect(sps.width * sps.height).toBeGreaterThan(0);
      }
    }
    expect(parseSps(Buffer.alloc(2000))).toBeNull();
  });
});
