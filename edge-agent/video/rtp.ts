export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
}

/** RFC 3550 section 5.1; null for what is not RTP version 2 or contradicts its own lengths. */
export function parseRtp(bytes: Buffer): RtpPacket | null {
  if (bytes.length < 12 || bytes[0]! >> 6 !== 2) return null;
  const hasPadding = (bytes[0]! & 0x20) !== 0;
  const hasExtension = (bytes[0]! & 0x10) !== 0;
  let from = 12 + 4 * (bytes[0]! & 0x0f);
  if (hasExtension) {
    if (bytes.length < from + 4) return null;
    from += 4 + 4 * bytes.readUInt16BE(from + 2);
  }
  const to = bytes.length - (hasPadding ? bytes[bytes.length - 1]! : 0);
  if (from > to) return null;
  return {
    payloadType: bytes[1]! & 0x7f,
    marker: (bytes[1]! & 0x80) !== 0,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: bytes.subarray(from, to),
  };
}
