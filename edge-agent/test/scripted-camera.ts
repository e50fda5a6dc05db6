import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { vi } from 'vitest';
import type { AccessUnit } from '../video/access-unit.ts';
import { type RtspClientOptions, startRtspIntake } from '../video/rtsp-client.ts';
import { pps360, sps360 } from '../video/test-units.ts';
import type { IntakeFailure, IntakeSource, VideoIntake } from '../video/video-intake.ts';

export interface Asked {
  method: string;
  uri: string;
  cseq: string;
  head: string;
}
/** What a camera says to a request; null for silence. */
export type Answer = (request: Asked, socket: Socket) => string | Buffer | null;

export const sdp = `v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=${sps360.toString('base64')},${pps360.toString('base64')}\r\na=control:trackID=0\r\n`;
export const ok = (cseq: string, headers = '', body = '') =>
  `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

/** An interleaved frame with one RTP packet, marker set. */
export function rtp(sequence: number, timestamp: number, payload: Buffer, channel = 0): Buffer {
  const head = Buffer.from([0x24, channel, 0, 0, 0x80, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  head.writeUInt16BE(12 + payload.length, 2);
  head.writeUInt16BE(sequence, 6);
  head.writeUInt32BE(timestamp, 8);
  return Buffer.concat([head, payload]);
}

/** Plays along in the barest way: no Session time-out, no Public, other channels than asked for. */
export const bare: Answer = ({ method, cseq }) => {
  if (method === 'DESCRIBE') return ok(cseq, '', sdp);
  if (method === 'SETUP') return ok(cseq, 'Session: 77\r\nTransport: RTP/AVP/TCP;unicast;interleaved=4-5\r\n');
  return ok(cseq);
};

/** Cameras of our own scripting, and intakes from them. */
export function createScriptedCameras() {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  const intakes: VideoIntake[] = [];

  async function scripted(answer: Answer): Promise<{ port: number; heads: string[] }> {
    const heads: string[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const head = text.slice(0, end);
          text = text.slice(end + 4);
          heads.push(head);
          const [method = '', uri = ''] = head.split(' ');
          const said = answer({ method, uri, cseq: /CSeq: (\d+)/.exec(head)?.[1] ?? '', head }, socket);
          if (said !== null) socket.write(said);
        }
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, heads };
  }

  function start(port: number, own: Partial<IntakeSource> = {}, options: RtspClientOptions = {}) {
    const failures: IntakeFailure[] = [];
    const units: AccessUnit[] = [];
    const onConnected = vi.fn();
    const intake = startRtspIntake(
      { address: `rtsp://127.0.0.1:${port}/live`, username: 'kuzet', password: 'hunter2', transport: 'tcp', ...own },
      { onConnected, onAccessUnit: (unit) => units.push(unit), onEnd: (failure) => failures.push(failure) },
      { connectTimeoutMs: 300, responseTimeoutMs: 300, keepAlives: new Map(), ...options },
    );
    intakes.push(intake);
    return { failures, units, onConnected, intake };
  }

  async function stopAll(): Promise<void> {
    await Promise.all(intakes.splice(0).map((intake) => intake.stop()));
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  }

  return { scripted, start, servers, stopAll };
}
