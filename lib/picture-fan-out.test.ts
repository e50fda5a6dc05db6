import {
  decodeVideoMessage,
  encodeVideoHeader,
  type LiveVideoMessage,
  type VideoFrameHeader,
  viewerBacklogBytes,
} from '@kuzet/contracts/live-video.ts';
import { describe, expect, it } from 'vitest';
import { createPictureFanOut, type PictureFanOut, type Viewer } from './picture-fan-out.ts';

const stream: Extract<LiveVideoMessage, { t: 'stream' }> = {
  t: 'stream',
  stream: 'main',
  codec: 'avc1.42c01e',
  width: 640,
  height: 360,
  description: 'AQ==',
};
const init = Uint8Array.of(7, 7, 7);

/** Sends the frames `from` up to `to`, a key frame every `gop`. */
function send(out: PictureFanOut, from: number, to: number, { gop = 10, bytes = 100 } = {}) {
  for (let number = from; number < to; number++) {
    const header: VideoFrameHeader = {
      kind: 'frame',
      keyFrame: number % gop === 0,
      cached: false,
      discontinuity: number === 0,
      number,
      capturedAtMs: number,
      ptsTicks: number * 3600,
    };
    const message = new Uint8Array(bytes);
    message.set(encodeVideoHeader(header));
    out.frame(header, message);
  }
}

function viewer() {
  const got: (string | number)[] = [];
  const cached: number[] = [];
  const messages: Uint8Array[] = [];
  let unsent = 0;
  const one: Viewer = {
    send(data) {
      if (typeof data === 'string') {
        const message = JSON.parse(data) as LiveVideoMessage;
        got.push(message.t === 'lost' ? `lost ${message.frames}` : message.t);
        return;
      }
      const { header } = decodeVideoMessage(data)!;
      if (header.kind === 'init') got.push('init');
      else {
        got.push(header.number);
        messages.push(data);
        if (header.cached) cached.push(header.number);
      }
    },
    unsentBytes: () => unsent,
  };
  const backlog = (bytes: number) => {
    unsent = bytes;
  };
  return { one, got, cached, messages, backlog };
}

describe('fan-out of pictures', () => {
  it('[V20] begins with the pictures since the last key frame, marked as cached, and goes on with each', () => {
    const out = createPictureFanOut();
    out.describe(stream, init);
    send(out, 0, 13);
    const late = viewer();
    out.join(late.one);
    send(out, 13, 15);
    expect(late.got).toEqual(['stream', 'init', 10, 11, 12, 13, 14]);
    expect(late.cached).toEqual([10, 11, 12]);
  });

  it('[V20] hands the same bytes to all, made once', () => {
    const out = createPictureFanOut();
    out.describe(stream, init);
    const [a, b] = [viewer(), viewer()];
    out.join(a.one);
    out.join(b.one);
    send(out, 0, 3);
    expect(a.messages).toHaveLength(3);
    for (const [i, message] of a.messages.entries()) expect(message).toBe(b.messages[i]);
  });

  it('[V22] leaves out for who is slow up to the next key frame, says how many, and slows nobody else', () => {
    const out = createPictureFanOut();
    out.describe(stream, init);
    const [slow, quick] = [viewer(), viewer()];
    out.join(slow.one);
    out.join(quick.one);
    send(out, 0, 3);
    slow.backlog(viewerBacklogBytes + 1);
    send(out, 3, 12);
    // Still more than half behind at the key frame 10: it waits for the one after.
    slow.backlog(viewerBacklogBytes / 2 + 1);
    send(out, 12, 21);
    slow.backlog(0);
    send(out, 21, 32);
    expect(slow.got).toEqual(['stream', 'init', 0, 1, 2, 'lost 27', 30, 31]);
    expect(quick.got).toEqual(['stream', 'init', ...Array.from({ length: 32 }, (_, i) => i)]);
  });

  it('[V22] a large cached group is no reason to call its viewer slow', () => {
    const out = createPictureFanOut();
    out.describe(stream, init);
    send(out, 0, 6, { bytes: 1_000_000 });
    const late = viewer();
    out.join(late.one);
    late.backlog(6_000_000);
    send(out, 6, 8);
    late.backlog(0);
    send(out, 8, 9);
    late.backlog(viewerBacklogBytes + 1);
    send(out, 9, 10);
    expect(late.got).toEqual(['stream', 'init', 0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('[V20] caches no more than its bounds', () => {
    const out = createPictureFanOut({ maxCachedBytes: 1_000, maxCachedS: 15 });
    out.describe(stream, init);
    send(out, 0, 9);
    expect(out.cachedBytes()).toBe(900);
    send(out, 9, 20, { gop: 1_000 });
    expect(out.cachedBytes()).toBe(0);
    const late = viewer();
    out.join(late.one);
    send(out, 20, 22);
    expect(late.got).toEqual(['stream', 'init', 20, 21]);
    const long = createPictureFanOut({ maxCachedBytes: 1e9, maxCachedS: 1 });
    send(long, 0, 40, { gop: 1_000 });
    expect(long.cachedBytes()).toBe(0);
  });

  it('[V23] says why no picture comes, to each once, and lends nobody an old one', () => {
    const out = createPictureFanOut();
    out.describe(stream, init);
    const [a, b] = [viewer(), viewer()];
    out.join(a.one);
    send(out, 0, 2);
    out.waiting('the camera is away');
    out.waiting('the camera is away');
    out.join(b.one);
    expect(a.got).toEqual(['stream', 'init', 0, 1, 'waiting']);
    expect(b.got).toEqual(['stream', 'init', 'waiting']);
    send(out, 10, 12);
    expect(b.got.slice(3)).toEqual([10, 11]);
    const c = viewer();
    out.join(c.one);
    expect(c.got).toEqual(['stream', 'init', 10, 11]);
  });

  it('[V22] what is missing already is told, and a key frame comes next', () => {
    const out = createPictureFanOut();
    out.describe(stream, init);
    const a = viewer();
    out.join(a.one);
    send(out, 0, 2);
    out.lost(5);
    send(out, 7, 12);
    expect(a.got).toEqual(['stream', 'init', 0, 1, 'lost 8', 10, 11]);
  });

  it('forgets who left', () => {
    const out = createPictureFanOut();
    const a = viewer();
    const leave = out.join(a.one);
    leave();
    send(out, 0, 3);
    expect(a.got).toEqual([]);
    expect(out.viewers()).toBe(0);
  });
});
