import {
  type ClientMessage,
  closeCodes,
  type LiveChange,
  type LiveKind,
  type LiveSnapshot,
  type LiveValues,
  liveProtocol,
  type ServerMessage,
} from '@kuzet/contracts/live.ts';
import type { User } from '@kuzet/contracts/user.ts';
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';

/** `live`: heard within 3 s. `lost`: silent; what is on the screen is as old as `heardAt`. */
export type LinkState = 'connecting' | 'live' | 'lost' | 'signed-out' | 'forbidden';

type Tables = { [K in LiveKind]: Signal<ReadonlyMap<string, LiveValues[K]>> };

export interface LiveClient {
  link: ReadonlySignal<LinkState>;
  /** Hub's epoch milliseconds when it was last heard; null before the first snapshot. */
  heardAt: ReadonlySignal<number | null>;
  user: ReadonlySignal<User | null>;
  tables: { [K in LiveKind]: ReadonlySignal<ReadonlyMap<string, LiveValues[K]>> };
  /** The hub's clock, epoch milliseconds, by the ping with the smallest round trip. */
  now(): number;
  /** The same, as a signal that turns once a second: for timers on screens. */
  second: ReadonlySignal<number>;
  send(message: ClientMessage): void;
  close(): void;
}

const silentAfterMs = 3_000;
const deadAfterMs = 8_000;
const retryMs = [250, 500, 1_000, 2_000, 3_000];
const kinds: LiveKind[] = ['incident', 'device', 'camera', 'site', 'zone', 'agency', 'wall', 'edge', 'system'];

/**
 * Keeps one WebSocket to the hub and the tables it fills. A patch whose `rev` does not follow, or a tick that names a
 * later one, means something was missed: the connection is taken anew and with it a whole snapshot. While the line is
 * down the tables keep their last values and `link` says so.
 */
export function createLiveClient(page: string, url = new URL('/ws', location.href)): LiveClient {
  url.protocol = url.protocol.replace('http', 'ws');
  const link = signal<LinkState>('connecting');
  const heardAt = signal<number | null>(null);
  const user = signal<User | null>(null);
  const tables = Object.fromEntries(kinds.map((kind) => [kind, signal(new Map())])) as unknown as Tables;

  let socket: WebSocket | null = null;
  let closed = false;
  let attempt = 0;
  let rev = -1;
  let heardLocalMs = performance.now();
  let retryTimer: ReturnType<typeof setTimeout> | undefined;

  let offsetMs = Date.now() - performance.now();
  let bestRoundTripMs = Number.POSITIVE_INFINITY;
  const now = () => performance.now() + offsetMs;
  const second = signal(now());

  function connect(): void {
    clearTimeout(retryTimer);
    bestRoundTripMs = Number.POSITIVE_INFINITY;
    const mine = new WebSocket(url);
    socket = mine;
    heardLocalMs = performance.now();
    mine.onopen = () => {
      send({ t: 'hello', protocol: liveProtocol, page });
      ping();
    };
    mine.onmessage = (event) => {
      if (socket === mine) receive(JSON.parse(String(event.data)) as ServerMessage);
    };
    mine.onclose = (event) => {
      if (socket === mine) down(event.code);
    };
  }

  // A socket can hang in CLOSING for a minute after the network went: it is left behind, not waited for.
  function abandon(): void {
    const old = socket;
    socket = null;
    old?.close();
    down(0);
  }

  function down(code: number): void {
    socket = null;
    if (closed) return;
    if (code === closeCodes.signInNeeded) {
      link.value = 'signed-out';
      return;
    }
    if (code === closeCodes.forbidden) {
      link.value = 'forbidden';
      return;
    }
    if (code === closeCodes.protocolMismatch) {
      // The hub was upgraded under this page: only its new page can talk to it.
      location.reload();
      return;
    }
    if (link.value === 'live') link.value = 'lost';
    const waitMs = retryMs[Math.min(attempt++, retryMs.length - 1)] ?? 3_000;
    retryTimer = setTimeout(connect, waitMs * (0.8 + 0.4 * Math.random()));
  }

  function receive(message: ServerMessage): void {
    heardLocalMs = performance.now();
    if (message.t === 'pong') {
      measure(message.at, message.now);
      return;
    }
    if (message.t === 'snapshot') takeSnapshot(message.user, message.data, message.rev);
    else if (message.t === 'patch') {
      if (message.rev !== rev + 1) {
        abandon();
        return;
      }
      rev = message.rev;
      applyChanges(message.changes);
    } else if (message.rev !== rev) {
      abandon();
      return;
    }
    heardAt.value = message.now;
    if (link.value !== 'live') link.value = 'live';
  }

  function takeSnapshot(who: User, data: LiveSnapshot, snapshotRev: number): void {
    attempt = 0;
    rev = snapshotRev;
    batch(() => {
      user.value = who;
      for (const kind of kinds) {
        const table = tables[kind] as Signal<ReadonlyMap<string, { id: string }>>;
        table.value = new Map((data[kind] as { id: string }[]).map((item) => [item.id, item]));
      }
    });
  }

  function applyChanges(changes: LiveChange[]): void {
    const touched = new Map<LiveKind, Map<string, unknown>>();
    for (const { kind, id, value } of changes) {
      let table = touched.get(kind);
      if (!table) {
        table = new Map<string, unknown>(tables[kind].value);
        touched.set(kind, table);
      }
      if (value === null) table.delete(id);
      else table.set(id, value);
    }
    batch(() => {
      for (const [kind, table] of touched) (tables[kind] as Signal<ReadonlyMap<string, unknown>>).value = table;
    });
  }

  function measure(sentLocalMs: number, hubNowMs: number): void {
    const roundTripMs = performance.now() - sentLocalMs;
    if (roundTripMs > bestRoundTripMs) {
      // Lets an old best fade, so that a drifting clock is followed.
      bestRoundTripMs *= 1.2;
      return;
    }
    bestRoundTripMs = roundTripMs;
    offsetMs = hubNowMs + roundTripMs / 2 - performance.now();
  }

  function send(message: ClientMessage): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }
  const ping = () => send({ t: 'ping', at: performance.now() });

  const beat = setInterval(() => {
    second.value = now();
    const silentMs = performance.now() - heardLocalMs;
    if (silentMs > silentAfterMs && link.value === 'live') link.value = 'lost';
    if (silentMs > deadAfterMs && socket) abandon();
  }, 1_000);
  const pinging = setInterval(ping, 5_000);

  connect();
  return {
    link,
    heardAt,
    user,
    tables,
    now,
    second: computed(() => second.value),
    send,
    close() {
      closed = true;
      clearInterval(beat);
      clearInterval(pinging);
      clearTimeout(retryTimer);
      socket?.close();
    },
  };
}
