/** 90 kHz, as RFC 6184 wants for H.264. */
export const rtpClockHz = 90_000;
export const rtpPayloadType = 96;
/** Keeps a packet with IP and UDP headers under 1500 bytes, on IPv6 and in a tunnel too. */
const maxPayloadBytes = 1_400;
const headerBytes = 12;

/** The RTP timestamp of a moment; wraps at 32 bits. */
export const rtpTimeOf = (epochMs: number, baseMs: number, offset: number): number =>
  (offset + Math.round(((epochMs - baseMs) * rtpClockHz) / 1000)) >>> 0;

/**
 * Turns NAL units into RTP packets: single NAL unit packets, and FU-A (RFC 6184, packetization mode 1) or the
 * fragmentation units of H.265 (RFC 7798, 4.4.3, without DONL).
 */
export interface RtpPacketizer {
  readonly ssrc: number;
  /** Sequence number of the packet that comes next. */
  nextSequence(): number;
  packetize(nals: readonly Uint8Array[], rtpTime: number, codec?: 'h264' | 'h265'): Buffer[];
}

export function createRtpPacketizer(random: () => number = Math.random): RtpPacketizer {
  const ssrc = Math.floor(random() * 2 ** 32);
  let sequence = Math.floor(random() * 2 ** 16);

  function packet(payloadBytes: number, rtpTime: number, marker: boolean): Buffer {
    const buffer = Buffer.allocUnsafe(headerBytes + payloadBytes);
    buffer[0] = 0x80;
    buffer[1] = (marker ? 0x80 : 0) | rtpPayloadType;
    buffer.writeUInt16BE(sequence, 2);
    buffer.writeUInt32BE(rtpTime, 4);
    buffer.writeUInt32BE(ssrc, 8);
    sequence = (sequence + 1) & 0xffff;
    return buffer;
  }

  return {
    ssrc,
    nextSequence: () => sequence,
    packetize(nals, rtpTime, codec = 'h264') {
      const packets: Buffer[] = [];
      nals.forEach((nal, nalIndex) => {
        const lastNal = nalIndex === nals.length - 1;
        if (nal.length <= maxPayloadBytes) {
          const single = packet(nal.length, rtpTime, lastNal);
          single.set(nal, headerBytes);
          packets.push(single);
          return;
        }
        const head = fragmentHead(nal, codec);
        const taken = head.length - 1;
        const room = maxPayloadBytes - head.length;
        for (let at = taken; at < nal.length; at += room) {
          const end = Math.min(nal.length, at + room);
          const last = end === nal.length;
          const fragment = packet(head.length + end - at, rtpTime, lastNal && last);
          fragment.set(head, headerBytes);
          fragment[headerBytes + taken]! |= (at === taken ? 0x80 : 0) | (last ? 0x40 : 0);
          fragment.set(nal.subarray(at, end), headerBytes + head.length);
          packets.push(fragment);
        }
      });
      return packets;
    },
  };
}

/** Payload header and fragment header of a NAL unit that is cut; start and end are marked in the last byte. */
function fragmentHead(nal: Uint8Array, codec: 'h264' | 'h265'): number[] {
  if (codec === 'h264') return [(nal[0]! & 0xe0) | 28, nal[0]! & 0x1f];
  return [(nal[0]! & 0x81) | (49 << 1), nal[1]!, (nal[0]! >> 1) & 0x3f];
}

const ntpEpochOffsetS = 2_208_988_800;

export interface SenderState {
  ssrc: number;
  cname: string;
  packets: number;
  octets: number;
}

/** A compound RTCP packet: sender report with the NTP time of `rtpTime`, and the source's name (RFC 3550, 6.4.1, 6.5). */
export function senderReport(state: SenderState, epochMs: number, rtpTime: number): Buffer {
  const name = Buffer.from(state.cname, 'utf8').subarray(0, 255);
  const chunkBytes = Math.ceil((4 + 2 + name.length + 1) / 4) * 4;
  const buffer = Buffer.alloc(28 + 4 + chunkBytes);
  buffer[0] = 0x80;
  buffer[1] = 200;
  buffer.writeUInt16BE(6, 2);
  buffer.writeUInt32BE(state.ssrc, 4);
  const seconds = Math.floor(epochMs / 1000);
  buffer.writeUInt32BE((seconds + ntpEpochOffsetS) >>> 0, 8);
  buffer.writeUInt32BE(Math.floor(((epochMs - seconds * 1000) / 1000) * 2 ** 32) >>> 0, 12);
  buffer.writeUInt32BE(rtpTime, 16);
  buffer.writeUInt32BE(state.packets >>> 0, 20);
  buffer.writeUInt32BE(state.octets >>> 0, 24);
  buffer[28] = 0x81;
  buffer[29] = 202;
  buffer.writeUInt16BE(chunkBytes / 4, 30);
  buffer.writeUInt32BE(state.ssrc, 32);
  buffer[36] = 1;
  buffer[37] = name.length;
  name.copy(buffer, 38);
  return buffer;
}

/** Says goodbye for a source that stops (RFC 3550, 6.6). */
export function goodbye(ssrc: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer[0] = 0x81;
  buffer[1] = 203;
  buffer.writeUInt16BE(1, 2);
  buffer.writeUInt32BE(ssrc, 4);
  return buffer;
}
