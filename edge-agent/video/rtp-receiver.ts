import { randomBytes } from 'node:crypto';
import { type AccessUnit, videoTicksPerS } from './access-unit.ts';
import type { Depacketiser } from './depacketiser.ts';
import { createPictureTimes } from './picture-times.ts';
import { createReorderBuffer } from './reorder-buffer.ts';
import { parseSenderReport, writeReceiverReport } from './rtcp.ts';
import { parseRtp, type RtpPacket } from './rtp.ts';
import { createRtpClock } from './rtp-clock.ts';

export interface RtpReceiver {
  onRtp(bytes: Buffer): void;
  onRtcp(bytes: Buffer): void;
  /** What to send back to the camera now; null before the first packet. */
  receiverReport(): Buffer | null;
  /** When the last packet of this track came, epoch ms; null before the first. */
  lastPacketMs(): number | null;
  /** Of packets and pictures that are not whole yet. */
  heldBytes(): number;
}

export interface RtpReceiverOptions {
  transport: 'tcp' | 'udp';
  payloadType: number;
  createDepacketiser: () => Depacketiser;
  nowMs: () => number;
  onAccessUnit(unit: AccessUnit): void;
  /** Once a source: what comes is no picture of the codec that was told, and has not been for a while. */
  onOtherCodec?(): void;
}

/** All that belongs to one synchronisation source. */
interface Source {
  ssrc: number;
  take(packet: RtpPacket): void;
  onRtcp(bytes: Buffer): void;
  receiverReport(): Buffer;
  heldBytes(): number;
  /** Of the last packet. */
  arrivalMs: number;
  gavePictures: boolean;
}

/** A source that sent in this time is alive: another one beside it is a second stream, and no camera that began anew. */
const aliveMs = 2_000;
/** So long no picture, in so many packets, of which less than a tenth is slices: the camera was set to another codec. */
const foreign = { afterMs: 2_000, packets: 20, slicePart: 0.1 };

/** One video track: packets in, pictures with their capture time out. Rubbish is dropped. */
export function createRtpReceiver(options: RtpReceiverOptions): RtpReceiver {
  const { payloadType, nowMs } = options;
  const ownSsrc = randomBytes(4).readUInt32BE();
  let current: Source | null = null;
  /** The one before the current: it may turn out that it still sends. */
  let former: Source | null = null;
  let stranger: number | null = null;

  /** Which source a packet belongs to; null for one of a second stream. */
  function sourceOf(ssrc: number, arrivalMs: number): Source | null {
    if (current?.ssrc === ssrc) return current;
    const alive = (source: Source | null) => source !== null && arrivalMs - source.arrivalMs < aliveMs;
    if (former?.ssrc === ssrc && alive(former)) {
      stranger = current!.ssrc;
      // Pictures of the other stream went out in between: what refers to those before them decodes to rubbish.
      current = current!.gavePictures ? createSource(ssrc) : former;
      former = null;
      return current;
    }
    if (ssrc === stranger && alive(current)) return null;
    // The camera began anew: nothing of the old sequence, clock or pictures holds.
    former = current;
    current = createSource(ssrc);
    return current;
  }

  const createSource = (ssrc: number) => startSource(ssrc, ownSsrc, options);

  return {
    onRtp(bytes) {
      // Packet types 200 to 207: RTCP in the place of RTP.
      if (bytes.length >= 8 && bytes[1]! >= 200 && bytes[1]! <= 207) return current?.onRtcp(bytes);
      const packet = parseRtp(bytes);
      if (!packet || packet.payloadType !== payloadType) return;
      const arrivalMs = nowMs();
      const source = sourceOf(packet.ssrc, arrivalMs);
      if (!source) return;
      source.arrivalMs = arrivalMs;
      source.take(packet);
    },
    onRtcp: (bytes) => current?.onRtcp(bytes),
    receiverReport: () => current?.receiverReport() ?? null,
    lastPacketMs: () => current?.arrivalMs ?? null,
    heldBytes: () => (current?.heldBytes() ?? 0) + (former?.heldBytes() ?? 0),
  };
}

function startSource(ssrc: number, ownSsrc: number, options: RtpReceiverOptions): Source {
  const { transport, nowMs } = options;
  const order = createReorderBuffer(
    transport === 'tcp' ? { maxPackets: 0, maxWaitMs: 0 } : { maxPackets: 64, maxWaitMs: 100 },
  );
  const clock = createRtpClock(videoTicksPerS);
  const times = createPictureTimes(videoTicksPerS);
  const depacketiser = options.createDepacketiser();
  let report: { middleNtp: number; arrivalMs: number } | null = null;
  let pictureMs = nowMs();
  let toldForeign = false;

  function deliver(packet: RtpPacket, lossBefore: boolean): void {
    const arrivalMs = nowMs();
    for (const unit of depacketiser.push(packet, clock.unwrap(packet.timestamp), lossBefore)) {
      const toldMs = clock.captureTimeMs(unit.ptsTicks, arrivalMs);
      const { ptsTicks, byArrival } = times.next(unit, arrivalMs);
      source.gavePictures = true;
      pictureMs = arrivalMs;
      options.onAccessUnit({ ...unit, ptsTicks, captureTimeMs: byArrival ? arrivalMs : toldMs });
    }
    if (toldForeign || arrivalMs - pictureMs < foreign.afterMs) return;
    const { packets, bytes, sliceBytes } = depacketiser.heard();
    toldForeign = packets >= foreign.packets && sliceBytes < bytes * foreign.slicePart;
    if (toldForeign) options.onOtherCodec?.();
  }

  const source: Source = {
    ssrc,
    arrivalMs: nowMs(),
    gavePictures: false,
    take: (packet) => order.push(packet, nowMs(), deliver),
    heldBytes: () => order.heldBytes() + depacketiser.heldBytes(),
    onRtcp(bytes) {
      const sent = parseSenderReport(bytes);
      if (!sent || sent.ssrc !== ssrc) return;
      const arrivalMs = nowMs();
      clock.onSenderReport(sent, arrivalMs);
      report = { middleNtp: sent.middleNtp, arrivalMs };
    },
    receiverReport: () =>
      writeReceiverReport({
        ownSsrc,
        senderSsrc: ssrc,
        highestSequence: order.highestSequence(),
        lostTotal: order.lostTotal(),
        middleNtp: report?.middleNtp ?? 0,
        delaySinceSenderReportMs: report ? nowMs() - report.arrivalMs : 0,
      }),
  };
  return source;
}
