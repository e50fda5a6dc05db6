const startCode = Buffer.from([0, 0, 1]);

/** Three or four bytes of Annex B, which a NAL unit in RTP should not begin with. */
export const beginsWithStartCode = (bytes: Buffer): boolean =>
  bytes[0] === 0 && bytes[1] === 0 && (bytes[2] === 1 || (bytes[2] === 0 && bytes[3] === 1));

/**
 * NAL units out of Annex B. Bytes without a start code are one NAL unit: within one there is none, its emulation
 * prevention sees to that (Rec. ITU-T H.264 section 7.4.1, H.265 section 7.4.2).
 */
export function splitAnnexB(bytes: Buffer): Buffer[] {
  let at = bytes.indexOf(startCode);
  if (at < 0) return [bytes];
  const nals: Buffer[] = [];
  let from = 0;
  while (at >= 0) {
    add(from, at);
    from = at + 3;
    at = bytes.indexOf(startCode, from);
  }
  add(from, bytes.length);
  return nals;

  function add(begin: number, limit: number): void {
    let end = limit;
    while (end > begin && bytes[end - 1] === 0) end--;
    if (end > begin) nals.push(bytes.subarray(begin, end));
  }
}
