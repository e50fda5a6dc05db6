import { describe, expect, it } from 'vitest';
import { createBitReader, createBitWriter } from './bits.ts';
import { parseClip } from './clip.ts';
import { joinAnnexB, nalFrom, rbspOf, splitAnnexB } from './nal.ts';
import { addTopRow, parseSps } from './parameter-sets.ts';
import { moveSliceDown, parseSliceIdentity, writeFlatSlice } from './slice.ts';

// As x264 writes them for 640x352 Baseline.
const sps = Buffer.from('6742c01fda0280b6c05a808080a000000300200000030301e30654', 'hex');

describe('bits', () => {
  it('reads back what was written', () => {
    const write = createBitWriter(1);
    const values = [0, 1, 2, 7, 8, 100, 65_535];
    for (const value of values) write.ue(value);
    for (const value of values) write.se(-value);
    for (const value of values) write.se(value);
    write.bits(0b1011, 4);
    const read = createBitReader(write.finish());
    expect(values.map(() => read.ue())).toEqual(values);
    expect(values.map(() => 0 - read.se())).toEqual(values);
    expect(values.map(() => read.se())).toEqual(values);
    expect(read.bits(4)).toBe(0b1011);
    expect(read.position()).toBe(read.length);
    expect(() => read.bits(1)).toThrow(RangeError);
  });
});

describe('NAL units', () => {
  it('are split at three and four byte start codes', () => {
    const stream = Buffer.from('0000000167aa00000168bb000000000165cc', 'hex');
    expect(splitAnnexB(stream).map((nal) => Buffer.from(nal).toString('hex'))).toEqual(['67aa', '68bb', '65cc']);
    expect(splitAnnexB(joinAnnexB(splitAnnexB(stream)))).toHaveLength(3);
  });

  it('keep their payload through emulation prevention', () => {
    for (const payload of ['000000', '000001', '00000300', '0000020000030000', 'ff0000ff']) {
      const rbsp = Buffer.from(`${payload}80`, 'hex');
      const nal = nalFrom(0x65, rbsp);
      expect(Buffer.from(nal).toString('hex')).not.toMatch(/^(..)*00000[0-2]/);
      expect(Buffer.from(rbspOf(nal)).equals(rbsp)).toBe(true);
    }
  });
});

describe('the row for the stamp', () => {
  const before = parseSps(sps);

  it('makes the picture one macroblock row taller, half of it hidden', () => {
    const after = parseSps(addTopRow(sps, 8));
    expect(after).toEqual({ ...before, heightMbs: before.heightMbs + 1, height: before.height + 8 });
    expect(parseSps(addTopRow(sps, 0)).height).toBe(before.height + 16);
    expect(() => addTopRow(addTopRow(sps, 8), 8)).toThrow('cropped already');
  });

  it('a slice moves down by one row and keeps its picture', () => {
    const picture = { header: 0x65, idr: true, frameNum: 0, idrPicId: 1 };
    const slice = writeFlatSlice(picture, before, { initQp: 26 }, 0, 1, () => 24);
    const moved = moveSliceDown(slice, before);
    expect(parseSliceIdentity(moved, before)).toEqual({ ...picture, firstMb: before.widthMbs });
  });

  it('refuses luma off the quantiser’s grid rather than writing another picture', () => {
    const picture = { header: 0x61, idr: false, frameNum: 3, idrPicId: null };
    expect(() => writeFlatSlice(picture, before, { initQp: 26 }, 0, 1, () => 25)).toThrow(RangeError);
  });

  it('names the clip that cannot be read', () => {
    expect(() => parseClip('broken', 12, Buffer.from('junk'))).toThrow('clip broken: no parameter sets');
  });
});
