import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

export interface SeenPacket {
  sequence: number;
  rtpTime: number;
  ssrc: number;
  marker: boolean;
  payload: Buffer;
  atMs: number;
}

/** A viewer with nothing between the test and the bytes: no reordering, no repair. */
export interface RtspViewer {
  /** Statuses of its requests in turn, until one was not 200. */
  statuses: number[];
  sdp: string;
  packets: SeenPacket[];
  rtcp: Buffer[];
  closed(): boolean;
  close(): void;
}

/** Asks for a stream over TCP or UDP and plays it. Resolves when PLAY was answered, or something was refused or cut. */
export async function openRtspViewer(url: string, user: string, over: 'tcp' | 'udp' = 'tcp'): Promise<RtspViewer> {
  const { hostname, port } = new URL(url.replace(/^rtsp/, 'http'));
  const socket = connect(Number(port), hostname);
  const viewer: RtspViewer = {
    statuses: [],
    sdp: '',
    packets: [],
    rtcp: [],
    closed: () => socket.destroyed,
    close() {
      socket.destroy();
      for (const udp of sockets) udp.close();
      sockets.length = 0;
    },
  };
  const sockets: ReturnType<typeof createSocket>[] = [];
  let pending = Buffer.alloc(0);
  let answered: (text: string | null) => void = () => undefined;

  const takeRtp = (packet: Buffer) =>
    viewer.packets.push({
      sequence: packet.readUInt16BE(2),
      rtpTime: packet.readUInt32BE(4),
      ssrc: packet.readUInt32BE(8),
      marker: (packet[1]! & 0x80) !== 0,
      payload: packet.subarray(12),
      atMs: Date.now(),
    });
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4) {
      if (pending[0] === 0x24) {
        const end = 4 + pending.readUInt16BE(2);
        if (pending.length < end) return;
        if (pending[1] === 0) takeRtp(pending.subarray(4, end));
        else viewer.rtcp.push(pending.subarray(4, end));
        pending = pending.subarray(end);
        continue;
      }
      const head = pending.indexOf('\r\n\r\n');
      if (head < 0) return;
      const text = pending.toString('utf8', 0, head);
      const end = head + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (pending.length < end) return;
      const whole = pending.toString('utf8', 0, end);
      pending = pending.subarray(end);
      answered(whole);
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', () => answered(null));

  let sequence = 0;
  const ask = async (method: string, at: string, headers = ''): Promise<string> => {
    const answer = new Promise<string | null>((resolve) => {
      answered = resolve;
    });
    const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
    socket.write(
      `${method} ${at} RTSP/1.0\r\nCSeq: ${++sequence}\r\nAuthorization: ${authorization}\r\n${headers}\r\n`,
    );
    const text = await answer;
    viewer.statuses.push(Number(/^RTSP\/1\.0 (\d+)/.exec(text ?? '')?.[1] ?? 0));
    if (viewer.statuses.at(-1) !== 200) throw new Refused();
    return text!;
  };

  try {
    viewer.sdp = await ask('DESCRIBE', url);
    let transport = 'RTP/AVP/TCP;unicast;interleaved=0-1';
    if (over === 'udp') {
      for (const take of [takeRtp, (packet: Buffer) => viewer.rtcp.push(packet)]) {
        const udp = createSocket('udp4');
        udp.on('message', take);
        udp.bind(0, '127.0.0.1');
        await once(udp, 'listening');
        sockets.push(udp);
      }
      transport = `RTP/AVP;unicast;client_port=${sockets.map((udp) => udp.address().port).join('-')}`;
    }
    const setUp = await ask('SETUP', `${url}/trackID=0`, `Transport: ${transport}\r\n`);
    await ask('PLAY', url, `Session: ${/Session: (\w+)/.exec(setUp)![1]}\r\n`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return viewer;
}

class Refused extends Error {}

/** The picture's key frames (RTP times of H.264 IDR pictures, each once), from single NAL units and FU-A. */
export function keyFrameTimes(packets: readonly SeenPacket[]): number[] {
  const times = packets
    .filter(({ payload }) => (payload[0]! & 0x1f) === 5 || ((payload[0]! & 0x1f) === 28 && (payload[1]! & 0x1f) === 5))
    .map(({ rtpTime }) => rtpTime);
  return [...new Set(times)];
}
