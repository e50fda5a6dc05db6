import {
  ClientMessage,
  closeCodes,
  type LiveChange,
  type LiveSnapshot,
  liveProtocol,
  type ServerMessage,
} from '@kuzet/contracts/live.ts';
import { may, type User } from '@kuzet/contracts/user.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { Compile } from 'typebox/compile';
import { type Catalogue, createAgencyView } from './agency-view.ts';

/** The part of a WebSocket that is used. */
export interface LiveSocket {
  send(text: string): void;
  readonly bufferedAmount: number;
  close(code: number, reason: string): void;
  /** Drops the connection without waiting for the other side. */
  terminate(): void;
}

export interface LiveSession {
  tokenHash: string;
  user: User;
  expiresAtMs: number | null;
}

export interface LiveConnectionDeps {
  socket: LiveSocket;
  session: LiveSession;
  clock: Clock;
  log: Log;
  maxBufferedBytes: number;
  onHello(): void;
  onReceived(dispatchId: string): void;
  lookSession(): Promise<{ expiresAtMs: number | null } | null>;
  /** `code`: the close code of the hub's own decision; null when the page went. */
  onClosed(code: number | null): void;
}

const helloWithinMs = 10_000;
/** A page that reads nothing never answers the close either: its memory is taken back after this. */
const closeWithinMs = 5_000;
const isClientMessage = Compile(ClientMessage);

/** One screen: what it may see, how far it is, whether it keeps up. */
export function createLiveConnection(deps: LiveConnectionDeps) {
  const { socket, session, clock } = deps;
  const { user } = session;
  const agencyId = may(user.role, 'view') ? null : user.agencyId;
  const view = agencyId === null ? null : createAgencyView(agencyId);

  let rev = 0;
  let state: 'waiting' | 'joining' | 'live' | 'closed' = 'waiting';
  let expiresAtMs = session.expiresAtMs;
  let looking = false;
  // A large city's snapshot may be larger than the buffer: it is allowed for until it has been read.
  let allowanceBytes = 0;
  const cancelHello = clock.after(helloWithinMs, () => close(1002, 'no hello'));

  function close(code: number, reason: string): void {
    if (state === 'closed') return;
    state = 'closed';
    cancelHello();
    socket.close(code, reason);
    clock.after(closeWithinMs, () => socket.terminate());
    deps.onClosed(code);
  }

  function send(text: string): void {
    if (socket.bufferedAmount <= deps.maxBufferedBytes) allowanceBytes = 0;
    else if (socket.bufferedAmount > deps.maxBufferedBytes + allowanceBytes) {
      deps.log.warn({ user: user.username, bufferedBytes: socket.bufferedAmount }, 'a screen fell behind: dropped');
      close(closeCodes.tooSlow, 'too slow');
      return;
    }
    socket.send(text);
  }
  const sendMessage = (message: ServerMessage) => send(JSON.stringify(message));

  function hello(protocol: number): void {
    if (state !== 'waiting') close(1002, 'a second hello');
    else if (protocol !== liveProtocol) close(closeCodes.protocolMismatch, `this hub speaks ${liveProtocol}`);
    else if (!may(user.role, 'view') && !(may(user.role, 'desk') && view)) close(closeCodes.forbidden, 'forbidden');
    else {
      cancelHello();
      state = 'joining';
      deps.onHello();
    }
  }

  function parse(text: string): ClientMessage | null {
    try {
      const message: unknown = JSON.parse(text);
      return isClientMessage.Check(message) ? message : null;
    } catch {
      return null;
    }
  }

  return {
    tokenHash: session.tokenHash,
    /** Sees one agency's part only. */
    isLimited: view !== null,

    /** A message of the page. */
    receive(text: string): void {
      if (state === 'closed') return;
      const message = parse(text);
      if (message === null) close(1008, 'not a message of this protocol');
      else if (message.t === 'hello') hello(message.protocol);
      else if (message.t === 'ping') sendMessage({ t: 'pong', at: message.at, now: clock.now() });
      else if (state === 'live') deps.onReceived(message.dispatchId);
    },

    /** `text`: the whole snapshot as JSON, made once for all who see everything. */
    snapshot(all: LiveSnapshot, text: string): void {
      if (state !== 'joining') return;
      state = 'live';
      const data = view ? JSON.stringify(view.snapshot(all)) : text;
      const head = { t: 'snapshot', protocol: liveProtocol, rev, now: clock.now(), user };
      const message = `${JSON.stringify(head).slice(0, -1)},"data":${data}}`;
      send(message);
      allowanceBytes = Buffer.byteLength(message);
    },

    /** `text`: `changes` as JSON. */
    patch(changes: readonly LiveChange[], text: string, catalogue: Catalogue): void {
      if (state !== 'live') return;
      let body = text;
      if (view) {
        const mine = view.patch(changes, catalogue);
        if (mine.length === 0) return;
        body = JSON.stringify(mine);
      }
      rev += 1;
      send(`{"t":"patch","rev":${rev},"now":${clock.now()},"changes":${body}}`);
    },

    /** Once a second. */
    tick(): void {
      if (expiresAtMs !== null && clock.now() >= expiresAtMs && !looking) {
        looking = true;
        deps.lookSession().then(
          (found) => {
            looking = false;
            if (found) expiresAtMs = found.expiresAtMs;
            else close(closeCodes.signInNeeded, 'the session ran out');
          },
          (err: unknown) => {
            looking = false;
            deps.log.error({ err }, 'session cannot be read; trying again');
          },
        );
      }
      if (state === 'live') sendMessage({ t: 'tick', rev, now: clock.now() });
    },

    close,

    /** The socket is gone. */
    gone(): void {
      if (state === 'closed') return;
      state = 'closed';
      cancelHello();
      deps.onClosed(null);
    },
  };
}
export type LiveConnection = ReturnType<typeof createLiveConnection>;
