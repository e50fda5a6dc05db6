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
