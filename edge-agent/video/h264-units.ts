import type { VideoParameters } from './access-unit.ts';
import type { TimedUnit } from './depacketiser.ts';
import { h264Parameters, parameterSetId, parseSps } from './h264-parameters.ts';

export interface H264Units {
  /** Parameter sets that came out of band (SDP, avcC). */
  learn(nal: Buffer): void;
  /** One picture's NAL units; null when there is no picture in them or nothing yet to decode it with. */
  unit(nals: readonly Buffer[], ptsTicks: number): TimedUnit | null;
}

export const nalType = (nal: Buffer): number => (nal[0] ?? 0) & 0x1f;
export const isSlice = (nal: Buffer): boolean => nalType(nal) >= 1 && nalType(nal) <= 5;

/** first_mb_in_slice is 0, which Exp-Golomb writes as a single 1 bit. */
export const beginsPicture = (slice: Buffer | undefined): boolean =>
  slice !== undefined && ((slice[1] ?? 0) & 0x80) !== 0;

const maxParameterSetBytes = 4096;
const maxParameterSets = 31;

/** Keeps a stream's parameter sets and makes access units of its NAL units. */
export function createH264Units(): H264Units {
  const sets = { sps: new Map<number, Buffer>(), pps: new Map<number, Buffer>() };
  let parameters: VideoParameters | null = null;
  let changed = true;

  function learn(nal: Buffer): void {
    const type = nalType(nal);
    if ((type !== 7 && type !== 8) || nal.length < 2 || nal.length > maxParameterSetBytes) return;
    const id = parameterSetId(nal);
    if (id === null || (type === 7 && !parseSps(nal))) return;
    const kind = type === 7 ? sets.sps : sets.pps;
    if (kind.get(id)?.equals(nal) || (kind.size >= maxParameterSets && !kind.has(id))) return;
    kind.set(id, Buffer.from(nal));
    changed = true;
  }

  return {
    learn,
    unit(nals, ptsTicks) {
      const kept: Buffer[] = [];
      let keyFrame = false;
      let picture = false;
      for (const nal of nals) {
        const type = nalType(nal);
        if (type === 7 || type === 8) learn(nal);
        // Delimiters and filler only cost bytes in MP4; SEI stays, it may carry the camera's own stamp.
        else if (type === 6 || isSlice(nal)) kept.push(nal);
        picture ||= isSlice(nal);
        keyFrame ||= type === 5;
      }
      if (!picture) return null;
      if (changed) {
        parameters = h264Parameters([...sets.sps.values()], [...sets.pps.values()]);
        changed = false;
      }
      return parameters && { ptsTicks, keyFrame, nals: kept, parameters };
    },
  };
}
