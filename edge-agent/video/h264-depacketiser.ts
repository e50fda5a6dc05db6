import type { Depacketiser } from './depacketiser.ts';
import { createH264Units } from './h264-units.ts';
import { createPictureAssembler, type PayloadPart } from './picture-assembler.ts';
import { parameterSetsOf } from './sprop.ts';

const stapA = 24;
const fuA = 28;
/** One-byte NAL unit headers, made once: every packet of a fragmented picture has one. */
const headers = Array.from({ length: 256 }, (_, header) => Buffer.from([header]));

/**
 * RFC 6184 in the modes that cameras use: single NAL units, STAP-A and FU-A (packetization modes 0 and 1).
 * @param spropParameterSets the SDP's `sprop-parameter-sets`, if it has one.
 */
export function createH264Depacketiser(spropParameterSets: string | undefined): Depacketiser {
  const units = createH264Units();
  for (const set of parameterSetsOf(spropParameterSets)) units.learn(set);
  return createPictureAssembler({ units, read });
}

function read(payload: Buffer): PayloadPart | null {
  const type = payload[0]! & 0x1f;
  if (type >= 1 && type <= 23) return { kind: 'whole', nals: [payload] };
  if (type === stapA) {
    const nals = readSized(payload, 1);
    return nals && { kind: 'whole', nals };
  }
  const fragment = payload[1];
  if (type !== fuA || fragment === undefined) return null;
  return {
    kind: 'fragment',
    begins: (fragment & 0x80) !== 0,
    ends: (fragment & 0x40) !== 0,
    header: headers[(payload[0]! & 0xe0) | (fragment & 0x1f)]!,
    body: payload.subarray(2),
  };
}

/** NAL units behind sizes of two bytes each; null when one claims more than there is. */
function readSized(payload: Buffer, from: number): Buffer[] | null {
  const nals: Buffer[] = [];
  for (let at = from; at + 2 <= payload.length; ) {
    const end = at + 2 + payload.readUInt16BE(at);
    if (end > payload.length) return null;
    nals.push(payload.subarray(at + 2, end));
    at = end;
  }
  return nals;
}
