import type { Depacketiser, TimedUnit } from './depacketiser.ts';
import { beginsPicture, createH264Units, isSlice } from './h264-units.ts';

const stapA = 24;
const fuA = 28;
const maxUnitBytes = 8 * 1024 * 1024;
const maxUnitNals = 2048;

/**
 * RFC 6184 in the modes that cameras use: single NAL units, STAP-A and FU-A (packetization modes 0 and 1). After a loss
 * nothing comes out until the next IDR picture, for what refers to a missing picture decodes to rubbish.
 * @param spropParameterSets the SDP's `sprop-parameter-sets`, if it has one.
 */
export function createH264Depacketiser(spropParameterSets: string | undefined): Depacketiser {
  const units = createH264Units();
  for (const set of spropParameterSets?.split(',') ?? []) units.learn(Buffer.from(set, 'base64'));

  let nals: Buffer[] = [];
  let bytes = 0;
  let fragments: Buffer[] | null = null;
  let pts: number | null = null;
  let lastEmittedPts: number | null = null;
  // The rest of a picture that lost a part is not worth keeping.
  let damagedPts: number | null = null;
  let waitForKey = true;
  // Some cameras set the marker on every NAL unit; then only the next timestamp tells where a picture ends.
  let trustMarker = true;

  function lose(): void {
    waitForKey = true;
    damagedPts = pts;
    fragments = null;
    nals = [];
    bytes = 0;
  }

  function keep(nal: Buffer): void {
    if (nal.length > 0) nals.push(nal);
    if (nals.length > maxUnitNals) lose();
  }

  function flush(out: TimedUnit[]): void {
    if (fragments) lose();
    if (pts !== null && nals.length > 0) {
      const unit = units.unit(nals, pts);
      if (unit) {
        if (unit.keyFrame && beginsPicture(nals.find(isSlice))) waitForKey = false;
        if (!waitForKey) out.push(unit);
        lastEmittedPts = pts;
      } else if (nals.some(isSlice)) waitForKey = true;
    }
    nals = [];
    bytes = 0;
  }

  function take(payload: Buffer): void {
    const type = payload[0]! & 0x1f;
    bytes += payload.length;
    const understood =
      bytes <= maxUnitBytes &&
      (type === stapA ? takeAggregate(payload) : type === fuA ? takeFragment(payload) : takeSingle(payload, type));
    if (!understood) lose();
  }

  function takeSingle(payload: Buffer, type: number): boolean {
    if (fragments || type < 1 || type > 23) return false;
    keep(payload);
    return true;
  }

  function takeAggregate(payload: Buffer): boolean {
    for (let at = 1; at + 2 <= payload.length; ) {
      const end = at + 2 + payload.readUInt16BE(at);
      if (end > payload.length) return false;
      keep(payload.subarray(at + 2, end));
      at = end;
    }
    return true;
  }

  function takeFragment(payload: Buffer): boolean {
    const header = payload[1];
    if (header === undefined) return false;
    const begins = (header & 0x80) !== 0;
    if (begins === (fragments !== null)) return false;
    fragments ??= [Buffer.from([(payload[0]! & 0xe0) | (header & 0x1f)])];
    fragments.push(payload.subarray(2));
    if (header & 0x40) {
      const whole = Buffer.concat(fragments);
      fragments = null;
      keep(whole);
    }
    return true;
  }

  return {
    push({ payload, marker }, ptsTicks, lossBefore) {
      const out: TimedUnit[] = [];
      if (pts !== null && ptsTicks !== pts && !lossBefore) flush(out);
      if (lossBefore) lose();
      pts = ptsTicks;
      if (payload.length === 0 || ptsTicks === damagedPts) return out;
      if (trustMarker && ptsTicks === lastEmittedPts && nals.length === 0 && carriesSlice(payload)) {
        trustMarker = false;
        lose();
        return out;
      }
      take(payload);
      if (marker && trustMarker && nals.some(isSlice)) flush(out);
      return out;
    },
  };
}

function carriesSlice(payload: Buffer): boolean {
  const type = payload[0]! & 0x1f;
  const inner = type === fuA ? (payload[1] ?? 0) & 0x1f : type;
  return inner >= 1 && inner <= 5;
}
