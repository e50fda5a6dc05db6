import type { VideoParameters } from './access-unit.ts';
import { type BitReader, readBits } from './bit-reader.ts';

interface Sps {
  profile: number;
  compatibility: number;
  level: number;
  width: number;
  height: number;
  chromaFormat: number;
  bitDepthLuma: number;
  bitDepthChroma: number;
}

const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const maxSidePx = 16_384;

/** Rec. ITU-T H.264 section 7.3.2.1.1, as far as the picture's size; null for what is not a sensible SPS. */
export function parseSps(nal: Buffer): Sps | null {
  if (nal.length < 5 || (nal[0]! & 0x1f) !== 7) return null;
  return readBits(nal.subarray(1), (bits) => {
    const profile = bits.read(8);
    const compatibility = bits.read(8);
    const level = bits.read(8);
    bits.ue();
    let chromaFormat = 1;
    let separatePlanes = false;
    let bitDepthLuma = 8;
    let bitDepthChroma = 8;
    if (highProfiles.has(profile)) {
      chromaFormat = bits.ue();
      if (chromaFormat > 3) return null;
      if (chromaFormat === 3) separatePlanes = bits.read(1) === 1;
      bitDepthLuma = 8 + bits.ue();
      bitDepthChroma = 8 + bits.ue();
      if (bitDepthLuma > 14 || bitDepthChroma > 14) return null;
      bits.read(1);
      const lists = bits.read(1) === 0 ? 0 : chromaFormat === 3 ? 12 : 8;
      for (let i = 0; i < lists; i++) {
        if (bits.read(1) === 1) skipScalingList(bits, i < 6 ? 16 : 64);
      }
    }
    bits.ue();
    const orderType = bits.ue();
    if (orderType === 0) bits.ue();
    else if (orderType === 1) {
      bits.read(1);
      bits.ue();
      bits.ue();
      const cycle = bits.ue();
      if (cycle > 255) return null;
      for (let i = 0; i < cycle; i++) bits.ue();
    }
    bits.ue();
    bits.read(1);
    const widthInMbs = bits.ue() + 1;
    const heightInMapUnits = bits.ue() + 1;
    const frameMbsOnly = bits.read(1);
    if (!frameMbsOnly) bits.read(1);
    bits.read(1);
    let width = widthInMbs * 16;
    let height = heightInMapUnits * 16 * (2 - frameMbsOnly);
    if (bits.read(1)) {
      const arrayType = separatePlanes ? 0 : chromaFormat;
      const unitX = arrayType === 1 || arrayType === 2 ? 2 : 1;
      const unitY = (arrayType === 1 ? 2 : 1) * (2 - frameMbsOnly);
      width -= unitX * (bits.ue() + bits.ue());
      height -= unitY * (bits.ue() + bits.ue());
    }
    if (width <= 0 || height <= 0 || width > maxSidePx || height > maxSidePx) return null;
    return { profile, compatibility, level, width, height, chromaFormat, bitDepthLuma, bitDepthChroma };
  });
}

/** Everything a decoder needs to begin, from the parameter sets a stream has shown; null while they make no picture. */
export function h264Parameters(spsList: readonly Buffer[], ppsList: readonly Buffer[]): VideoParameters | null {
  const [firstSps] = spsList;
  const sps = firstSps ? parseSps(firstSps) : null;
  if (!firstSps || !sps || ppsList.length === 0) return null;
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  return {
    codec: 'h264',
    codecString: `avc1.${hex(sps.profile)}${hex(sps.compatibility)}${hex(sps.level)}`,
    width: sps.width,
    height: sps.height,
    sampleEntryType: 'avc1',
    configurationType: 'avcC',
    configuration: decoderConfiguration(sps, spsList, ppsList),
  };
}

/** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3.1, with four-byte lengths. */
function decoderConfiguration(sps: Sps, spsList: readonly Buffer[], ppsList: readonly Buffer[]): Buffer {
  const sized = (nal: Buffer) => [Buffer.from([nal.length >> 8, nal.length & 0xff]), nal];
  const parts = [
    Buffer.from([1, sps.profile, sps.compatibility, sps.level, 0xff, 0xe0 | spsList.length]),
    ...spsList.flatMap(sized),
    Buffer.from([ppsList.length]),
    ...ppsList.flatMap(sized),
  ];
  if ([100, 110, 122, 144, 244].includes(sps.profile)) {
    parts.push(
      Buffer.from([0xfc | sps.chromaFormat, 0xf8 | (sps.bitDepthLuma - 8), 0xf8 | (sps.bitDepthChroma - 8), 0]),
    );
  }
  return Buffer.concat(parts);
}

/** The id by which slices and PPS refer to a parameter set; null when it cannot be read. */
export function parameterSetId(nal: Buffer): number | null {
  const isSps = (nal[0]! & 0x1f) === 7;
  const id = readBits(nal.subarray(isSps ? 4 : 1, 24), (bits) => bits.ue());
  return id !== null && id <= (isSps ? 31 : 255) ? id : null;
}

/** seq_parameter_set_id of a PPS; null when it cannot be read. */
export const spsIdOfPps = (pps: Buffer): number | null =>
  readBits(pps.subarray(1, 24), (bits) => {
    bits.ue();
    return bits.ue();
  });

/** pic_parameter_set_id of a slice; null when it cannot be read. */
export const ppsIdOfSlice = (slice: Buffer): number | null =>
  readBits(slice.subarray(1, 24), (bits) => {
    bits.ue();
    bits.ue();
    return bits.ue();
  });

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i++) {
    if (next !== 0) {
      const code = bits.ue();
      const delta = code % 2 ? (code + 1) / 2 : -code / 2;
      next = (last + delta + 256) % 256;
    }
    last = next === 0 ? last : next;
  }
}
