import type { Depacketiser } from './depacketiser.ts';
import { createH265Units } from './h265-units.ts';
import { createPictureAssembler, type PayloadPart } from './picture-assembler.ts';
import { parameterSetsOf } from './sprop.ts';

const aggregation = 48;
const fragmentation = 49;
const donlBytes = 2;
const dondBytes = 1;

/**
 * RFC 7798: single NAL units, aggregation packets and fragmentation units, with decoding order numbers where
 * `sprop-max-don-diff` is above 0. Those are read over: NAL units are taken in the order in which they were sent, as
 * every camera sends them. PACI packets are not known.
 * @param fmtp the SDP's parameters of the payload type, if it has any.
 */
export function createH265Depacketiser(fmtp: ReadonlyMap<string, string> | undefined): Depacketiser {
  const units = createH265Units();
  for (const name of ['sprop-vps', 'sprop-sps', 'sprop-pps']) {
    for (const set of parameterSetsOf(fmtp?.get(name))) units.learn(set);
  }
  const withDon = Number(fmtp?.get('sprop-max-don-diff') ?? 0) > 0;
  return createPictureAssembler({ units, read: (payload) => read(payload, withDon) });
}

function read(payload: Buffer, withDon: boolean): PayloadPart | null {
  if (payload.length < 3) return null;
  const type = (payload[0]! >> 1) & 0x3f;
  const donl = withDon ? donlBytes : 0;
  if (type < aggregation) {
    if (!withDon) return { kind: 'whole', nals: [payload] };
    if (payload.length < 2 + donl) return null;
    return { kind: 'whole', nals: [Buffer.concat([payload.subarray(0, 2), payload.subarray(2 + donl)])] };
  }
  if (type === aggregation) {
    const nals = readAggregate(payload, withDon);
    return nals && { kind: 'whole', nals };
  }
  if (type !== fragmentation) return null;
  const fragment = payload[2]!;
  const begins = (fragment & 0x80) !== 0;
  return {
    kind: 'fragment',
    begins,
    ends: (fragment & 0x40) !== 0,
    header: Buffer.from([(payload[0]! & 0x81) | ((fragment & 0x3f) << 1), payload[1]!]),
    body: payload.subarray(3 + (begins ? donl : 0)),
  };
}

/** Section 4.4.2: a DONL before the first size, a DOND before each further one. Null when one claims more than there is. */
function readAggregate(payload: Buffer, withDon: boolean): Buffer[] | null {
  const nals: Buffer[] = [];
  let at = 2 + (withDon ? donlBytes : 0);
  while (at + 2 <= payload.length) {
    const end = at + 2 + payload.readUInt16BE(at);
    if (end > payload.length) return null;
    nals.push(payload.subarray(at + 2, end));
    at = end + (withDon ? dondBytes : 0);
  }
  return nals;
}
