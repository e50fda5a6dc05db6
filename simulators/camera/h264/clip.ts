import { stampCellCount, stampLuma } from '@kuzet/contracts/frame-stamp.ts';
import { joinAnnexB, nalType, nalTypeOf, splitAnnexB } from './nal.ts';
import { addTopRow, type PictureParameters, parsePps, parseSps, type SequenceParameters } from './parameter-sets.ts';
import { moveSliceDown, type PictureIdentity, parseSliceIdentity, writeFlatSlice, writeRepeatSlice } from './slice.ts';

/** One picture of a clip: what identifies it to a decoder, and its drawn part (everything below the stamp's row). */
export interface ClipFrame {
  picture: PictureIdentity;
  slice: Uint8Array;
}

/** A looping clip in memory. Every frame sent is one stamp slice and `slice` of the frame. */
export interface Clip {
  name: string;
  fps: number;
  sps: Uint8Array;
  pps: Uint8Array;
  sequence: SequenceParameters;
  pictureParameters: PictureParameters;
  frames: readonly ClipFrame[];
}

const blackLuma = 16;

/**
 * Reads a clip as `npm run clips` writes it: each picture is the stamp's row in a slice of its own, then the rest.
 * @throws Error with the clip's name when the stream is of another kind, empty, or does not start with an IDR picture.
 */
export function parseClip(name: string, fps: number, stream: Uint8Array): Clip {
  try {
    const nals = splitAnnexB(stream);
    const sps = nals.find((nal) => nalTypeOf(nal) === nalType.sps);
    const pps = nals.find((nal) => nalTypeOf(nal) === nalType.pps);
    if (!sps || !pps) throw new Error('no parameter sets');
    const sequence = parseSps(sps);
    const frames: ClipFrame[] = [];
    for (const nal of nals.filter(isSlice)) {
      const { firstMb, ...picture } = parseSliceIdentity(nal, sequence);
      if (firstMb === 0) continue;
      if (firstMb !== sequence.widthMbs) throw new Error(`a slice starts at macroblock ${firstMb}`);
      frames.push({ picture, slice: nal });
    }
    if (!frames[0]?.picture.idr) throw new Error('does not start with an IDR picture');
    return { name, fps, sps, pps, sequence, pictureParameters: parsePps(pps), frames };
  } catch (cause) {
    throw new Error(`clip ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The slice that carries the stamp, for one frame of `clip`: the picture's top macroblock row. */
export function writeStampSlice(clip: Clip, frame: ClipFrame, cells: ArrayLike<number>): Uint8Array {
  return stampSlice(frame.picture, clip.sequence, clip.pictureParameters, cells);
}

/** A black picture (without the stamp's row) that can stand in for any frame of `clip`. */
export function writeBlackSlice(clip: Clip, frame: ClipFrame): Uint8Array {
  const { sequence, pictureParameters } = clip;
  return writeFlatSlice(frame.picture, sequence, pictureParameters, 1, sequence.heightMbs - 1, () => blackLuma);
}

/** A picture that shows what the one before it showed, stamp and all. For any frame of `clip` that is not IDR. */
export const writeRepeat = (clip: Clip, frame: ClipFrame): Uint8Array => writeRepeatSlice(frame.picture, clip.sequence);

/**
 * Makes an encoder's stream into a clip file: a macroblock row is added on top for the stamp, a blank one in the file.
 * @param cropTopPx lines of that row that stay hidden, so that the visible height is what was asked for.
 */
export function makeRoomForStamp(stream: Uint8Array, cropTopPx: number): Uint8Array {
  const nals = splitAnnexB(stream);
  const encodedSps = nals.find((nal) => nalTypeOf(nal) === nalType.sps);
  const pps = nals.find((nal) => nalTypeOf(nal) === nalType.pps);
  if (!encodedSps || !pps) throw new Error('the encoder wrote no parameter sets');
  const sequence = parseSps(encodedSps);
  const pictureParameters = parsePps(pps);
  const blank = new Uint8Array(stampCellCount);
  const out: Uint8Array[] = [];
  for (const nal of nals) {
    if (nalTypeOf(nal) === nalType.sps) out.push(addTopRow(nal, cropTopPx));
    else if (nalTypeOf(nal) === nalType.pps) out.push(nal);
    else if (isSlice(nal)) {
      const picture = parseSliceIdentity(nal, sequence);
      if (picture.firstMb !== 0) throw new Error('the encoder wrote more than one slice a picture');
      out.push(stampSlice(picture, sequence, pictureParameters, blank), moveSliceDown(nal, sequence));
    }
  }
  return joinAnnexB(out);
}

const isSlice = (nal: Uint8Array) => nalTypeOf(nal) === nalType.slice || nalTypeOf(nal) === nalType.idrSlice;

function stampSlice(
  picture: PictureIdentity,
  sequence: SequenceParameters,
  pictureParameters: PictureParameters,
  cells: ArrayLike<number>,
): Uint8Array {
  const column = (sequence.widthMbs * 2) % stampCellCount === 0 ? 'half' : 'quarter';
  const columns = sequence.widthMbs * (column === 'half' ? 2 : 4);
  if (columns % stampCellCount !== 0)
    throw new Error(`a width of ${sequence.widthMbs} macroblocks does not fit the stamp`);
  const lumaAt = (at: number) =>
    cells[Math.floor((at * stampCellCount) / columns)] ? stampLuma.light : stampLuma.dark;
  return writeFlatSlice(picture, sequence, pictureParameters, 0, 1, lumaAt, column);
}
