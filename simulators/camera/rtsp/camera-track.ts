import type { Clock } from '@kuzet/lib/clock.ts';
import type { AccessUnit, CameraStream } from '../camera-stream.ts';
import type { Clip } from '../h264/clip.ts';
import { createRtpPacketizer, rtpTimeOf } from './rtp.ts';

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
  const packed = new WeakMap<AccessUnit, PacketGroup>();

  return {
    ssrc: packetizer.ssrc,
    subscribe: (sink) =>
      stream.subscribe((unit) => {
        let group = packed.get(unit);
        if (!group) {
          const rtpTime = rtpTimeOf(unit.capturedAtMs, baseMs, offset);
          group = { packets: packetizer.packetize(unit.nals, rtpTime), rtpTime };
          packed.set(unit, group);
        }
        sink(group);
      }),
    rtpTimeNow: () => rtpTimeOf(clock.now(), baseMs, offset),
    describe: (host) => describeClip(stream.clip(), name, host, packetizer.ssrc),
  };
}

function describeClip(clip: Clip, name: string, host: string, ssrc: number): string {
  const { profile, constraints, level } = clip.sequence;
  const hex = (byte: number) => byte.toString(16).padStart(2, '0').toUpperCase();
  const sets = [clip.sps, clip.pps].map((nal) => Buffer.from(nal).toString('base64')).join(',');
  const family = host.includes(':') ? 'IP6' : 'IP4';
  return [
    'v=0',
    `o=- ${ssrc} 1 IN ${family} ${host}`,
    `s=${name}`,
    `c=IN ${family} ${family === 'IP6' ? '::' : '0.0.0.0'}`,
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    'm=video 0 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    `a=fmtp:96 packetization-mode=1;profile-level-id=${hex(profile)}${hex(constraints)}${hex(level)};sprop-parameter-sets=${sets}`,
    `a=framerate:${clip.fps}`,
    `a=framesize:96 ${clip.sequence.width}-${clip.sequence.height}`,
    'a=control:trackID=0',
    '',
  ].join('\r\n');
}
