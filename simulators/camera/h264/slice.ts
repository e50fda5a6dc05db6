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

/**
 * The whole picture again as the one before it: a P slice of skipped macroblocks. Right for streams with one reference
 * picture, whose picture before this one was sent.
 */
export function writeRepeatSlice(picture: PictureIdentity, sps: SequenceParameters): Uint8Array {
  const write = createBitWriter(32);
  write.ue(0);
  write.ue(0);
  write.ue(0);
  write.bits(picture.frameNum, sps.frameNumBits);
  // No override of the number of references, no reordering of them.
  write.bits(0, 2);
  if ((picture.header >> 5) & 3) write.bits(0, 1);
  write.se(0);
  write.ue(1);
  write.ue(sps.widthMbs * sps.heightMbs);
  return nalFrom(picture.header, write.finish());
}

/** At these QPs one step of a DC level is a whole step of luma, without rounding (8.5.10 with flat scaling). */
const grids = { half: { qp: 40, lumaStep: 4 }, quarter: { qp: 28, lumaStep: 1 } } as const;

/**
 * An I slice of flat columns (half macroblocks of 8 pixels, or quarters of 4; 16 high), from row `firstRow` on, `rows`
 * rows, in grey. Coded as Intra 16x16 with DC prediction and at most four DC levels a macroblock: 25 to 70 bits a
 * macroblock where I_PCM would take 3072. Needs no reference picture, is not deblocked.
 * @param lumaAt luma of column `column` (0 is leftmost) of row `row` (0 is the slice's first): multiples of 8. With
 *   quarters one row only.
 */
export function writeFlatSlice(
  picture: PictureIdentity,
  sps: SequenceParameters,
  pps: PictureParameters,
  firstRow: number,
  rows: number,
  lumaAt: (column: number, row: number) => number,
  column: 'half' | 'quarter' = 'half',
): Uint8Array {
  const { qp, lumaStep } = grids[column];
  const perMb = column === 'half' ? 2 : 4;
  const write = createBitWriter(256);
  write.ue(firstRow * sps.widthMbs);
  write.ue(2);
  write.ue(0);
  write.bits(picture.frameNum, sps.frameNumBits);
  if (picture.idr) write.ue(picture.idrPicId ?? 0);
  if ((picture.header >> 5) & 3) write.bits(0, picture.idr ? 2 : 1);
  write.se(qp - pps.initQp);
  write.ue(1);
  for (let row = 0; row < rows; row++) {
    for (let mb = 0; mb < sps.widthMbs; mb++) {
      const luma = (quarter: number) => lumaAt(perMb * mb + (perMb === 4 ? quarter : quarter >> 1), row);
      const predicted = predictDc(perMb, mb, row, lumaAt);
      const [a, b, c, d] = [0, 1, 2, 3].map((quarter) => (luma(quarter) - predicted) / lumaStep) as Four;
      writeFlatMacroblock(write, [(a + b + c + d) / 4, (a + b - c - d) / 4, (a - b - c + d) / 4, (a - b + c - d) / 4]);
    }
  }
  return nalFrom(picture.header, write.finish());
}

type Four = [number, number, number, number];

/** Intra 16x16 DC prediction (8.3.3.3) from flat neighbours of the same slice; exact as long as all are multiples of 8. */
function predictDc(perMb: number, mb: number, row: number, lumaAt: (column: number, row: number) => number): number {
  const left = mb > 0 ? lumaAt(perMb * mb - 1, row) : null;
  let above: number | null = null;
  if (row > 0) {
    above = 0;
    for (let i = 0; i < perMb; i++) above += lumaAt(perMb * mb + i, row - 1) / perMb;
  }
  if (left !== null && above !== null) return (left + above) / 2;
  return left ?? above ?? 128;
}

/** Zig-zag positions of the four horizontal frequencies of a 4x4 block (Figure 8-8). */
const horizontal = [0, 1, 5, 6] as const;

function writeFlatMacroblock(write: BitWriter, frequencies: Four): void {
  if (!frequencies.every(Number.isInteger)) throw new RangeError("luma residuals are off the quantiser's grid");
  // mb_type I_16x16_2_0_0, intra_chroma_pred_mode DC, mb_qp_delta 0
  write.ue(3);
  write.ue(0);
  write.se(0);
  writeDcLevels(
    write,
    frequencies.map((level, i) => ({ level, at: horizontal[i]! })).filter(({ level }) => level !== 0),
  );
}

/** residual_block_cavlc (7.3.5.3.2, 9.2) for a 4x4 DC block. No neighbour has coefficients, so nC is 0. */
function writeDcLevels(write: BitWriter, coefficients: { level: number; at: number }[]): void {
  // Coded from the highest frequency down.
  const coded = [...coefficients].reverse();
  let trailingOnes = 0;
  while (trailingOnes < Math.min(3, coded.length) && Math.abs(coded[trailingOnes]!.level) === 1) trailingOnes++;
  const [token, tokenBits] = coeffTokens[coded.length]![trailingOnes]!;
  write.bits(token, tokenBits);
  for (let i = 0; i < trailingOnes; i++) write.bits(coded[i]!.level < 0 ? 1 : 0, 1);
  let suffixLength = 0;
  for (let i = trailingOnes; i < coded.length; i++) {
    const { level } = coded[i]!;
    let code = level > 0 ? 2 * level - 2 : -2 * level - 1;
    if (i === trailingOnes && trailingOnes < 3) code -= 2;
    writeLevelCode(write, code, suffixLength);
    if (suffixLength === 0) suffixLength = 1;
    if (Math.abs(level) > 3 << (suffixLength - 1)) suffixLength++;
  }
  if (coded.length === 0) return;
  let zerosLeft = coded[0]!.at + 1 - coded.length;
  const [zeros, zerosBits] = totalZeros[coded.length]![zerosLeft]!;
  write.bits(zeros, zerosBits);
  for (let i = 0; i + 1 < coded.length && zerosLeft > 0; i++) {
    const run = coded[i]!.at - coded[i + 1]!.at - 1;
    const [code, bits] = runBefore[zerosLeft]![run]!;
    write.bits(code, bits);
    zerosLeft -= run;
  }
}

type Code = readonly [code: number, bits: number];

/** By total coefficients and trailing ones, Table 9-5, 0 <= nC < 2. */
const coeffTokens: readonly (readonly Code[])[] = [
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
  [
    [0b000000111, 9],
    [0b00000110, 8],
    [0b0000101, 7],
    [0b00011, 5],
  ],
  [
    [0b0000000111, 10],
    [0b000000110, 9],
    [0b00000101, 8],
    [0b000011, 6],
  ],
];

/** By total coefficients and zeros, Table 9-7, as far as the horizontal frequencies need it. */
const totalZeros: readonly Readonly<Record<number, Code>>[] = [
  {},
  { 0: [0b1, 1], 1: [0b011, 3], 5: [0b00011, 5], 6: [0b00010, 5] },
  { 0: [0b111, 3], 4: [0b011, 3], 5: [0b0101, 4] },
  { 3: [0b101, 3], 4: [0b0100, 4] },
  { 3: [0b0100, 4] },
];

/** By zeros left and run, Table 9-10, as far as the horizontal frequencies need it. */
const runBefore: readonly Readonly<Record<number, Code>>[] = [
  {},
  {},
  {},
  { 0: [0b11, 2], 3: [0b00, 2] },
  { 0: [0b11, 2], 3: [0b001, 3], 4: [0b000, 3] },
  { 0: [0b11, 2], 4: [0b001, 3], 5: [0b000, 3] },
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
