import { type LiveVideoMessage, mediaDataOf } from '@kuzet/contracts/live-video.ts';
import { createFrameTimes } from './frame-times.ts';
import { openLiveSocket } from './live-socket.ts';
import type { Player, PlayerFailure } from './player.ts';

type Description = Extract<LiveVideoMessage, { t: 'stream' }>;

/** Chromium's way of decoded frames into a video; other browsers have none, and take MSE. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}

export const canUseWebCodecs = (): boolean => 'VideoDecoder' in window && 'MediaStreamTrackGenerator' in window;

/** Beyond this, and the cached group, the decoder does not keep up: what waits is dropped, the next key frame awaited. */
const maxQueued = 90;

/**
 * Frames of a live socket, decoded here and handed to the video one by one: nothing is buffered, so the delay is that of
 * the network and of decoding, and cannot drift.
 */
export function createWebCodecsPlayer(
  video: HTMLVideoElement,
  path: string,
  onFailure: (failure: PlayerFailure) => void,
): Player {
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = generator.writable.getWriter();
  const times = createFrameTimes();
  let decoder: VideoDecoder | null = null;
  let config: VideoDecoderConfig | null = null;
  let needsKey = true;
  /** Cached frames that were given to the decoder and have not come out. */
  let cachedInside = 0;
  let stillShown = false;
  let next: VideoFrame | null = null;
  let writing = false;
  let destroyed = false;

  video.srcObject = new MediaStream([generator]);
  // A muted video may start by itself; a refusal shows as a tile without frames, which is what it is.
  video.play().catch(() => undefined);

  function show(frame: VideoFrame): void {
    const known = times.find(frame.timestamp / 1e6);
    if (known?.cached) {
      cachedInside--;
      // The first at once, as a still; then nothing older than the newest.
      if (stillShown && cachedInside > 0) {
        frame.close();
        return;
      }
      stillShown = true;
    }
    next?.close();
    next = frame;
    if (!writing) void pass();
  }

  /** Where the page draws more slowly than frames come, only the newest goes on: none may wait behind another. */
  async function pass(): Promise<void> {
    writing = true;
    while (next) {
      const frame = next;
      next = null;
      // A frame that was not taken is still ours to close; the track has ended then.
      await writer.write(frame).catch(() => frame.close());
    }
    writing = false;
  }

  function closeDecoder(): void {
    needsKey = true;
    cachedInside = 0;
    if (decoder && decoder.state !== 'closed') decoder.close();
    decoder = null;
  }

  function openDecoder(): VideoDecoder | null {
    if (!config) return null;
    const mine = new VideoDecoder({
      output(frame) {
        if (decoder === mine) show(frame);
        else frame.close();
      },
      // Also when the browser takes the decoder back: the next key frame opens another.
      error() {
        if (decoder !== mine) return;
        closeDecoder();
        onFailure('trouble');
      },
    });
    mine.configure(config);
    return mine;
  }

  async function describe(message: Description): Promise<void> {
    const wanted: VideoDecoderConfig = {
      codec: message.codec,
      codedWidth: message.width,
      codedHeight: message.height,
      description: Uint8Array.from(atob(message.description), (character) => character.charCodeAt(0)),
      optimizeForLatency: true,
    };
    closeDecoder();
    config = wanted;
    const { supported } = await VideoDecoder.isConfigSupported(wanted).catch(() => ({ supported: false }));
    if (!supported && config === wanted && !destroyed) {
      config = null;
      onFailure('unable');
    }
  }

  const socket = openLiveSocket(path, {
    stream(message) {
      times.clear();
      stillShown = false;
      void describe(message);
    },
    init: () => undefined,
    lost() {
      needsKey = true;
    },
    mute: () => onFailure('no-socket'),
    frame(header, body) {
      if (needsKey && !header.keyFrame) return;
      const data = mediaDataOf(body);
      if (!data) return;
      if (decoder && decoder.decodeQueueSize > maxQueued + cachedInside) {
        closeDecoder();
        if (!header.keyFrame) return;
      }
      decoder ??= openDecoder();
      if (!decoder) return;
      needsKey = false;
      times.note(header.ptsTicks, header);
      if (header.cached) cachedInside++;
      const timestamp = Math.round((header.ptsTicks / 90_000) * 1e6);
      decoder.decode(new EncodedVideoChunk({ type: header.keyFrame ? 'key' : 'delta', timestamp, data }));
    },
  });

  return {
    captureTimeMs: (mediaTimeS) => times.find(mediaTimeS)?.capturedAtMs ?? null,
    isStill: (mediaTimeS) => times.find(mediaTimeS)?.cached === true,
    attempts: socket.attempts,
    framesFlow: socket.framesFlow,
    restart: socket.restart,
    destroy() {
      destroyed = true;
      socket.destroy();
      closeDecoder();
      next?.close();
      next = null;
      writer.close().catch(() => undefined);
      generator.stop();
      video.srcObject = null;
    },
  };
}
