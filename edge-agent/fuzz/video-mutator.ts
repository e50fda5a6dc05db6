import type { Random } from './random.ts';
import type { VideoSession } from './video-corpus.ts';

/** One input: what came, in the pieces in which it came. */
export interface VideoInput {
  kind: 'stream' | 'packets' | 'sdp' | 'challenge' | 'rtcp';
  codec: string;
  transport: 'tcp' | 'udp';
  pieces: Buffer[];
}

const oddNumbers = ['-1', '0', '1', '65535', '65536', '4294967296', '99999999999999999999', '1e9', 'NaN', '٣', ''];
const oddBytes = [0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x24, 0x2c, 0x3d, 0x7f, 0x80, 0xff];
const words = [
  '\r\n',
  '\n\n',
  'RTSP/1.0 200 OK\r\n',
  'a=',
  'm=video 0 RTP/AVP 96\n',
  'Content-Length: ',
  '=',
  ';',
  ',',
  '"',
  '  ',
];
/** Enough to go past what a picture may take. */
const endlessPackets = 7_000;

/** The same inputs for the same random. */
export function createVideoMutator(sessions: readonly VideoSession[], random: Random): () => VideoInput {
  const { below, chance, pick } = random;

  function twist(bytes: Buffer): Buffer {
    let out = Buffer.from(bytes);
    for (let times = 1 + below(4); times > 0; times--) {
      const at = below(out.length + 1);
      const to = Math.min(out.length, at + 1 + below(chance(0.2) ? 400 : 8));
      const how = below(7);
      if (how === 0 && at < out.length) out[at] = out[at]! ^ (1 << below(8));
      else if (how === 1 && at < out.length) out[at] = pick(oddBytes);
      else if (how === 2) out = Buffer.concat([out.subarray(0, at), out.subarray(to)]);
      else if (how === 3) out = Buffer.concat([out.subarray(0, at), random.bytes(below(12)), out.subarray(at)]);
      else if (how === 4) out = Buffer.concat([out.subarray(0, to), out.subarray(at)]);
      else if (how === 5 && chance(0.3)) out = out.subarray(0, at);
      else if (how === 6) out = Buffer.concat([out.subarray(0, at), Buffer.from(pick(words)), out.subarray(at)]);
    }
    return out;
  }

  function twistText(text: string): string {
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length > 0 && chance(0.4)) {
      const number = pick(numbers);
      return text.slice(0, number.index) + pick(oddNumbers) + text.slice(number.index + number[0].length);
    }
    if (chance(0.2)) {
      const lines = text.split('\r\n');
      const [line] = lines.splice(below(lines.length), 1);
      lines.splice(below(lines.length + 1), 0, ...Array<string>(below(60)).fill(line ?? ''));
      return lines.join('\r\n');
    }
    if (chance(0.05)) return text + pick([' ', ';', ',', '=', 'a', '\t', '"']).repeat(below(60_000));
    return twist(Buffer.from(text)).toString('latin1');
  }

  function cut(bytes: Buffer): Buffer[] {
    const most = pick([7, 100, 1500, 65_536]);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const to = at + 1 + below(most);
      pieces.push(bytes.subarray(at, to));
      at = to;
    }
    return pieces;
  }

  /** Answers and frames of one session, some of them damaged. */
  function stream(session: VideoSession): Buffer[] {
    const answers = session.answers.map((answer) =>
      chance(0.2) ? Buffer.from(twistText(answer.toString()), 'latin1') : answer,
    );
    const from = chance(0.7) ? 0 : below(session.frames.length);
    const frames = session.frames.slice(from, from + below(40)).map((frame) => (chance(0.1) ? twist(frame) : frame));
    const other = pick(pick(sessions).frames);
    if (chance(0.2)) frames.splice(below(frames.length + 1), 0, other);
    if (chance(0.3)) frames.splice(below(frames.length + 1), 0, reportFrame(session.report));
    const again = chance(0.01) ? 1 + below(80) : 1;
    return cut(Buffer.concat([...answers, ...Array<Buffer[]>(again).fill(frames).flat()]));
  }

  function reportFrame(report: Buffer): Buffer {
    const bytes = chance(0.5) ? twist(report) : report;
    return Buffer.concat([Buffer.from([0x24, 1, bytes.length >> 8, bytes.length & 0xff]), bytes]);
  }

  function header(packet: Buffer): Buffer {
    const out = Buffer.from(packet);
    if (out.length < 12) return out;
    const how = below(6);
    if (how === 0) out[0] = below(256);
    else if (how === 1) out[1] = out[1]! ^ 0x80;
    else if (how === 2) out.writeUInt16BE(below(65_536), 2);
    else if (how === 3) out.writeUInt32BE(pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]), 4);
    else if (how === 4) out.writeUInt32BE(pick([0, 1, 2]), 8);
    else out[12] = below(256);
    return out;
  }

  /** RTP of one session: lost, doubled, out of order, damaged, and now and then without end. */
  function packets(session: VideoSession): Buffer[] {
    const from = chance(0.7) ? 0 : below(session.rtp.length);
    let out = session.rtp.slice(from, from + 1 + below(60));
    if (chance(0.3)) out = out.filter(() => !chance(0.1));
    if (chance(0.2)) out = out.flatMap((packet) => (chance(0.1) ? [packet, packet] : [packet]));
    if (chance(0.2)) out.reverse();
    if (chance(0.1)) out = out.flatMap((packet) => [packet, header(pick(pick(sessions).rtp))]);
    const damaged = out.map((packet) => {
      if (chance(0.08)) return header(packet);
      return chance(0.08) ? twist(packet) : packet;
    });
    return chance(0.003) ? [...damaged, ...endless(session.rtp[0]!)] : damaged;
  }

  /** Parts of one fragmented NAL unit that never ends, or of one that has next to nothing in each. */
  function endless(packet: Buffer): Buffer[] {
    const sequence = below(65_536);
    const time = below(2 ** 32);
    const body = Buffer.alloc(pick([0, 1, 1400]), 7);
    const [begin, middle] = pick([
      [Buffer.from([28, 0x85]), Buffer.from([28, 0x05])],
      [Buffer.from([49 << 1, 1, 0x80 | 19]), Buffer.from([49 << 1, 1, 19])],
    ]);
    return Array.from({ length: endlessPackets }, (_, i) => {
      const head = Buffer.from(packet.subarray(0, 12));
      head[1] = head[1]! & 0x7f;
      head.writeUInt16BE((sequence + i) & 0xffff, 2);
      head.writeUInt32BE(time, 4);
      return Buffer.concat([head, i === 0 ? begin! : middle!, body]);
    });
  }

  return () => {
    const session = pick(sessions);
    // Now and then in a session that was told the other codec.
    const { codec } = chance(0.05) ? pick(sessions) : session;
    const transport = chance(0.5) ? 'tcp' : 'udp';
    const roll = below(100);
    if (roll < 30) return { kind: 'stream', codec, transport, pieces: stream(session) };
    if (roll < 70) return { kind: 'packets', codec, transport, pieces: packets(session) };
    if (roll < 82) return { kind: 'sdp', codec, transport, pieces: [Buffer.from(twistText(session.sdp), 'latin1')] };
    if (roll < 90) {
      return { kind: 'challenge', codec, transport, pieces: [Buffer.from(twistText(session.challenge), 'latin1')] };
    }
    return {
      kind: 'rtcp',
      codec,
      transport,
      pieces: [session.rtp[0]!, twist(session.report), session.report, session.rtp[1]!],
    };
  };
}
