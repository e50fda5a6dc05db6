export interface SenderReport {
  ssrc: number;
  /** The sender's wall clock, epoch ms. */
  ntpMs: number;
  /** The same moment on the RTP clock. */
  rtpTimestamp: number;
  /** Middle 32 bits of the NTP time, to be echoed in a receiver report. */
  middleNtp: number;
}

const secondsFrom1900To1970 = 2_208_988_800;

/** The sender report of a compound packet (RFC 3550 section 6.4.1), or null. */
export function parseSenderReport(bytes: Buffer): SenderReport | null {
  for (let at = 0; at + 4 <= bytes.length; ) {
    if (bytes[at]! >> 6 !== 2) return null;
    const end = at + 4 + 4 * bytes.readUInt16BE(at + 2);
    if (bytes[at + 1] === 200 && end - at >= 28 && end <= bytes.length) {
      const seconds = bytes.readUInt32BE(at + 8);
      const fraction = bytes.readUInt32BE(at + 12);
      // A camera without a clock sends zero (RFC 3550: "may set the NTP timestamp to zero").
      if (seconds === 0) return null;
      return {
        ssrc: bytes.readUInt32BE(at + 4),
        ntpMs: (seconds - secondsFrom1900To1970) * 1000 + (fraction * 1000) / 2 ** 32,
        rtpTimestamp: bytes.readUInt32BE(at + 16),
        middleNtp: (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0,
      };
    }
    at = end;
  }
  return null;
}

export interface ReceiverReportInput {
  ownSsrc: number;
  senderSsrc: number;
  /** Sequence number with its wraps counted in the upper 16 bits. */
  highestSequence: number;
  lostTotal: number;
  middleNtp: number;
  delaySinceSenderReportMs: number;
}

/** A receiver report with an SDES CNAME, as compound packets must have: servers end sessions that never report. */
export function writeReceiverReport(report: ReceiverReportInput): Buffer {
  const bytes = Buffer.alloc(32 + 16);
  bytes.writeUInt32BE(0x81c9_0007, 0);
  bytes.writeUInt32BE(report.ownSsrc >>> 0, 4);
  bytes.writeUInt32BE(report.senderSsrc >>> 0, 8);
  bytes.writeUIntBE(Math.min(report.lostTotal, 0x7f_ffff), 13, 3);
  bytes.writeUInt32BE(report.highestSequence >>> 0, 16);
  bytes.writeUInt32BE(report.middleNtp >>> 0, 24);
  bytes.writeUInt32BE(Math.min(Math.round((report.delaySinceSenderReportMs * 65_536) / 1000), 0xffff_ffff), 28);
  bytes.writeUInt32BE(0x81ca_0003, 32);
  bytes.writeUInt32BE(report.ownSsrc >>> 0, 36);
  bytes.writeUInt8(1, 40);
  bytes.writeUInt8(5, 41);
  bytes.write('kuzet', 42, 'latin1');
  return bytes;
}
