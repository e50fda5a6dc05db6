import type { VideoParameters } from './access-unit.ts';
import { type BitReader, readBits, withoutEscapes } from './bit-reader.ts';

export interface H265Sps {
  id: number;
  /** general_profile_space to general_level_idc as they stand in the SPS: 12 bytes. */
  profileTierLevel: Buffer;
  temporalLayers: number;
  temporalIdNesting: boolean;
  chromaFormat: number;
  bitDepthLuma: number;
  bitDepthChroma: number;
  /** Within the conformance window. */
  width: number;
  height: number;
}

const maxSidePx = 16_384;
const maxSpsId = 15;
const maxPpsId = 63;

/** Rec. ITU-T H.265 section 7.3.2.2.1, as far as the bit depths; null for what is not a sensible SPS. */
export function parseH265Sps(nal: Buffer): H265Sps | null {
  if (nal.length < 15 || nalTypeOf(nal) !== 33) return null;
  const profileTierLevel = withoutEscapes(nal.subarray(2, 32)).subarray(1, 13);
  if (profileTierLevel.length < 12) return null;
  return readBits(nal.subarray(2), (bits) => {
    bits.skip(4);
    const subLayers = bits.read(3);
    const temporalIdNesting = bits.read(1) === 1;
    if (subLayers > 6) return null;
    bits.skip(96);
    skipSubLayers(bits, subLayers);
    const id = bits.ue();
    const chromaFormat = bits.ue();
    if (id > maxSpsId || chromaFormat > 3) return null;
    const separatePlanes = chromaFormat === 3 && bits.read(1) === 1;
    let width = bits.ue();
    let height = bits.ue();
    if (bits.read(1) === 1) {
      const unitX = !separatePlanes && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1;
      const unitY = !separatePlanes && chromaFormat === 1 ? 2 : 1;
      width -= unitX * (bits.ue() + bits.ue());
      height -= unitY * (bits.ue() + bits.ue());
    }
    const bitDepthLuma = 8 + bits.ue();
    const bitDepthChroma = 8 + bits.ue();
    if (width <= 0 || height <= 0 || width > maxSidePx || height > maxSidePx) return null;
    if (bitDepthLuma > 15 || bitDepthChroma > 15) return null;
    return {
      id,
      profileTierLevel,
      temporalLayers: subLayers + 1,
      temporalIdNesting,
      chromaFormat,
      bitDepthLuma,
      bitDepthChroma,
      width,
      height,
    };
  });
}

/** sub_layer_… of profile_tier_level(), section 7.3.3. */
function skipSubLayers(bits: BitReader, subLayers: number): void {
  const present = Array.from({ length: subLayers }, () => ({ profile: bits.read(1), level: bits.read(1) }));
  if (subLayers > 0) bits.skip(2 * (8 - subLayers));
  for (const { profile, level } of present) bits.skip(88 * profile + 8 * level);
}

/** The id by which others refer to a VPS, SPS or PPS; null when it cannot be read. */
export function h265ParameterSetId(nal: Buffer): number | null {
  const type = nalTypeOf(nal);
  if (type === 32) return nal.length > 2 ? nal[2]! >> 4 : null;
  if (type === 33) return parseH265Sps(nal)?.id ?? null;
  const id = type === 34 ? readBits(nal.subarray(2, 24), (bits) => bits.ue()) : null;
  return id !== null && id <= maxPpsId ? id : null;
}

/** pps_seq_parameter_set_id; null when it cannot be read. */
export const h265SpsIdOfPps = (pps: Buffer): number | null =>
  readBits(pps.subarray(2, 24), (bits) => {
    bits.ue();
    return bits.ue();
  });

/** slice_pic_parameter_set_id of the first slice segment of an IRAP picture; null when it cannot be read. */
export const h265PpsIdOfKeySlice = (slice: Buffer): number | null =>
  readBits(slice.subarray(2, 16), (bits) => {
    bits.skip(2);
    return bits.ue();
  });

/** Parameter sets of a stream; of the SPS the first is the one that holds. */
export interface H265Sets {
  vps: readonly Buffer[];
  sps: readonly Buffer[];
  pps: readonly Buffer[];
}

/** Everything a decoder needs to begin; null while the parameter sets make no picture. */
export function h265Parameters(sets: H265Sets): VideoParameters | null {
  const [firstSps] = sets.sps;
  const sps = firstSps ? parseH265Sps(firstSps) : null;
  if (!sps || sets.vps.length === 0 || sets.pps.length === 0) return null;
  return {
    codec: 'h265',
    codecString: h265CodecString(sps.profileTierLevel),
    width: sps.width,
    height: sps.height,
    sampleEntryType: 'hvc1',
    configurationType: 'hvcC',
    configuration: decoderConfiguration(sps, sets),
  };
}

/** ISO/IEC 14496-15 Annex E.3: profile, compatibility flags in reverse order, tier and level, constraint bytes. */
function h265CodecString(profileTierLevel: Buffer): string {
  const [first = 0] = profileTierLevel;
  const space = ['', 'A', 'B', 'C'][first >> 6]!;
  const tier = first & 0x20 ? 'H' : 'L';
  let compatibility = 0;
  const flags = profileTierLevel.readUInt32BE(1);
  for (let bit = 0; bit < 32; bit++) if ((flags >>> bit) & 1) compatibility += 2 ** (31 - bit);
  const constraints = [...profileTierLevel.subarray(5, 11)];
  while (constraints.at(-1) === 0) constraints.pop();
  const hex = (n: number) => n.toString(16).toUpperCase();
  const parts = [`hvc1.${space}${first & 0x1f}`, hex(compatibility), `${tier}${profileTierLevel[11]}`];
  return [...parts, ...constraints.map(hex)].join('.');
}

/** HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 8.3.3.1, with four-byte lengths. */
function decoderConfiguration(sps: H265Sps, sets: H265Sets): Buffer {
  const arrays = [
    { type: 32, nals: sets.vps },
    { type: 33, nals: sets.sps },
    { type: 34, nals: sets.pps },
  ];
  return Buffer.concat([
    Buffer.from([1]),
    sps.profileTierLevel,
    // No word on spatial segments (0) nor on parallel decoding (0: mixed or not known).
    Buffer.from([0xf0, 0, 0xfc, 0xfc | sps.chromaFormat]),
    Buffer.from([0xf8 | (sps.bitDepthLuma - 8), 0xf8 | (sps.bitDepthChroma - 8), 0, 0]),
    Buffer.from([(sps.temporalLayers << 3) | (sps.temporalIdNesting ? 4 : 0) | 3, arrays.length]),
    // hvc1 wants every parameter set here: array_completeness is set.
    ...arrays.flatMap(({ type, nals }) => [
      Buffer.from([0x80 | type, nals.length >> 8, nals.length & 0xff]),
      ...nals.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 0xff]), nal]),
    ]),
  ]);
}

const nalTypeOf = (nal: Buffer): number => ((nal[0] ?? 0) >> 1) & 0x3f;
