import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { LiveChange, LiveSnapshot, ServerMessage } from '@kuzet/contracts/live.ts';
import { type WebSocket, WebSocketServer } from 'ws';
import type { MockStream } from './mock-stream.ts';

export interface MockHub {
  url: string;
  /** Sends a patch to every page and keeps it for later snapshots. */
  patch(changes: LiveChange[]): void;
  /** `stalled`: the playlist stops growing. `gone`: 404, as for a camera without a stream. */
  setStream(cameraId: string, state: 'live' | 'stalled' | 'gone'): void;
  /** Cuts every socket and refuses new ones until `true`. */
  setLink(up: boolean): void;
  /** Whether anyone signed in with these words. */
  signIns: { username: string; password: string }[];
  close(): Promise<void>;
}

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.geojson': 'application/geo+json',
};

/** The hub as a wall sees it, in one file: pages, session, snapshot and patches, streams. For browser tests only. */
export async function startMockHub(options: {
  pagesFolder: string;
  snapshot: LiveSnapshot;
  stream: (cameraId: string) => MockStream;
}): Promise<MockHub> {
  const { snapshot } = options;
  const streams = new Map<string, { state: 'live' | 'stalled' | 'gone'; sinceMs: number }>();
  const sockets = new Map<WebSocket, { rev: number }>();
  const signIns: { username: string; password: string }[] = [];
  let linkUp = true;
  let signedIn = false;
  const user = { id: 'u1', username: 'screen', displayName: 'Screen', role: 'screen', agencyId: null } as const;

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://hub');
    const send = (status: number, type: string, body: string | Buffer) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(body);
    };
    const json = (status: number, value: unknown) => send(status, 'application/json', JSON.stringify(value));
    if (pathname === '/api/v1/session' && request.method === 'POST') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        signIns.push(JSON.parse(body) as { username: string; password: string });
        signedIn = true;
        json(200, { token: 't', user });
      });
      return;
    }
    if (pathname === '/api/v1/session') {
      if (signedIn) json(200, { user });
      else json(401, { type: 'about:blank', title: 'Sign in', status: 401, code: 'sign-in-needed' });
      return;
    }
    const media = /^\/api\/v1\/cameras\/([^/]+)\/live\/(.+)$/.exec(pathname);
    if (media) {
      const [, cameraId = '', file = ''] = media;
      const { state, sinceMs } = streams.get(cameraId) ?? { state: 'live', sinceMs: 0 };
      if (state === 'gone') {
        send(404, 'text/plain', 'no stream');
        return;
      }
      const stream = options.stream(cameraId);
      if (file === 'index.m3u8') {
        const nowMs = state === 'stalled' ? sinceMs : Date.now();
        send(200, 'application/vnd.apple.mpegurl', stream.playlist(nowMs));
      } else if (file === 'init.mp4') send(200, 'video/mp4', stream.init);
      else send(200, 'video/mp4', stream.segment(Number(/\d+/.exec(file)?.[0])));
      return;
    }
    try {
      const page = pathname.startsWith('/wall/') ? '/wall.html' : pathname;
      send(200, types[extname(page)] ?? 'application/octet-stream', readFileSync(join(options.pagesFolder, page)));
    } catch {
      send(404, 'text/plain', 'not found');
    }
  });

  const sockServer = new WebSocketServer({ server, path: '/ws', verifyClient: () => linkUp });
  const say = (socket: WebSocket, message: ServerMessage) => socket.send(JSON.stringify(message));
  sockServer.on('connection', (socket) => {
    sockets.set(socket, { rev: 0 });
    say(socket, { t: 'snapshot', protocol: 1, rev: 0, now: Date.now(), user: { ...user }, data: snapshot });
    socket.on('message', (raw) => {
      const message = JSON.parse(String(raw)) as { t: string; at?: number };
      if (message.t === 'ping') say(socket, { t: 'pong', at: message.at ?? 0, now: Date.now() });
    });
    socket.on('close', () => sockets.delete(socket));
  });
  const ticking = setInterval(() => {
    for (const [socket, { rev }] of sockets) say(socket, { t: 'tick', rev, now: Date.now() });
  }, 1_000);

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signIns,
    patch(changes) {
      for (const { kind, id, value } of changes) {
        const table = snapshot[kind] as { id: string }[];
        const at = table.findIndex((item) => item.id === id);
        if (at >= 0) table.splice(at, 1);
        if (value) table.push(value);
      }
      for (const [socket, state] of sockets) {
        state.rev++;
        say(socket, { t: 'patch', rev: state.rev, now: Date.now(), changes });
      }
    },
    setStream: (cameraId, state) => streams.set(cameraId, { state, sinceMs: Date.now() }),
    setLink(up) {
      linkUp = up;
      if (!up) for (const socket of sockets.keys()) socket.terminate();
    },
    async close() {
      clearInterval(ticking);
      for (const socket of sockets.keys()) socket.terminate();
      sockServer.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
