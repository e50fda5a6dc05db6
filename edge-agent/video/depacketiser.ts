import type { AccessUnit } from './access-unit.ts';
import type { RtpPacket } from './rtp.ts';

/** A picture on its way out of a depacketiser: the time it was taken is not the codec's affair. */
export type TimedUnit = Omit<AccessUnit, 'captureTimeMs'>;

/** Turns one codec's RTP payloads into access units; another codec is another one of these. */
export interface Depacketiser {
  /**
   * Packets in sequence order; `lossBefore` when some were missing ahead of this one. Copies what it keeps of them; what
   * it gives holds until the next packet.
   */
  push(packet: RtpPacket, ptsTicks: number, lossBefore: boolean): TimedUnit[];
  /** Bytes since the last picture, all and those of slices of this codec. */
  heard(): { bytes: number; sliceBytes: number; packets: number };
  /** Of the picture that is not whole yet. */
  heldBytes(): number;
}
