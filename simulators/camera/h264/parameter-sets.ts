import { createBitReader, createBitWriter } from './bits.ts';
import { nalFrom, rbspOf } from './nal.ts';

/** What slice headers need of a sequence parameter set (7.3.2.1.1). */
export interface SequenceParameters {
  profile: number;
  constraints: number;
  level: number;
  frameNumBits: number;
  widthMbs: number;
  heightMbs: number;
  /** Visible size in pixels. */
  width: number;
  height: number;
}

/** What slice headers need of a picture parameter set (7.3.2.2). */
export interface PictureParameters {
  initQp: number;
}

/**
 * Reads a Baseline sequence parameter set without picture order count (type 2), as x264 writes it without B-frames.
 * @throws Error on anything else: the stamp slice is written for exactly this kind of stream.
 */
export function parseSps(nal: Uint8Array): SequenceParameters {
  return readSps(nal).parameters;
}

function readSps(nal: Uint8Array) {
  const rbsp = rbspOf(nal);
  const read = createBitReader(rbsp);
  const profile = read.bits(8);
  const constraints = read.bits(8);
  const level = read.bits(8);
  if (profile !== 66) throw new Error(`profile ${profile} is not Baseline (66)`);
  read.ue();
  const frameNumBits = read.ue() + 4;
  if (read.ue() !== 2) throw new Error('pic_order_cnt_type is not 2: encode without B-frames');
  read.ue();
  read.bits(1);
  const widthMbs = read.ue() + 1;
  const heightAt = read.position();
  const heightMbs = read.ue() + 1;
  const afterHeight = read.position();
  if (read.bits(1) !== 1) throw new Error('interlaced stream');
  read.bits(1);
  const croppingAt = read.position();
  const crop = read.bits(1) ? [read.ue(), read.ue(), read.ue(), read.ue()] : [0, 0, 0, 0];
  const afterCropping = read.position();
  const [left, right, top, bottom] = crop as [number, number, number, number];
  const parameters: SequenceParameters = {
    profile,
    constraints,
    level,
    frameNumBits,
    widthMbs,
    heightMbs,
    width: widthMbs * 16 - 2 * (left + right),
    height: heightMbs * 16 - 2 * (top + bottom),
  };
  return { rbsp, length: read.length, heightAt, afterHeight, croppingAt, afterCropping, parameters };
}

/**
 * The same parameter set for a picture with one more macroblock row on top, of which `cropTopPx` lines stay hidden.
 * @throws Error when the stream is cropped already.
 */
export function addTopRow(nal: Uint8Array, cropTopPx: number): Uint8Array {
  const sps = readSps(nal);
  if (sps.afterCropping - sps.croppingAt !== 1) throw new Error('cropped already: encode whole macroblock rows');
  const source = createBitReader(sps.rbsp);
  const write = createBitWriter(nal.length + 8);
  const copyTo = (end: number) => {
    while (source.position() < end) write.bits(source.bits(1), 1);
  };
  copyTo(sps.heightAt);
  write.ue(sps.parameters.heightMbs);
  source.bits(sps.afterHeight - sps.heightAt);
  copyTo(sps.croppingAt);
  source.bits(1);
  write.bits(cropTopPx > 0 ? 1 : 0, 1);
  if (cropTopPx > 0) {
    write.ue(0);
    write.ue(0);
    write.ue(cropTopPx / 2);
    write.ue(0);
  }
  copyTo(sps.length);
  return nalFrom(nal[0]!, write.finish());
}

/** @throws Error when the stream is not CAVLC with deblocking control, which the stamp slice needs. */
export function parsePps(nal: Uint8Array): PictureParameters {
  const read = createBitReader(rbspOf(nal));
  read.ue();
  read.ue();
  if (read.bits(1) !== 0) throw new Error('CABAC stream: encode as Baseline');
  if (read.bits(1) !== 0) throw new Error('pic_order_present_flag is set');
  if (read.ue() !== 0) throw new Error('slice groups');
  read.ue();
  read.ue();
  if (read.bits(1) !== 0) throw new Error('weighted prediction');
  read.bits(2);
  const initQp = 26 + read.se();
  read.se();
  read.se();
  if (read.bits(1) !== 1) throw new Error('no deblocking filter control');
  if (read.bits(1) !== 0) throw new Error('constrained intra prediction');
  if (read.bits(1) !== 0) throw new Error('redundant pictures');
  return { initQp };
}
