import {
  encodeVideoHeader,
  type LiveVideoMessage,
  type VideoFrameHeader,
  videoHeaderBytes,
  viewerBacklogBytes,
} from '@kuzet/contracts/live-video.ts';

/** One who watches; a WebSocket, mostly. */
export interface Viewer {
  send(data: string | Uint8Array): void;
  /** What it has not read yet. */
  unsentBytes(): number;
}

/** One stream for many viewers: each begins with the pictures since the last key frame, and none waits for another. */
export interface PictureFanOut {
  /** What follows is decoded so; frames come after it. */
  describe(stream: Extract<LiveVideoMessage, { t: 'stream' }>, init: Uint8Array): void;
  /** One picture as it goes out, header and CMAF. It is kept and sent as it is: it must not change afterwards. */
  frame(header: VideoFrameHeader, message: Uint8Array): void;
  /** So many frames are missing here already; viewers are told, and go on with the next key frame. */
  lost(frames: number): void;
  /** No picture comes at present. What is cached is forgotten: it would pass for the present. */
  waiting(detail: string): void;
  join(viewer: Viewer): () => void;
  viewers(): number;
  /** Of the cached group of pictures. */
  cachedBytes(): number;
}

interface Watching {
  viewer: Viewer;
  /** It has a key frame and all since. */
  following: boolean;
  /** Left out since it fell behind. */
  left: number;
  /** The cached group it was given at once may wait as well. */
  allowanceBytes: number;
}

/** Past these a group of pictures is not cached: whoever comes waits for the next key frame. */
const defaultLimits = { maxCachedBytes: 16 * 1024 * 1024, maxCachedS: 15 };
const ticksPerS = 90_000;

export function createPictureFanOut(limits = defaultLimits): PictureFanOut {
  const watching = new Set<Watching>();
  let description: { text: string; init: Uint8Array } | null = null;
  let group: { header: VideoFrameHeader; message: Uint8Array }[] = [];
  let groupBytes = 0;
  let waitingText: string | null = null;

  function forgetGroup(): void {
    group = [];
    groupBytes = 0;
  }

  function cache(header: VideoFrameHeader, message: Uint8Array): void {
    if (header.keyFrame) forgetGroup();
    else if (group.length === 0) return;
    group.push({ header, message });
    groupBytes += message.length;
    const tooLong = header.ptsTicks - group[0]!.header.ptsTicks > limits.maxCachedS * ticksPerS;
    if (groupBytes > limits.maxCachedBytes || tooLong) forgetGroup();
  }

  function deliver(one: Watching, { keyFrame }: VideoFrameHeader, message: Uint8Array): void {
    const unsent = one.viewer.unsentBytes();
    if (unsent <= viewerBacklogBytes) one.allowanceBytes = 0;
    if (unsent > viewerBacklogBytes + one.allowanceBytes) one.following = false;
    // Half: one that would fall behind with the next frame again goes on leaving out.
    else if (!one.following && keyFrame && unsent <= viewerBacklogBytes / 2) {
      one.following = true;
      if (one.left > 0) one.viewer.send(textOf({ t: 'lost', frames: one.left }));
      one.left = 0;
    }
    if (one.following) one.viewer.send(message);
    else one.left++;
  }

  return {
    describe(stream, init) {
      description = { text: textOf(stream), init: withHeader(init) };
      forgetGroup();
      for (const one of watching) {
        one.following = false;
        one.viewer.send(description.text);
        one.viewer.send(description.init);
      }
    },
    frame(header, message) {
      waitingText = null;
      cache(header, message);
      for (const one of watching) deliver(one, header, message);
    },
    lost(frames) {
      forgetGroup();
      for (const one of watching) {
        if (one.following) one.left = 0;
        one.following = false;
        one.left += frames;
      }
    },
    waiting(detail) {
      forgetGroup();
      const text = textOf({ t: 'waiting', detail });
      if (text === waitingText) return;
      waitingText = text;
      for (const one of watching) one.viewer.send(text);
    },
    join(viewer) {
      const one: Watching = { viewer, following: group.length > 0, left: 0, allowanceBytes: groupBytes };
      watching.add(one);
      if (description) {
        viewer.send(description.text);
        viewer.send(description.init);
      }
      for (const { header, message } of group) viewer.send(asCached(header, message));
      if (waitingText !== null) viewer.send(waitingText);
      return () => watching.delete(one);
    },
    viewers: () => watching.size,
    cachedBytes: () => groupBytes,
  };
}

const textOf = (message: LiveVideoMessage): string => JSON.stringify(message);

function withHeader(init: Uint8Array): Uint8Array {
  const message = new Uint8Array(videoHeaderBytes + init.length);
  message.set(encodeVideoHeader({ kind: 'init' }));
  message.set(init, videoHeaderBytes);
  return message;
}

function asCached(header: VideoFrameHeader, message: Uint8Array): Uint8Array {
  const copy = new Uint8Array(message);
  copy.set(encodeVideoHeader({ ...header, cached: true }));
  return copy;
}
