import { readFileSync } from 'node:fs';
import { createRtspParser } from '../video/rtsp-message.ts';

/** When the clock of a run begins, epoch ms. */
export const videoFuzzStartMs = 1_700_000_000_000;

/** What a server said in one good session over TCP, recorded. */
export interface VideoSession {
  codec: string;
  /** Its answers, in order, each as it came. */
  answers: Buffer[];
  /** Interleaved frames with their four bytes of head. */
  frames: Buffer[];
  rtp: Buffer[];
  /** Not recorded, for servers send the first after seconds: a sender report and the sender's name. */
  report: Buffer;
  sdp: string;
  challenge: string;
}

export function loadVideoSessions(): VideoSession[] {
  const url = new URL('./video-sessions.json', import.meta.url);
  const recorded = JSON.parse(readFileSync(url, 'utf8')) as { codec: string; base64: string }[];
  return recorded.map(({ codec, base64 }) => {
    const session: VideoSession = {
      codec,
      answers: [],
      frames: [],
      rtp: [],
      report: Buffer.alloc(0),
      sdp: '',
      challenge: '',
    };
    const bytes = Buffer.from(base64, 'base64');
    const parser = createRtspParser();
    let from = 0;
    // Byte by byte, so that where each message ends is known.
    for (let at = 0; at < bytes.length; at++) {
      for (const event of parser.push(bytes.subarray(at, at + 1))) {
        const message = bytes.subarray(from, at + 1);
        from = at + 1;
        if (event.kind === 'interleaved') {
          session.frames.push(message);
          if (event.channel % 2 === 0) session.rtp.push(Buffer.from(event.payload));
        } else if (event.kind === 'response') {
          session.answers.push(message);
          if (event.body.length > 0) session.sdp = event.body.toString('utf8');
          session.challenge ||= event.headers.get('www-authenticate')?.[0] ?? '';
        }
      }
    }
    session.report = senderReport(session.rtp[0]!);
    return session;
  });
}

/** RFC 3550 sections 6.4.1 and 6.5, of the source and the time of an RTP packet. */
function senderReport(packet: Buffer): Buffer {
  const bytes = Buffer.alloc(28 + 20);
  bytes.writeUInt32BE(0x80c8_0006, 0);
  packet.copy(bytes, 4, 8, 12);
  bytes.writeUInt32BE(Math.floor(videoFuzzStartMs / 1000) + 2_208_988_800, 8);
  packet.copy(bytes, 16, 4, 8);
  bytes.writeUInt32BE(0x81ca_0004, 28);
  packet.copy(bytes, 32, 8, 12);
  bytes.set([1, 6], 36);
  bytes.write('camera', 38, 'latin1');
  return bytes;
}
