import { beginsWithStartCode, splitAnnexB } from './annex-b.ts';
import type { Depacketiser, TimedUnit } from './depacketiser.ts';
import { createPictureMemory } from './picture-memory.ts';
import type { PictureUnits } from './picture-units.ts';
import { createStartGate } from './start-gate.ts';

/** What one RTP payload holds. */
export type PayloadPart =
  | { kind: 'whole'; nals: readonly Buffer[] }
  /** `header` is that of the NAL unit which the fragments make up. */
  | { kind: 'fragment'; begins: boolean; ends: boolean; header: Buffer; body: Buffer };

export interface PayloadFormat {
  units: PictureUnits;
  /** Null for what the format does not know or what contradicts its own lengths. The payload is not empty. */
  read(payload: Buffer): PayloadPart | null;
}

const maxUnitBytes = 8 * 1024 * 1024;
const maxUnitNals = 2_048;
const maxFragments = 16_384;

/**
 * Puts RTP payloads together to pictures. After a loss nothing comes out until the next key picture, for what refers to
 * a missing picture decodes to rubbish. Annex B start codes, which some cameras leave in, are taken out.
 */
export function createPictureAssembler({ units, read }: PayloadFormat): Depacketiser {
  const gate = createStartGate(units);
  const memory = createPictureMemory();
  let nals: Buffer[] = [];
  let bytes = 0;
  /** So many pieces of a NAL unit that is not whole; 0 when there is none. */
  let fragments = 0;
  let pts: number | null = null;
  let lastEmittedPts: number | null = null;
  // The rest of a picture that lost a part is not worth keeping.
  let damagedPts: number | null = null;
  let heard = { bytes: 0, sliceBytes: 0, packets: 0 };
  // Some cameras set the marker on every NAL unit; then only the next timestamp tells where a picture ends.
  let trustMarker = true;

  function lose(): void {
    gate.lose();
    damagedPts = pts;
    fragments = 0;
    nals = [];
    bytes = 0;
  }

  /** @param whole in our memory. */
  function keep(whole: Buffer): boolean {
    for (const nal of splitAnnexB(whole)) if (nal.length > units.headerBytes) nals.push(nal);
    return nals.length <= maxUnitNals;
  }

  function flush(out: TimedUnit[]): void {
    if (fragments > 0) lose();
    if (pts !== null && nals.length > 0) {
      const unit = units.unit(nals, pts);
      if (unit) {
        if (gate.passes(unit)) {
          out.push(unit);
          heard = { bytes: 0, sliceBytes: 0, packets: 0 };
        }
        lastEmittedPts = pts;
      } else if (nals.some(units.isSlice)) gate.lose();
    }
    nals = [];
    bytes = 0;
  }

  function take(part: PayloadPart): boolean {
    if (part.kind === 'whole') return fragments === 0 && part.nals.every((nal) => keep(memory.copy(nal)));
    const { begins, ends, header, body } = part;
    if (begins === fragments > 0) return false;
    if (begins) memory.begin(header);
    memory.append(body);
    if (++fragments > maxFragments) return false;
    if (!ends) return true;
    fragments = 0;
    return keep(memory.end());
  }

  const carriesSlice = (part: PayloadPart): boolean =>
    part.kind === 'whole' ? part.nals.some(units.isSlice) : units.isSlice(part.header);

  function opensPicture(part: PayloadPart): boolean {
    if (part.kind === 'fragment') {
      const start = part.begins && units.isSlice(part.header);
      return start && units.beginsPicture(Buffer.concat([part.header, part.body.subarray(0, 1)]));
    }
    const slice = part.nals.find(units.isSlice);
    return slice !== undefined && units.beginsPicture(slice);
  }

  function add(part: PayloadPart | null, size: number): void {
    bytes += size;
    if (bytes > maxUnitBytes || part === null || !take(part)) lose();
  }

  return {
    heard: () => heard,
    heldBytes: () => bytes,
    push({ payload, marker }, ptsTicks, lossBefore) {
      const out: TimedUnit[] = [];
      if (nals.length === 0 && fragments === 0) memory.reset();
      if (pts !== null && ptsTicks !== pts && !lossBefore) flush(out);
      if (lossBefore) lose();
      pts = ptsTicks;
      if (payload.length === 0) return out;
      const part: PayloadPart | null = beginsWithStartCode(payload)
        ? { kind: 'whole', nals: splitAnnexB(payload) }
        : read(payload);
      heard.packets++;
      heard.bytes += payload.length;
      if (part && carriesSlice(part)) heard.sliceBytes += payload.length;
      const sameTime = ptsTicks === lastEmittedPts && fragments === 0 && part !== null;
      // A camera whose time stands still gives every picture the same one: there the next picture begins.
      if (sameTime && opensPicture(part)) damagedPts = null;
      else if (ptsTicks === damagedPts) return out;
      else if (sameTime && trustMarker && nals.length === 0 && carriesSlice(part)) {
        trustMarker = false;
        lose();
        return out;
      }
      add(part, payload.length);
      if (marker && trustMarker && nals.some(units.isSlice)) flush(out);
      return out;
    },
  };
}
