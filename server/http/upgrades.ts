import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes } from '@kuzet/contracts/live.ts';
import type { User } from '@kuzet/contracts/user.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { watchPulse } from '@kuzet/lib/web-socket-pulse.ts';
import { type WebSocket, WebSocketServer } from 'ws';

interface Session {
  tokenHash: string;
  user: User;
  expiresAtMs: number | null;
}
/** What sign-in says of an upgrade request. */
export type UpgradeVerdict = { ok: true; session: Session } | { ok: false; why: 'sign-in-needed' | 'forbidden' };

/** A kind of WebSocket: what it is asked for by, and who talks on it. */
export interface Upgrade {
  /** Of the whole path. */
  path: RegExp;
  /** Of one message from outside. */
  maxMessageBytes: number;
  /** The connection is answered, pinged and dropped when it is dead; `ws` does the rest. */
  open(ws: WebSocket, session: Session, url: URL): void;
}

export interface UpgradesDeps {
  server: Server;
  upgrades: readonly Upgrade[];
  clock: Clock;
  log: Log;
  /** Reads cookie or Bearer token and checks the origin of a cookie's request. */
  authorize(request: IncomingMessage): Promise<UpgradeVerdict>;
}

const pingEveryMs = 15_000;

/** Answers WebSocket upgrades on the paths of `upgrades`; every other upgrade is refused. */
export function answerUpgrades({ server, upgrades, clock, log, authorize }: UpgradesDeps): { stop(): void } {
  const kinds = upgrades.map((upgrade) => ({
    ...upgrade,
    sockets: new WebSocketServer({ noServer: true, maxPayload: upgrade.maxMessageBytes, perMessageDeflate: false }),
  }));

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = URL.canParse(request.url ?? '', 'http://hub') ? new URL(request.url ?? '', 'http://hub') : null;
    const kind = kinds.find(({ path }) => url && path.test(url.pathname));
    if (!kind || !url) {
      refuse(socket, '404 Not Found');
      return;
    }
    const verdict = await authorize(request);
    if (socket.destroyed) return;
    if (!verdict.ok) {
      if (verdict.why === 'forbidden') refuse(socket, '403 Forbidden');
      else if (request.headers.origin === undefined) refuse(socket, '401 Unauthorized');
      // A page cannot read the status of a refused upgrade, but it can read a close code.
      else kind.sockets.handleUpgrade(request, socket, head, (ws) => ws.close(closeCodes.signInNeeded, 'sign in'));
      return;
    }
    kind.sockets.handleUpgrade(request, socket, head, (ws) => {
      watchPulse(ws, clock, pingEveryMs);
      ws.on('error', (err) => log.debug({ err }, 'WebSocket'));
      kind.open(ws, verdict.session, url);
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
      for (const { sockets } of kinds) for (const ws of sockets.clients) ws.terminate();
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
