import { decodeVideoMessage, type LiveVideoMessage, type VideoFrameHeader } from '@kuzet/contracts/live-video.ts';
import { createLag } from './lag.ts';

export interface LiveSocketEvents {
  stream(message: Extract<LiveVideoMessage, { t: 'stream' }>): void;
  init(body: Uint8Array): void;
  frame(header: VideoFrameHeader, body: Uint8Array): void;
  lost(): void;
  /** It never spoke, though asked several times: what stands in between may let no WebSocket through. */
  mute(): void;
}
export interface LiveSocket {
  attempts(): number;
  framesFlow(): void;
  restart(): void;
  destroy(): void;
}

const backoffMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** Pictures come many times a second, or the hub says why not: silence for longer is a connection that died unheard. */
const silentAfterMs = 4_000;
const muteAfter = 3;
/** A page that is too busy finds messages late: what came meanwhile is left out, up to a key frame that is in time again. */
const lateMs = 1_000;
const inTimeMs = 400;

/** A camera's live socket, opened again whenever it ends, for ever. */
export function openLiveSocket(path: string, events: LiveSocketEvents): LiveSocket {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let ws: WebSocket | null = null;
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let spoke = false;
  let lag = createLag();
  let leavingOut = false;
  let destroyed = false;

  function open(): void {
    timer = undefined;
    const mine = new WebSocket(url);
    ws = mine;
    lag = createLag();
    leavingOut = false;
    mine.binaryType = 'arraybuffer';
    const heard = (mayBeQuiet: boolean) => {
      clearTimeout(silence);
      silence = mayBeQuiet ? undefined : setTimeout(again, silentAfterMs);
    };
    heard(false);
    mine.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (ws !== mine) return;
      spoke = true;
      if (typeof data === 'string') {
        const message = JSON.parse(data) as LiveVideoMessage;
        heard(message.t === 'waiting');
        if (message.t === 'stream') events.stream(message);
        else if (message.t === 'lost') events.lost();
        return;
      }
      heard(false);
      const message = decodeVideoMessage(new Uint8Array(data));
      if (message?.header.kind === 'init') events.init(message.body);
      else if (message?.header.kind === 'frame' && isInTime(message.header)) events.frame(message.header, message.body);
    };
    mine.onclose = () => {
      if (ws === mine) again();
    };
  }

  function isInTime({ capturedAtMs, cached, keyFrame }: VideoFrameHeader): boolean {
    if (cached) return true;
    const lateByMs = lag.of(capturedAtMs, performance.now());
    if (leavingOut) leavingOut = !keyFrame || lateByMs > inTimeMs;
    else if (lateByMs > lateMs) {
      leavingOut = true;
      events.lost();
    }
    return !leavingOut;
  }

  function close(): void {
    clearTimeout(silence);
    clearTimeout(timer);
    timer = undefined;
    const old = ws;
    ws = null;
    old?.close();
  }

  function again(): void {
    if (destroyed || timer !== undefined) return;
    close();
    const waitMs = backoffMs[Math.min(attempts++, backoffMs.length - 1)] as number;
    timer = setTimeout(open, waitMs * (0.8 + 0.4 * Math.random()));
    if (!spoke && attempts === muteAfter) events.mute();
  }

  open();
  return {
    attempts: () => attempts,
    framesFlow() {
      attempts = 0;
    },
    restart: again,
    destroy() {
      destroyed = true;
      close();
    },
  };
}
