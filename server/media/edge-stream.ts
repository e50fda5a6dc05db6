import { closeCodes } from '@kuzet/contracts/live.ts';
import {
  decodeVideoMessage,
  LiveVideoMessage,
  type VideoStream,
  videoHeaderBytes,
} from '@kuzet/contracts/live-video.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createPictureFanOut, type PictureFanOut } from '@kuzet/lib/picture-fan-out.ts';
import { Compile } from 'typebox/compile';
import { WebSocket } from 'ws';

export interface EdgeStreamDeps {
  cameraId: string;
  stream: VideoStream;
  /** Null while nobody has said where the camera's edge agent is. */
  edgeHttpUrl(cameraId: string): Promise<string | null>;
  /** Sent as Bearer; null: without. */
  token: string | null;
  connectTimeoutMs: number;
  clock: Clock;
  log: Log;
}

/** One stream fetched once from its edge agent, for all who watch it here. */
export interface EdgeStream extends Pick<PictureFanOut, 'join' | 'viewers'> {
  stop(): void;
}

const isMessage = Compile(LiveVideoMessage);
/** One picture: the largest that an edge agent takes from a camera, and its wrapping. */
const maxMessageBytes = 9 * 1024 * 1024;
const firstRetryMs = 250;
const longestRetryMs = 4_000;
/** An edge agent pings its viewers every 10 s: without a word for this long the connection is dead. */
const silentAfterMs = 25_000;

/** Connects, and keeps at it until `stop`. Viewers are told why nothing comes, and stay. */
export function openEdgeStream(deps: EdgeStreamDeps): EdgeStream {
  const { cameraId, stream, clock, log } = deps;
  const out = createPictureFanOut();
  let ws: WebSocket | null = null;
  let retryMs = firstRetryMs;
  let cancelRetry: (() => void) | null = null;
  let cancelSilence: (() => void) | null = null;
  let stopped = false;
  let described: Extract<LiveVideoMessage, { t: 'stream' }> | null = null;

  async function connect(): Promise<void> {
    const base = await deps.edgeHttpUrl(cameraId);
    if (stopped) return;
    if (base === null) return again('the edge agent of this camera has not said where it serves video');
    const url = new URL(`/cameras/${encodeURIComponent(cameraId)}/live?stream=${stream}`, base);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, {
      ...(deps.token !== null && { headers: { authorization: `Bearer ${deps.token}` } }),
      handshakeTimeout: deps.connectTimeoutMs,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
    });
    ws = socket;
    let why = `the edge agent at ${url.host} ended the connection`;
    const heard = () => {
      cancelSilence?.();
      cancelSilence = clock.after(silentAfterMs, () => {
        why = `the edge agent at ${url.host} says nothing`;
        socket.terminate();
      });
    };
    socket.on('open', heard);
    socket.on('ping', heard);
    socket.on('message', (data: Buffer, isBinary) => {
      heard();
      if (isBinary) onPicture(data);
      else onText(data.toString());
    });
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      why =
        statusCode === 401
          ? `the edge agent at ${url.host} refuses the hub: edge.token differs`
          : `the edge agent at ${url.host} answered ${statusCode}`;
      socket.terminate();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      log.debug({ err: error, cameraId }, 'video of an edge agent');
      if (error.code) why = `the edge agent at ${url.host} does not answer (${error.code})`;
    });
    socket.on('close', (code) => {
      cancelSilence?.();
      if (code === closeCodes.notFound) why = `the edge agent at ${url.host} has no camera ${cameraId}`;
      if (!stopped && ws === socket) again(why);
    });
  }

  function again(why: string): void {
    out.waiting(why);
    cancelRetry = clock.after(retryMs, start);
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  }

  function onText(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      message = null;
    }
    // An edge agent newer than this hub may say more.
    if (!isMessage.Check(message)) return;
    if (message.t === 'stream') described = message;
    else if (message.t === 'lost') out.lost(message.frames);
    else out.waiting(message.detail);
  }

  function onPicture(bytes: Buffer): void {
    const message = decodeVideoMessage(bytes);
    if (message === null) return;
    if (message.header.kind === 'init') {
      if (described) out.describe(described, bytes.subarray(videoHeaderBytes));
      return;
    }
    retryMs = firstRetryMs;
    out.frame(message.header, bytes);
  }

  function start(): void {
    connect().catch((err: unknown) => {
      log.warn({ err, cameraId }, 'the edge agent of a camera could not be looked up');
      if (!stopped) again('the hub could not look up the edge agent of this camera');
    });
  }

  start();
  return {
    join: out.join,
    viewers: out.viewers,
    stop() {
      stopped = true;
      cancelRetry?.();
      cancelSilence?.();
      ws?.terminate();
    },
  };
}
