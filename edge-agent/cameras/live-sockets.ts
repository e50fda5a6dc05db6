import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes } from '@kuzet/contracts/live.ts';
import { type VideoStream, videoStreams } from '@kuzet/contracts/live-video.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Viewer } from '@kuzet/lib/picture-fan-out.ts';
import { watchPulse } from '@kuzet/lib/web-socket-pulse.ts';
import { type WebSocket, WebSocketServer } from 'ws';

export interface LiveSocketsDeps {
  server: Server;
  /** Null for a camera that this agent does not have. */
  watch(cameraId: string, stream: VideoStream, viewer: Viewer): (() => void) | null;
  /** What the hub must send as `Authorization: Bearer`. */
  token: string;
  clock: Clock;
  log: Log;
}

const path = /^\/cameras\/([A-Za-z0-9._-]{1,64})\/live$/;
const pingEveryMs = 10_000;
/** Viewers say nothing. */
const maxMessageBytes = 1_024;

/** The live sockets of the site's cameras, for the hub: `GET /cameras/{id}/live?stream=main|sub` with an upgrade. */
export function createLiveSockets({ server, watch, token, clock, log }: LiveSocketsDeps): { stop(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });
  const expected = digest(`Bearer ${token}`);

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', (err) => log.debug({ err }, 'live socket'));
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      refuse(socket, '401 Unauthorized');
      return;
    }
    // Taken apart by hand: URL throws for some of what can be sent, and nobody catches it here.
    const [pathname = '', query] = (request.url ?? '').split('?');
    const cameraId = path.exec(pathname)?.[1];
    const stream = new URLSearchParams(query).get('stream') ?? 'main';
    if (cameraId === undefined || !isStream(stream)) {
      refuse(socket, '404 Not Found');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const leave = watch(cameraId, stream, { send: (data) => ws.send(data), unsentBytes: () => ws.bufferedAmount });
      if (leave === null) ws.close(closeCodes.notFound, 'no such camera');
      else attach(ws, leave);
    });
  }

  function attach(ws: WebSocket, leave: () => void): void {
    watchPulse(ws, clock, pingEveryMs);
    ws.on('error', (err) => log.debug({ err }, 'live socket'));
    ws.on('close', leave);
  }

  server.on('upgrade', onUpgrade);
  return {
    stop() {
      server.off('upgrade', onUpgrade);
      for (const ws of sockets.clients) ws.terminate();
    },
  };
}

const isStream = (text: string): text is VideoStream => (videoStreams as readonly string[]).includes(text);

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Equal lengths for timingSafeEqual, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
