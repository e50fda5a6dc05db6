import { type BitWriter, createBitReader, createBitWriter } from './bits.ts';
import { nalFrom, nalType, nalTypeOf, rbspOf } from './nal.ts';
import type { PictureParameters, SequenceParameters } from './parameter-sets.ts';

/** What all slices of one picture must have in common (7.4.3). */
export interface PictureIdentity {
  /** First byte of its NAL units: nal_ref_idc and type. */
  header: number;
  idr: boolean;
  frameNum: number;
  /** Null in a picture that is not IDR. */
  idrPicId: number | null;
}

export function parseSliceIdentity(nal: Uint8Array, sps: SequenceParameters): PictureIdentity & { firstMb: number } {
  const read = createBitReader(rbspOf(nal.subarray(0, 32)));
  const idr = nalTypeOf(nal) === nalType.idrSlice;
  const firstMb = read.ue();
  read.ue();
  read.ue();
  const frameNum = read.bits(sps.frameNumBits);
  const idrPicId = idr ? read.ue() : null;
  return { header: nal[0]!, idr, frameNum, idrPicId, firstMb };
}

/**
 * The same slice one macroblock row further down, and not deblocked across its edges: in a picture that got one more
 * row on top it decodes to what it was, since it neither predicts from nor filters against the new row.
 */
export function moveSliceDown(nal: Uint8Array, sps: SequenceParameters): Uint8Array {
  const source = createBitReader(rbspOf(nal));
  const write = createBitWriter(nal.length + 16);
  const copyBits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const bit = source.bits(1);
      write.bits(bit, 1);
      value = value * 2 + bit;
    }
    return value;
  };
  const copyUe = (): number => {
    const value = source.ue();
    write.ue(value);
    return value;
  };

  write.ue(source.ue() + sps.widthMbs);
  const sliceType = copyUe() % 5;
  if (sliceType !== 0 && sliceType !== 2) throw new Error(`slice type ${sliceType} is neither P nor I`);
  copyUe();
  copyBits(sps.frameNumBits);
  const idr = nalTypeOf(nal) === nalType.idrSlice;
  if (idr) copyUe();
  if (sliceType === 0) {
    if (copyBits(1)) copyUe();
    if (copyBits(1)) while (copyUe() !== 3) copyUe();
  }
  if ((nal[0]! >> 5) & 3) {
    if (idr) copyBits(2);
    else if (copyBits(1)) throw new Error('adaptive reference marking');
  }
  write.se(source.se());
  const deblocking = source.ue();
  write.ue(deblocking === 0 ? 2 : deblocking);
  while (source.position() < source.length) write.bits(source.bits(1), 1);
  return nalFrom(nal[0]!, write.finish());
}

/** At this QP one step of a DC level is four steps of luma, with no rounding (8.5.10 with flat scaling: 256·f >> 6). */
const flatQp = 40;
const lumaStep = 4;

/**
 * An I slice of flat half macroblocks (8 pixels wide, 16 high), from row `firstRow` on, `rows` rows, in grey.
 * Coded as Intra 16x16 with DC prediction and at most two DC levels a macroblock: about 25 bits a macroblock where
 * I_PCM would take 3072. Needs no reference picture, is not deblocked.
 * @param lumaAt luma of half macroblock `half` (0 is leftmost) of row `row` (0 is the slice's first); all values must be
 *   equal modulo 8, and so must 128 minus them be a whole number of steps: i.e. multiples of 8.
 */
export function writeFlatSlice(
  picture: PictureIdentity,
  sps: SequenceParameters,
  pps: PictureParameters,
  firstRow: number,
  rows: number,
  lumaAt: (half: number, row: number) => number,
): Uint8Array {
  const write = createBitWriter(256);
  write.ue(firstRow * sps.widthMbs);
  write.ue(2);
  write.ue(0);
  write.bits(picture.frameNum, sps.frameNumBits);
  if (picture.idr) write.ue(picture.idrPicId ?? 0);
  if ((picture.header >> 5) & 3) write.bits(0, picture.idr ? 2 : 1);
  write.se(flatQp - pps.initQp);
  write.ue(1);
  for (let row = 0; row < rows; row++) {
    for (let mb = 0; mb < sps.widthMbs; mb++) {
      const left = lumaAt(2 * mb, row);
      const right = lumaAt(2 * mb + 1, row);
      const predicted = predictDc(mb, row, lumaAt);
      writeFlatMacroblock(write, (left - predicted) / lumaStep, (right - predicted) / lumaStep);
    }
  }
  return nalFrom(picture.header, write.finish());
}

/** Intra 16x16 DC prediction (8.3.3.3) from flat neighbours of the same slice; exact as long as all are multiples of 8. */
function predictDc(mb: number, row: number, lumaAt: (half: number, row: number) => number): number {
  const left = mb > 0 ? lumaAt(2 * mb - 1, row) : null;
  const above = row > 0 ? (lumaAt(2 * mb, row - 1) + lumaAt(2 * mb + 1, row - 1)) / 2 : null;
  if (left !== null && above !== null) return (left + above) / 2;
  return left ?? above ?? 128;
}

function writeFlatMacroblock(write: BitWriter, left: number, right: number): void {
  const mean = (left + right) / 2;
  const slope = (left - right) / 2;
  if (!Number.isInteger(mean) || !Number.isInteger(slope)) {
    throw new RangeError(`luma residuals ${left * lumaStep} and ${right * lumaStep} are off the quantiser's grid`);
  }
  // mb_type I_16x16_2_0_0, intra_chroma_pred_mode DC, mb_qp_delta 0
  write.ue(3);
  write.ue(0);
  write.se(0);
  writeDcLevels(write, mean, slope);
}

/**
 * residual_block_cavlc (7.3.5.3.2, 9.2) for a 4x4 DC block whose only levels are the first two in zig-zag order. No
 * neighbour has coefficients, so nC is 0.
 */
function writeDcLevels(write: BitWriter, first: number, second: number): void {
  // Coded from the highest frequency down.
  const levels = [second, first].filter((level) => level !== 0);
  let trailingOnes = 0;
  while (trailingOnes < levels.length && Math.abs(levels[trailingOnes]!) === 1) trailingOnes++;
  const [token, tokenBits] = coeffTokens[levels.length]![trailingOnes]!;
  write.bits(token, tokenBits);
  for (let i = 0; i < trailingOnes; i++) write.bits(levels[i]! < 0 ? 1 : 0, 1);
  let suffixLength = 0;
  for (let i = trailingOnes; i < levels.length; i++) {
    const level = levels[i]!;
    let code = level > 0 ? 2 * level - 2 : -2 * level - 1;
    if (i === trailingOnes) code -= 2;
    writeLevelCode(write, code, suffixLength);
    if (suffixLength === 0) suffixLength = 1;
    if (Math.abs(level) > 3 << (suffixLength - 1)) suffixLength++;
  }
  if (levels.length === 1) {
    // total_zeros for one coefficient: none before it, or one.
    if (second === 0) write.bits(1, 1);
    else write.bits(0b011, 3);
  } else if (levels.length === 2) {
    write.bits(0b111, 3);
  }
}

/** [code, bits] by total coefficients and trailing ones, Table 9-5, 0 <= nC < 2. */
const coeffTokens: readonly (readonly (readonly [number, number])[])[] = [
  [[0b1, 1]],
  [
    [0b000101, 6],
    [0b01, 2],
  ],
  [
    [0b00000111, 8],
    [0b000100, 6],
    [0b001, 3],
  ],
];

/** level_prefix and level_suffix (9.2.2.1). */
function writeLevelCode(write: BitWriter, code: number, suffixLength: number): void {
  if (suffixLength === 0) {
    if (code < 14) {
      write.bits(1, code + 1);
    } else if (code < 30) {
      write.bits(1, 15);
      write.bits(code - 14, 4);
    } else {
      write.bits(1, 16);
      write.bits(code - 30, 12);
    }
    return;
  }
  const escapeCode = 15 << suffixLength;
  if (code < escapeCode) {
    write.bits(1, (code >> suffixLength) + 1);
    write.bits(code & ((1 << suffixLength) - 1), suffixLength);
  } else {
    write.bits(1, 16);
    write.bits(code - escapeCode, 12);
  }
}
