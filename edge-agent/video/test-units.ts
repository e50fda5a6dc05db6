import type { AccessUnit } from './access-unit.ts';
import { h264Parameters } from './h264-parameters.ts';

/** Parameter sets made with x264: 640×360 Baseline, and 1280×720 Main. */
export const sps360 = Buffer.from('6742c01ed900a02ff97011000003000100000300320f162e48', 'hex');
export const pps360 = Buffer.from('68cb83cb20', 'hex');
export const sps720 = Buffer.from('674d401feca02802dd80880000030008000003019078c18cb0', 'hex');
export const pps720 = Buffer.from('68ebe3cb20', 'hex');

/** Slices that say "first macroblock 0" and nothing else true; `tag` tells them apart. */
export const idr = (tag = 0, bytes = 20): Buffer =>
  Buffer.concat([Buffer.from([0x65, 0x88, tag]), Buffer.alloc(bytes, tag)]);
export const slice = (tag = 0, bytes = 20): Buffer =>
  Buffer.concat([Buffer.from([0x41, 0x9a, tag]), Buffer.alloc(bytes, tag)]);

/** Parameter sets made with x265: 640×360 and 1280×720 Main, 320×180 Main 10, whose size stands in its conformance window. */
export const h265 = {
  sets360: setsOf(
    '40010c01ffff01600000030090000003000003003fba0240',
    '42010101600000030090000003000003003fa005020171f2e5ba4a4c2f016808000003000800000300c840',
    '4401c073c189',
  ),
  sets720: setsOf(
    '40010c01ffff01600000030090000003000003005dba0240',
    '42010101600000030090000003000003005da00280802d165ba4a4c2f0168080000003008000000c84',
    '4401c073c189',
  ),
  sets180: setsOf(
    '40010c01ffff02200000030090000003000003003cba0240',
    '42010102200000030090000003000003003ca00a080c1f3b65ba4a4c2f016808000003000800000300c840',
    '4401c073c189',
  ),
  /** nal_unit_type of Rec. ITU-T H.265 table 7-1. */
  types: { trail: 1, radl: 7, rasl: 9, bla: 16, idr: 20, cra: 21 },
  /** A slice segment that says whether it is its picture's first, and refers to PPS 0 where it is a key picture's. */
  slice: (type: number, { tag = 0, bytes = 20, first = true } = {}): Buffer => {
    const key = type >= 16 && type <= 23;
    const head = (first ? 0x80 : 0) | (key ? 0x20 : 0x40);
    return Buffer.concat([Buffer.from([type << 1, 1, head, 0x9a, tag]), Buffer.alloc(bytes, tag)]);
  },
};

function setsOf(...hex: [vps: string, sps: string, pps: string]) {
  const [vps, sps, pps] = hex.map((text) => Buffer.from(text, 'hex')) as [Buffer, Buffer, Buffer];
  return { vps, sps, pps };
}

const parameters360 = h264Parameters([sps360], [pps360])!;
export const parameters720 = h264Parameters([sps720], [pps720])!;

/** Pictures at 25 a second with a key frame every `gop`, from `from` on. */
export function units(
  count: number,
  gop: number,
  from = 0,
  parameters = parameters360,
  startMs = 1_000_000,
): AccessUnit[] {
  return Array.from({ length: count }, (_, i) => ({
    ptsTicks: (from + i) * 3600,
    captureTimeMs: startMs + (from + i) * 40,
    keyFrame: i % gop === 0,
    nals: [i % gop === 0 ? idr(i & 0x7f) : slice(i & 0x7f)],
    parameters,
  }));
}

/** What an intake gave, with memory of its own. */
export const ownUnit = (unit: AccessUnit): AccessUnit => ({ ...unit, nals: unit.nals.map((nal) => Buffer.from(nal)) });
