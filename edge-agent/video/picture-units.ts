import type { TimedUnit } from './depacketiser.ts';

/** One codec's NAL units: keeps the parameter sets of a stream and makes access units. */
export interface PictureUnits {
  /** Parameter sets that came out of band (SDP, avcC, hvcC). */
  learn(nal: Buffer): void;
  /** One picture's NAL units; null when there is no picture in them or nothing yet to decode it with. */
  unit(nals: readonly Buffer[], ptsTicks: number): TimedUnit | null;
  /** Part of a coded picture. The NAL unit's header is enough to tell. */
  isSlice(nal: Buffer): boolean;
  /** The first part of its picture. The header and one byte are enough to tell. */
  beginsPicture(slice: Buffer): boolean;
  /** How a picture depends on those before it, by its first slice. */
  dependence(slice: Buffer): Dependence;
  /** Of a NAL unit's header. */
  headerBytes: number;
}

/**
 * `key`: nothing after it refers to what came before it. `open`: a key picture that may have `leading` pictures after
 * it, which do so (H.265 CRA and RASL). `cut`: the same, and its leading pictures are not there (BLA).
 */
export type Dependence = 'key' | 'open' | 'cut' | 'leading' | 'other';

/** Keeps a stream's parameter sets by kind and id. */
export interface ParameterSets<Kind extends string> {
  /** @returns whether it is new. */
  put(kind: Kind, id: number, nal: Buffer): boolean;
  get(kind: Kind, id: number): Buffer | undefined;
  /** In order of arrival, the one with this id first. */
  list(kind: Kind, firstId?: number | null): Buffer[];
}

export const maxParameterSetBytes = 4096;

/** @param limits how many of each kind are kept; more are not taken. */
export function createParameterSets<Kind extends string>(limits: Record<Kind, number>): ParameterSets<Kind> {
  const kept = new Map<Kind, Map<number, Buffer>>();
  const of = (kind: Kind) => {
    const sets = kept.get(kind) ?? new Map<number, Buffer>();
    kept.set(kind, sets);
    return sets;
  };
  return {
    put(kind, id, nal) {
      const sets = of(kind);
      if (nal.length > maxParameterSetBytes || (sets.size >= limits[kind] && !sets.has(id))) return false;
      if (sets.get(id)?.equals(nal)) return false;
      sets.set(id, Buffer.from(nal));
      return true;
    },
    get: (kind, id) => of(kind).get(id),
    list(kind, firstId = null) {
      const first = firstId === null ? undefined : of(kind).get(firstId);
      const all = [...of(kind).values()];
      return first ? [first, ...all.filter((nal) => nal !== first)] : all;
    },
  };
}
