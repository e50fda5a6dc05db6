import { closeCodes } from '@kuzet/contracts/live.ts';
import { type VideoStream, videoStreams } from '@kuzet/contracts/live-video.ts';
import { may, type User } from '@kuzet/contracts/user.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { WebSocket } from 'ws';
import { type EdgeStream, openEdgeStream } from './edge-stream.ts';

export interface LiveVideoDeps {
  edgeHttpUrl(cameraId: string): Promise<string | null>;
  knowsCamera(cameraId: string): Promise<boolean>;
  camerasOfAgency(agencyId: string): Promise<string[]>;
  /** Whether the session still stands. */
  lookSession(tokenHash: string): Promise<unknown | null>;
  token: string | null;
  connectTimeoutMs: number;
  clock: Clock;
  log: Log;
}

interface WatchingSession {
  tokenHash: string;
  user: User;
}

/** Whoever moves from page to page comes back at once: a stream is not worth ending for that. */
const keptMs = 5_000;
/** An incident that closes takes its cameras from its agency, a session that ends from its user, within this. */
const recheckEveryMs = 15_000;
const noSuchCamera: [code: number, why: string] = [closeCodes.notFound, 'no such camera'];

/** Live sockets of cameras for people who are signed in: `GET /api/v1/cameras/{id}/live?stream=main|sub`. */
export function createLiveVideo(deps: LiveVideoDeps) {
  const { clock, log } = deps;
  const streams = new Map<string, EdgeStream>();
  const sockets = new Map<WebSocket, WatchingSession>();
  let stopped = false;

  async function refusal({ role, agencyId }: User, cameraId: string): Promise<[code: number, why: string] | null> {
    if (may(role, 'view')) return null;
    if (!may(role, 'desk')) return [closeCodes.forbidden, 'forbidden'];
    const isTheirs = (await deps.camerasOfAgency(agencyId ?? '')).includes(cameraId);
    // Like a camera that there is not: what there is in the city is not an agency's to find out.
    return isTheirs ? null : noSuchCamera;
  }

  function join(ws: WebSocket, cameraId: string, stream: VideoStream): () => void {
    const key = `${stream} ${cameraId}`;
    let source = streams.get(key);
    if (!source) {
      source = openEdgeStream({ ...deps, cameraId, stream });
      streams.set(key, source);
    }
    const leave = source.join({ send: (data) => ws.send(data), unsentBytes: () => ws.bufferedAmount });
    return () => {
      leave();
      clock.after(keptMs, () => {
        if (source.viewers() > 0 || streams.get(key) !== source) return;
        streams.delete(key);
        source.stop();
      });
    };
  }

  async function admit(ws: WebSocket, session: WatchingSession, cameraId: string, stream: VideoStream) {
    const refused =
      (await refusal(session.user, cameraId)) ?? ((await deps.knowsCamera(cameraId)) ? null : noSuchCamera);
    if (refused) return ws.close(...refused);
    if (ws.readyState !== ws.OPEN) return;
    if (stopped) return ws.close(1001, 'the hub stops');
    sockets.set(ws, session);
    const leave = join(ws, cameraId, stream);
    const stopChecks = clock.every(recheckEveryMs, () => {
      recheck(ws, session, cameraId).catch((err: unknown) => log.warn({ err }, 'who watches could not be checked'));
    });
    ws.on('close', () => {
      stopChecks();
      sockets.delete(ws);
      leave();
    });
  }

  async function recheck(ws: WebSocket, { tokenHash, user }: WatchingSession, cameraId: string): Promise<void> {
    const stands = (await deps.lookSession(tokenHash)) !== null;
    if (!stands) return ws.close(closeCodes.signInNeeded, 'signed out');
    const refused = await refusal(user, cameraId);
    if (refused) ws.close(...refused);
  }

  return {
    upgrade: {
      path: /^\/api\/v1\/cameras\/[^/]{1,200}\/live$/,
      // Viewers say nothing.
      maxMessageBytes: 1_024,
      open(ws: WebSocket, session: WatchingSession, url: URL): void {
        const cameraId = decode(url.pathname.split('/')[4]!);
        const stream = videoStreams.find((name) => name === (url.searchParams.get('stream') ?? 'main'));
        if (!stream || cameraId === null) {
          ws.close(...noSuchCamera);
          return;
        }
        admit(ws, session, cameraId, stream).catch((err: unknown) => {
          log.error({ err, cameraId }, 'a live socket could not be opened');
          ws.close(1011, 'the hub failed');
        });
      },
    },
    endSessions(tokenHashes: readonly string[]): void {
      const ended = new Set(tokenHashes);
      for (const [ws, { tokenHash }] of sockets)
        if (ended.has(tokenHash)) ws.close(closeCodes.signInNeeded, 'signed out');
    },
    viewers: () => sockets.size,
    stop(): void {
      stopped = true;
      for (const ws of sockets.keys()) ws.close(1001, 'the hub stops');
      for (const source of streams.values()) source.stop();
      streams.clear();
    },
  };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
