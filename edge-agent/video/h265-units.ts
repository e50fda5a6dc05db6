import type { VideoParameters } from './access-unit.ts';
import {
  h265ParameterSetId,
  h265Parameters,
  h265PpsIdOfKeySlice,
  h265SpsIdOfPps,
  parseH265Sps,
} from './h265-parameters.ts';
import { createParameterSets, type Dependence, maxParameterSetBytes, type PictureUnits } from './picture-units.ts';

export const h265NalType = (nal: Buffer): number => ((nal[0] ?? 0) >> 1) & 0x3f;
const layerId = (nal: Buffer): number => (((nal[0] ?? 0) & 1) << 5) | ((nal[1] ?? 0) >> 3);

/** nal_unit_type, Rec. ITU-T H.265 table 7-1. */
const types = {
  raslN: 8,
  raslR: 9,
  firstBla: 16,
  lastBla: 18,
  cra: 21,
  lastIrap: 23,
  vps: 32,
  sps: 33,
  pps: 34,
  endOfSequence: 36,
  endOfBitstream: 37,
  prefixSei: 39,
  suffixSei: 40,
} as const;
const kinds: Record<number, 'vps' | 'sps' | 'pps'> = { [types.vps]: 'vps', [types.sps]: 'sps', [types.pps]: 'pps' };

/** Types from 10 to 15 and from 24 to 31 are reserved: nobody sends them. */
const isSlice = (nal: Buffer): boolean => {
  const type = h265NalType(nal);
  if (layerId(nal) > 0) return false;
  return type <= types.raslR || (type >= types.firstBla && type <= types.cra);
};
const isKey = (nal: Buffer): boolean => h265NalType(nal) >= types.firstBla && h265NalType(nal) <= types.lastIrap;

/** first_slice_segment_in_pic_flag. */
const beginsPicture = (slice: Buffer): boolean => ((slice[2] ?? 0) & 0x80) !== 0;

function dependence(slice: Buffer): Dependence {
  const type = h265NalType(slice);
  if (type === types.raslN || type === types.raslR) return 'leading';
  if (!isKey(slice)) return 'other';
  if (type === types.cra) return 'open';
  return type <= types.lastBla ? 'cut' : 'key';
}

/** Keeps a stream's parameter sets and makes access units of its NAL units. Of layered streams the base layer. */
export function createH265Units(): PictureUnits {
  const sets = createParameterSets({ vps: 16, sps: 16, pps: 64 });
  let parameters: VideoParameters | null = null;
  let activeSps: number | null = null;
  let changed = true;

  function learn(nal: Buffer): void {
    const kind = kinds[h265NalType(nal)];
    if (!kind || nal.length > maxParameterSetBytes || layerId(nal) > 0) return;
    const id = h265ParameterSetId(nal);
    if (id === null || (kind === 'sps' && !parseH265Sps(nal))) return;
    if (sets.put(kind, id, nal)) changed = true;
  }

  /** A camera may keep several sizes in parameter sets of different ids: the key picture tells which one holds. */
  function activate(slice: Buffer): void {
    const ppsId = h265PpsIdOfKeySlice(slice);
    const pps = ppsId === null ? undefined : sets.get('pps', ppsId);
    const id = pps ? h265SpsIdOfPps(pps) : null;
    if (id === null || id === activeSps || !sets.get('sps', id)) return;
    activeSps = id;
    changed = true;
  }

  return {
    headerBytes: 2,
    learn,
    isSlice,
    beginsPicture,
    dependence,
    unit(nals, ptsTicks) {
      const kept: Buffer[] = [];
      let keySlice: Buffer | null = null;
      let picture = false;
      for (const nal of nals) {
        if (layerId(nal) > 0) continue;
        const type = h265NalType(nal);
        if (type in kinds) learn(nal);
        else if (isSlice(nal)) {
          kept.push(nal);
          picture = true;
          if (isKey(nal) && beginsPicture(nal)) keySlice ??= nal;
        } else if (type >= types.endOfSequence && type <= types.suffixSei && type !== 38) kept.push(nal);
      }
      if (!picture) return null;
      if (keySlice) activate(keySlice);
      if (changed) {
        const [vps, sps, pps] = [sets.list('vps'), sets.list('sps', activeSps), sets.list('pps')];
        parameters = h265Parameters({ vps, sps, pps });
        changed = false;
      }
      return parameters && { ptsTicks, keyFrame: keySlice !== null, nals: kept, parameters };
    },
  };
}
