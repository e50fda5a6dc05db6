import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PictureTruth } from './picture-truth.ts';
import { createSizedTile } from './sized-tile.ts';
import type { Tile } from './tile.ts';

const live: PictureTruth = { kind: 'live', delayMs: 100 };
const starting: PictureTruth = { kind: 'starting', overdue: true };
const at = (width: number) => ({ x: 0, y: 0, width, height: (width * 9) / 16 });

interface FakeTile extends Tile {
  says: PictureTruth;
  size: { width: number; height: number } | null;
  comesBy: 'webcodecs' | 'hls';
  covered: boolean;
  /** As of the last look. */
  seen: boolean;
}
let nowMs = 0;
let open: FakeTile[] = [];
let streams: VideoStream[] = [];

function makeTile(): Tile {
  let stream: VideoStream = 'main';
  const tile: FakeTile = {
    says: starting,
    size: null,
    comesBy: 'webcodecs',
    covered: false,
    seen: false,
    show(_id, asked = 'main') {
      stream = asked;
      streams.push(asked);
    },
    place: () => undefined,
    setCovered(covered) {
      tile.covered = covered;
    },
    truth() {
      tile.seen = !tile.covered || tile.says.kind === 'live';
      return tile.says;
    },
    frameAgeMs: () => 0,
    way: () => tile.comesBy,
    attempts: () => 0,
    framesShown: () => 7,
    stream: () => stream,
    pictureSize: () => tile.size,
    destroy() {
      open = open.filter((one) => one !== tile);
    },
  };
  open.push(tile);
  return tile;
}
const goLive = (tile: FakeTile | undefined, width: number) => {
  if (!tile) throw new Error('no such tile');
  tile.says = live;
  tile.size = at(width);
};

beforeEach(() => {
  nowMs = 0;
  open = [];
  streams = [];
});
function small(): Tile {
  const tile = createSizedTile(makeTile, () => nowMs);
  tile.place(at(320), 1);
  tile.show('K-1');
  return tile;
}

describe('a tile that picks its stream', () => {
  it('[V55] shows the one it has until the other one is live, and then lets it go', () => {
    const tile = small();
    goLive(open[0], 1920);
    expect(tile.truth()).toEqual(live);
    expect(streams).toEqual(['main', 'sub']);
    const [main, sub] = open;
    // Of the picture that is seen, whatever the other says.
    expect(tile.truth()).toEqual(live);
    expect([tile.stream(), open.length]).toEqual(['main', 2]);
    goLive(sub, 640);
    expect(tile.truth()).toEqual(live);
    expect([tile.stream(), open.length]).toEqual(['main', 2]);
    expect(tile.truth()).toEqual(live);
    expect([tile.stream(), open]).toEqual(['sub', [sub]]);
    expect(main).not.toBe(sub);
    expect(tile.framesShown()).toBe(14);
  });

  it('[V55] what the other one has of before lies over nothing; it is on the screen before the one shown goes', () => {
    const tile = small();
    goLive(open[0], 1920);
    tile.truth();
    const [main, sub] = open;
    if (sub) sub.says = { kind: 'starting', overdue: false, still: true };
    tile.truth();
    expect([main?.seen, sub?.seen]).toEqual([true, false]);
    goLive(sub, 640);
    tile.truth();
    expect([main?.seen, sub?.seen, tile.stream()]).toEqual([true, true, 'main']);
    tile.truth();
    expect([tile.stream(), open]).toEqual(['sub', [sub]]);
  });

  it('[V55] [V56] one that no decoder knows is let go at once, and left alone', () => {
    const tile = createSizedTile(makeTile, () => nowMs);
    tile.place(at(1920), 1);
    tile.show('K-1');
    if (open[0]) open[0].says = { kind: 'undecodable' };
    tile.truth();
    if (open[1]) open[1].says = { kind: 'undecodable' };
    for (nowMs = 0; nowMs < 29_000; nowMs += 250) expect(tile.truth()).toEqual({ kind: 'undecodable' });
    expect([streams, open.length]).toEqual([['main', 'sub'], 1]);
  });

  it('[V54] goes by physical pixels: the same tile on a dense screen takes the main stream', () => {
    const tile = small();
    goLive(open[0], 1920);
    tile.place(at(500), 2);
    tile.truth();
    expect(streams).toEqual(['main']);
  });

  it('[V54] a size that trembles about a threshold changes the stream once, and fetches none in vain', () => {
    const tile = small();
    goLive(open[0], 1280);
    tile.truth();
    goLive(open[1], 320);
    tile.truth();
    expect([tile.stream(), streams]).toEqual(['main', ['main', 'sub']]);
    for (let look = 0; look < 100; look++) {
      nowMs += 250;
      tile.place(at(look % 2 ? 334 : 306), 1);
      tile.truth();
      if (open[1]) goLive(open[1], 320);
    }
    expect([tile.stream(), streams]).toEqual(['sub', ['main', 'sub', 'sub']]);
  });

  it('[V55] one that gives no picture is closed and left alone', () => {
    const tile = small();
    goLive(open[0], 1920);
    tile.truth();
    nowMs = 8_001;
    tile.truth();
    expect(open.length).toBe(1);
    tile.truth();
    nowMs = 30_000;
    tile.truth();
    expect([streams, tile.truth()]).toEqual([['main', 'sub'], live]);
    nowMs = 38_002;
    tile.truth();
    expect(streams).toEqual(['main', 'sub', 'sub']);
  });

  it('[V55] takes the small stream where the main one cannot be decoded, at once', () => {
    const tile = createSizedTile(makeTile, () => nowMs);
    tile.place(at(1920), 1);
    tile.show('K-1');
    tile.truth();
    expect(streams).toEqual(['main']);
    if (open[0]) open[0].says = { kind: 'undecodable' };
    tile.truth();
    expect(streams).toEqual(['main', 'sub']);
    goLive(open[1], 640);
    tile.truth();
    expect(tile.truth()).toEqual(live);
    expect(tile.stream()).toBe('sub');
  });

  it('[V55] takes the main stream where the small one has been lost for 5 s, and is not kept waiting by it', () => {
    const tile = small();
    goLive(open[0], 1920);
    tile.truth();
    goLive(open[1], 640);
    tile.truth();
    tile.truth();
    expect(tile.stream()).toBe('sub');
    const lost = (ageMs: number): PictureTruth => ({ kind: 'lost', ageMs, lastFrameAtMs: 0 });
    if (open[0]) open[0].says = lost(4_900);
    tile.truth();
    expect(open.length).toBe(1);
    if (open[0]) open[0].says = lost(5_100);
    nowMs = 10_000;
    tile.truth();
    expect(streams).toEqual(['main', 'sub', 'main']);
    // Main is away as well: it is asked again, every half a minute.
    for (; nowMs < 130_000; nowMs += 250) tile.truth();
    expect(streams.length).toBeGreaterThanOrEqual(5);
    for (; open.length < 2; nowMs += 250) tile.truth();
    goLive(open[1], 1920);
    tile.truth();
    tile.truth();
    expect([tile.stream(), open.length]).toEqual(['main', 1]);
    // The small one is tried again, as ever; without a picture it takes nothing away.
    for (const untilMs = nowMs + 60_000; nowMs < untilMs; nowMs += 250) expect(tile.truth()).toEqual(live);
    expect(tile.stream()).toBe('main');
  });

  it('[V54] one that proves smaller than was thought is not taken, nor asked for again', () => {
    const tile = createSizedTile(makeTile, () => nowMs);
    tile.place(at(376), 1);
    tile.show('K-1');
    goLive(open[0], 1280);
    tile.truth();
    goLive(open[1], 320);
    for (nowMs = 0; nowMs < 60_000; nowMs += 250) tile.truth();
    expect([tile.stream(), open.length, streams]).toEqual(['main', 1, ['main', 'sub']]);
  });

  it('a camera without a small stream stays on main', () => {
    const tile = small();
    goLive(open[0], 1920);
    tile.truth();
    goLive(open[1], 1920);
    for (nowMs = 0; nowMs < 120_000; nowMs += 250) {
      tile.truth();
      for (const one of open) goLive(one, 1920);
    }
    expect([streams, tile.stream()]).toEqual([['main', 'sub'], 'main']);
  });

  it('closes what is shown and what is beside it', () => {
    const tile = small();
    goLive(open[0], 1920);
    tile.truth();
    expect(open.length).toBe(2);
    tile.destroy();
    expect(open).toEqual([]);
  });

  it('another camera begins anew', () => {
    const tile = small();
    goLive(open[0], 1920);
    tile.truth();
    tile.show('K-2');
    expect([open.length, streams]).toEqual([1, ['main', 'sub', 'main']]);
    tile.show(null);
    expect(open).toEqual([]);
  });
});
