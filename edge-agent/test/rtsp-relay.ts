import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createRtspParser, type RtspEvent } from '../video/rtsp-message.ts';

export interface RtspRelay {
  port: number;
  /** Resolves when somebody pushes. */
  recording: Promise<void>;
  /** As it was announced. */
  sdp(): string;
  stop(): Promise<void>;
}

/** Hands one pushed stream (ANNOUNCE, RECORD, interleaved) on to viewers as it is, interleaved or over UDP. */
export async function startRtspRelay(): Promise<RtspRelay> {
  let sdp = '';
  let startRecording: () => void = () => undefined;
  const recording = new Promise<void>((resolve) => {
    startRecording = resolve;
  });
  const viewers = new Map<Socket, (channel: number, payload: Buffer) => void>();
  const sockets = new Set<Socket>();
  const udp = createSocket('udp4').unref();

  function answer(socket: Socket, event: RtspEvent & { kind: 'request' }): void {
    const { method, headers, body } = event;
    const transport = headers.get('transport')?.[0] ?? '';
    const lines = [`CSeq: ${headers.get('cseq')?.[0]}`, 'Session: 1;timeout=60'];
    let content = '';
    if (method === 'ANNOUNCE') sdp = body.toString();
    else if (method === 'RECORD') startRecording();
    else if (method === 'SETUP') lines.push(`Transport: ${transport}`);
    else if (method === 'DESCRIBE') content = sdp;
    else if (method === 'PLAY') viewers.set(socket, senderTo(socket));
    else if (method === 'OPTIONS') lines.push('Public: OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, TEARDOWN');
    if (method === 'SETUP') transports.set(socket, transport);
    socket.write(`RTSP/1.0 200 OK\r\n${lines.join('\r\n')}\r\nContent-Length: ${content.length}\r\n\r\n${content}`);
  }

  const transports = new Map<Socket, string>();
  function senderTo(socket: Socket): (channel: number, payload: Buffer) => void {
    const port = Number(/client_port=(\d+)/.exec(transports.get(socket) ?? '')?.[1]);
    if (port) return (channel, payload) => udp.send(payload, port + channel, '127.0.0.1');
    return (channel, payload) =>
      socket.write(Buffer.concat([Buffer.from([0x24, channel, payload.length >> 8, payload.length & 255]), payload]));
  }

  const server = createServer((socket) => {
    const parser = createRtspParser();
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      viewers.delete(socket);
    });
    socket.on('data', (chunk) => {
      for (const event of parser.push(chunk)) {
        if (event.kind === 'request') answer(socket, event);
        else if (event.kind === 'interleaved' && !viewers.has(socket))
          for (const send of viewers.values()) send(event.channel, event.payload);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    recording,
    sdp: () => sdp,
    async stop() {
      for (const socket of sockets) socket.destroy();
      udp.close();
      server.close();
      await once(server, 'close');
    },
  };
}
