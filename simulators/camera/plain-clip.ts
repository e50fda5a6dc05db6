import { nalType, nalTypeOf, splitAnnexB } from './h264/nal.ts';

/** One picture of a plain clip, in decoding order. */
export interface PlainFrame {
  nals: readonly Uint8Array[];
  idr: boolean;
  /** Place in the clip's order of display. */
  display: number;
}

/** A looping clip that is sent as it was encoded, without a stamp: H.265, or H.264 with B pictures. */
export interface PlainClip {
  name: string;
  codec: 'h264' | 'h265';
  fps: number;
  width: number;
  height: number;
  /** VPS (H.265 only), SPS and PPS, in this order. */
  parameterSets: readonly Uint8Array[];
  frames: readonly PlainFrame[];
}

/** NAL unit types of H.265 (Table 7-1). */
const h265Type = { idrWithRadl: 19, idrNoLeading: 20, lastSlice: 31, vps: 32, sps: 33, pps: 34 } as const;
export const h265TypeOf = (nal: Uint8Array): number => (nal[0]! >> 1) & 0x3f;

/**
 * @param about `order`: place in the order of display for each picture; without it decoding order is display order.
 * @throws Error when the stream has no parameter sets, does not start with an IDR picture, or has another number of
 *   pictures than `order`.
 */
export function parsePlainClip(
  about: Pick<PlainClip, 'name' | 'codec' | 'fps' | 'width' | 'height'> & { order?: readonly number[] },
  stream: Uint8Array,
): PlainClip {
  const { order, ...rest } = about;
  const kindOf = about.codec === 'h265' ? h265Kind : h264Kind;
  const parameterSets = new Map<number, Uint8Array>();
  const frames: { nals: Uint8Array[]; idr: boolean; display: number }[] = [];
  for (const nal of splitAnnexB(stream)) {
    const kind = kindOf(nal);
    if (kind === 'other') continue;
    if (typeof kind === 'number') {
      if (!parameterSets.has(kind)) parameterSets.set(kind, nal);
    } else if (kind.first) {
      frames.push({ nals: [nal], idr: kind.idr, display: order?.[frames.length] ?? frames.length });
    } else frames.at(-1)?.nals.push(nal);
  }
  const wantedSets = about.codec === 'h265' ? 3 : 2;
  if (parameterSets.size !== wantedSets) throw new Error(`clip ${about.name}: no parameter sets`);
  if (!frames[0]?.idr) throw new Error(`clip ${about.name}: does not start with an IDR picture`);
  if (order && order.length !== frames.length) throw new Error(`clip ${about.name}: ${frames.length} pictures`);
  return { ...rest, parameterSets: [...parameterSets].sort(([a], [b]) => a - b).map(([, nal]) => nal), frames };
}

/** A parameter set's type, a slice, or neither. */
type Kind = number | { first: boolean; idr: boolean } | 'other';

function h264Kind(nal: Uint8Array): Kind {
  const type = nalTypeOf(nal);
  if (type === nalType.sps || type === nalType.pps) return type;
  // first_mb_in_slice 0 is one set bit.
  if (type === nalType.slice || type === nalType.idrSlice)
    return { first: (nal[1]! & 0x80) !== 0, idr: type === nalType.idrSlice };
  return 'other';
}

function h265Kind(nal: Uint8Array): Kind {
  const type = h265TypeOf(nal);
  if (type >= h265Type.vps && type <= h265Type.pps) return type;
  if (type > h265Type.lastSlice) return 'other';
  return { first: (nal[2]! & 0x80) !== 0, idr: type === h265Type.idrWithRadl || type === h265Type.idrNoLeading };
}
