import type { Clock } from '@kuzet/lib/clock.ts';
import type { FaultParams } from '../camera-fault.ts';
import type { AccessUnit, CameraStream, Footage } from '../camera-stream.ts';
import { createRtpPacketizer, rtpClockHz, rtpTimeOf } from './rtp.ts';

/** One frame as RTP packets; all viewers of a camera get the same bytes. */
export interface PacketGroup {
  packets: readonly Buffer[];
  rtpTime: number;
}

/** A camera's stream as RTP: one source, one sequence, packetized once for all its viewers. */
export interface CameraTrack {
  readonly ssrc: number;
  subscribe(sink: (group: PacketGroup) => void): () => void;
  /** The RTP timestamp of this moment, for sender reports. */
  rtpTimeNow(): number;
  /** Session description (RFC 4566) for DESCRIBE. */
  describe(host: string): string;
  /** Wrong RTP timestamps from the next frame on; null: right ones again. Sender reports keep telling the right ones. */
  setTimestamps(fault: FaultParams<'timestamps'> | null): void;
}

export function createCameraTrack({
  clock,
  stream,
  name,
}: {
  clock: Clock;
  stream: CameraStream;
  name: string;
}): CameraTrack {
  const packetizer = createRtpPacketizer();
  const baseMs = clock.now();
  const offset = Math.floor(Math.random() * 2 ** 32);
  // A late viewer gets frames again that others had before: kept by unit, so that they keep their sequence numbers.
  let wrong: FaultParams<'timestamps'> | null = null;
  let wrongFrom: number | null = null;
  const timestampOf = (right: number): number => {
    if (!wrong) return right;
    wrongFrom ??= right;
    if (wrong.mode === 'jump') return (right + Math.round(wrong.jumpS * rtpClockHz)) >>> 0;
    return wrong.mode === 'still' ? wrongFrom : (2 * wrongFrom - right) >>> 0;
  };
  const packed = new WeakMap<AccessUnit, PacketGroup>();

  return {
    ssrc: packetizer.ssrc,
    subscribe: (sink) =>
      stream.subscribe((unit) => {
        let group = packed.get(unit);
        if (!group) {
          const rtpTime = timestampOf(rtpTimeOf(unit.capturedAtMs, baseMs, offset));
          group = { packets: packetizer.packetize(unit.nals, rtpTime, unit.codec), rtpTime };
          packed.set(unit, group);
        }
        sink(group);
      }),
    rtpTimeNow: () => rtpTimeOf(clock.now(), baseMs, offset),
    describe: (host) => describeClip(stream.clip(), name, host, packetizer.ssrc),
    setTimestamps(fault) {
      wrong = fault;
      wrongFrom = null;
    },
  };
}

function describeClip(clip: Footage, name: string, host: string, ssrc: number): string {
  const family = host.includes(':') ? 'IP6' : 'IP4';
  const { width, height } = sizeOf(clip);
  return [
    'v=0',
    `o=- ${ssrc} 1 IN ${family} ${host}`,
    `s=${name}`,
    `c=IN ${family} ${family === 'IP6' ? '::' : '0.0.0.0'}`,
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    'm=video 0 RTP/AVP 96',
    ...formatOf(clip),
    `a=framerate:${clip.fps}`,
    `a=framesize:96 ${width}-${height}`,
    'a=control:trackID=0',
    '',
  ].join('\r\n');
}

export const sizeOf = (clip: Footage): { width: number; height: number } => ('codec' in clip ? clip : clip.sequence);

/** Codec and parameter sets (RFC 6184, 8.1; RFC 7798, 7.1). */
function formatOf(clip: Footage): string[] {
  const sets = 'codec' in clip ? clip.parameterSets : [clip.sps, clip.pps];
  const base64 = sets.map((nal) => Buffer.from(nal).toString('base64'));
  if ('codec' in clip && clip.codec === 'h265') {
    const [vps, sps, pps] = base64;
    return ['a=rtpmap:96 H265/90000', `a=fmtp:96 sprop-vps=${vps};sprop-sps=${sps};sprop-pps=${pps}`];
  }
  // profile_idc, constraint flags and level_idc are the first bytes of the sequence parameter set.
  const profile = Buffer.from(sets[0]!.subarray(1, 4)).toString('hex').toUpperCase();
  const parameters = `packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${base64.join(',')}`;
  return ['a=rtpmap:96 H264/90000', `a=fmtp:96 ${parameters}`];
}
