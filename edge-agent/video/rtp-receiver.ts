import { randomBytes } from 'node:crypto';
import { type AccessUnit, videoTicksPerS } from './access-unit.ts';
import type { Depacketiser } from './depacketiser.ts';
import { createReorderBuffer } from './reorder-buffer.ts';
import { parseSenderReport, writeReceiverReport } from './rtcp.ts';
import { parseRtp, type RtpPacket } from './rtp.ts';
import { createRtpClock } from './rtp-clock.ts';

export interface RtpReceiver {
  onRtp(bytes: Buffer): void;
  onRtcp(bytes: Buffer): void;
  /** What to send back to the camera now; null before the first packet. */
  receiverReport(): Buffer | null;
}

export interface RtpReceiverOptions {
  transport: 'tcp' | 'udp';
  payloadType: number;
  createDepacketiser: () => Depacketiser;
  nowMs: () => number;
  onAccessUnit(unit: AccessUnit): void;
}

/** One video track: packets in, pictures with their capture time out. Rubbish is dropped. */
export function createRtpReceiver(options: RtpReceiverOptions): RtpReceiver {
  const { transport, payloadType, nowMs } = options;
  const ownSsrc = randomBytes(4).readUInt32BE();
  const newOrder = () =>
    createReorderBuffer(transport === 'tcp' ? { maxPackets: 0, maxWaitMs: 0 } : { maxPackets: 64, maxWaitMs: 100 });
  let order = newOrder();
  let clock = createRtpClock(videoTicksPerS);
  let depacketiser = options.createDepacketiser();
  let ssrc: number | null = null;
  let report: { middleNtp: number; arrivalMs: number } | null = null;

  function deliver(packet: RtpPacket, lossBefore: boolean): void {
    const arrivalMs = nowMs();
    for (const unit of depacketiser.push(packet, clock.unwrap(packet.timestamp), lossBefore)) {
      options.onAccessUnit({ ...unit, captureTimeMs: clock.captureTimeMs(unit.ptsTicks, arrivalMs) });
    }
  }

  return {
    onRtp(bytes) {
      const packet = parseRtp(bytes);
      if (!packet || packet.payloadType !== payloadType) return;
      if (packet.ssrc !== ssrc) {
        // The camera began anew: nothing of the old sequence, clock or pictures holds.
        if (ssrc !== null) {
          order = newOrder();
          clock = createRtpClock(videoTicksPerS);
          depacketiser = options.createDepacketiser();
          report = null;
        }
        ssrc = packet.ssrc;
      }
      order.push(packet, nowMs(), deliver);
    },
    onRtcp(bytes) {
      const sent = parseSenderReport(bytes);
      if (!sent || sent.ssrc !== ssrc) return;
      const arrivalMs = nowMs();
      clock.onSenderReport(sent, arrivalMs);
      report = { middleNtp: sent.middleNtp, arrivalMs };
    },
    receiverReport() {
      if (ssrc === null) return null;
      return writeReceiverReport({
        ownSsrc,
        senderSsrc: ssrc,
        highestSequence: order.highestSequence(),
        lostTotal: order.lostTotal(),
        middleNtp: report?.middleNtp ?? 0,
        delaySinceSenderReportMs: report ? nowMs() - report.arrivalMs : 0,
      });
    },
  };
}
