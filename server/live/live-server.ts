import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes } from '@kuzet/contracts/live.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Live } from './live.ts';
import type { LiveSession } from './live-connection.ts';

/** What sign-in says of an upgrade request. */
export type UpgradeVerdict = { ok: true; session: LiveSession } | { ok: false; why: 'sign-in-needed' | 'forbidden' };

export interface LiveServerDeps {
  server: Server;
  live: Live;
  clock: Clock;
  log: Log;
  /** Reads cookie or Bearer token and checks the origin of a cookie's request. */
  authorize(request: IncomingMessage): Promise<UpgradeVerdict>;
}

const pingEveryMs = 15_000;
const maxMessageBytes = 4_096;

/** Answers WebSocket upgrades on /ws; every other upgrade is refused. */
export function createLiveServer({ server, live, clock, log, authorize }: LiveServerDeps): { stop(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
  });

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (new URL(request.url ?? '/', 'http://hub').pathname !== '/ws') {
      refuse(socket, '404 Not Found');
      return;
    }
    const verdict = await authorize(request);
    if (socket.destroyed) return;
    if (!verdict.ok) {
      if (verdict.why === 'forbidden') refuse(socket, '403 Forbidden');
      else if (request.headers.origin === undefined) refuse(socket, '401 Unauthorized');
      // A page cannot read the status of a refused upgrade, but it can read a close code.
      else sockets.handleUpgrade(request, socket, head, (ws) => ws.close(closeCodes.signInNeeded, 'sign in'));
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => attach(ws, verdict.session));
  }

  function attach(ws: WebSocket, session: LiveSession): void {
    const connection = live.connect(
      {
        send: (text) => ws.send(text),
        get bufferedAmount() {
          return ws.bufferedAmount;
        },
        close: (code, reason) => ws.close(code, reason),
        terminate: () => ws.terminate(),
      },
      session,
    );
    let answered = true;
    const stopPings = clock.every(pingEveryMs, () => {
      if (!answered) ws.terminate();
      else ws.ping();
      answered = false;
    });
    ws.on('pong', () => {
      answered = true;
    });
    ws.on('message', (data, isBinary) => {
      if (isBinary) connection.close(1003, 'text only');
      else connection.receive(data.toString());
    });
    ws.on('error', (err) => log.debug({ err }, 'screen connection'));
    ws.on('close', () => {
      stopPings();
      connection.gone();
    });
  }

  const listener = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (err) => log.debug({ err }, 'upgrade'));
    onUpgrade(request, socket, head).catch((err: unknown) => {
      log.error({ err }, 'upgrade failed');
      refuse(socket, '500 Internal Server Error');
    });
  };
  server.on('upgrade', listener);
  return {
    stop() {
      server.off('upgrade', listener);
      for (const ws of sockets.clients) ws.terminate();
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
