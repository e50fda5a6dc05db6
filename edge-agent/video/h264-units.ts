import type { VideoParameters } from './access-unit.ts';
import { h264Parameters, parameterSetId, parseSps, ppsIdOfSlice, spsIdOfPps } from './h264-parameters.ts';
import { createParameterSets, maxParameterSetBytes, type PictureUnits } from './picture-units.ts';

export const nalType = (nal: Buffer): number => (nal[0] ?? 0) & 0x1f;
/** Types 2 to 4 are data partitions, which no camera sends: what looks like them is another codec's. */
export const isSlice = (nal: Buffer): boolean => nalType(nal) === 1 || nalType(nal) === 5;

/** first_mb_in_slice is 0, which Exp-Golomb writes as a single 1 bit. */
export const beginsPicture = (slice: Buffer | undefined): boolean =>
  slice !== undefined && ((slice[1] ?? 0) & 0x80) !== 0;

/** avcC counts its SPS in five bits. */
const maxSets = 31;

/** Keeps a stream's parameter sets and makes access units of its NAL units. */
export function createH264Units(): PictureUnits {
  const sets = createParameterSets({ sps: maxSets, pps: maxSets });
  let parameters: VideoParameters | null = null;
  let activeSps: number | null = null;
  let changed = true;

  function learn(nal: Buffer): void {
    const type = nalType(nal);
    if ((type !== 7 && type !== 8) || nal.length < 2 || nal.length > maxParameterSetBytes) return;
    const id = parameterSetId(nal);
    if (id === null || (type === 7 && !parseSps(nal))) return;
    if (sets.put(type === 7 ? 'sps' : 'pps', id, nal)) changed = true;
  }

  /** A camera may keep several sizes in parameter sets of different ids: the key picture tells which one holds. */
  function activate(slice: Buffer): void {
    const ppsId = ppsIdOfSlice(slice);
    const pps = ppsId === null ? undefined : sets.get('pps', ppsId);
    const id = pps ? spsIdOfPps(pps) : null;
    if (id === null || id === activeSps || !sets.get('sps', id)) return;
    activeSps = id;
    changed = true;
  }

  return {
    headerBytes: 1,
    learn,
    isSlice,
    beginsPicture,
    dependence: (slice) => (nalType(slice) === 5 ? 'key' : 'other'),
    unit(nals, ptsTicks) {
      const kept: Buffer[] = [];
      let keySlice: Buffer | null = null;
      let picture = false;
      for (const nal of nals) {
        const type = nalType(nal);
        if (type === 7 || type === 8) learn(nal);
        // Delimiters and filler only cost bytes in MP4; SEI stays, it may carry the camera's own stamp.
        else if (type === 6 || isSlice(nal)) kept.push(nal);
        picture ||= isSlice(nal);
        if (type === 5) keySlice ??= nal;
      }
      if (!picture) return null;
      if (keySlice) activate(keySlice);
      if (changed) {
        parameters = h264Parameters(sets.list('sps', activeSps), sets.list('pps'));
        changed = false;
      }
      return parameters && { ptsTicks, keyFrame: keySlice !== null, nals: kept, parameters };
    },
  };
}
