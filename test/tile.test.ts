/** Tiles on the real line: a simulated camera, edge agent, hub, browser. Judged by what is displayed and what is said of it. */
import type { Camera } from '@kuzet/contracts/camera.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cameraSite, startVideoLine, type VideoLine } from '../bench/support/video-line.ts';
import type { ProbeReport, SeenFrame, SeenTruth } from '../wall-client/probe/probe-report.ts';
import { chromiumPath } from './browser.ts';

/** Two cameras have a small stream. */
const [sized, withSub, without, switching, ...timed] = Array.from({ length: 8 }, (_, i) => `K-000${i + 1}`) as [
  string,
  string,
  string,
  string,
  ...string[],
];
const withSmallStream = [sized, withSub];
const large = { width: 800, height: 450 };
/** Below the limit of a small stream of 320 x 180. */
const small = { width: 288, height: 162 };
/** Of two streams of the same moment one may be a picture ahead. */
const onePictureMs = 90;
const patience = { timeout: 20_000, interval: 100 };
/** Longer than any test: ended by it. */
const longS = 120;
let video: VideoLine;
let token: string;

describe.skipIf(!chromiumPath)('a tile on the line', () => {
  beforeAll(async () => {
    video = await startVideoLine({
      count: 8,
      makeSite(cameras, rtspPort) {
        const site = cameraSite(cameras, rtspPort);
        for (const camera of site.cameras)
          if (withSmallStream.includes(camera.id)) {
            camera.sub = { address: `rtsp://127.0.0.1:${rtspPort}/${camera.id}/sub` };
          }
        return site;
      },
    });
    token = await video.line.signIn();
  }, 120_000);
  afterAll(async () => {
    await video?.stop();
  }, 30_000);

  /** What a tile has shown and said so far, one report after the other. */
  function follow(tile: string) {
    const seen: ProbeReport = { frames: [], truths: [], way: null, stream: null };
    return {
      seen,
      async look(): Promise<ProbeReport> {
        const { frames, truths, way, stream } = await video.take(tile);
        seen.frames.push(...frames);
        seen.truths.push(...truths);
        return Object.assign(seen, { way, stream });
      },
      async until(what: (seen: ProbeReport) => void): Promise<void> {
        await vi.waitFor(async () => what(await this.look()), patience);
      },
      forget() {
        seen.frames.length = 0;
        seen.truths.length = 0;
      },
    };
  }
  const says = (kind: SeenTruth['kind']) => (seen: ProbeReport) => expect(seen.truths.at(-1)?.kind).toBe(kind);
  const shows = (stream: 'main' | 'sub') => (seen: ProbeReport) => expect(seen.stream).toBe(stream);
  const said = ({ truths }: ProbeReport) => [...new Set(truths.map(({ kind }) => kind))];
  const opened = (camera: string) =>
    video.sockets.filter((url) => url.includes(camera)).map((url) => new URL(url).searchParams.get('stream'));
  const camera = async (id: string): Promise<Camera> =>
    (
      await fetch(`${video.line.hubUrl}/api/v1/cameras/${id}`, { headers: { authorization: `Bearer ${token}` } })
    ).json() as Promise<Camera>;

  /** Nothing black, nothing missing, and no picture of before: in no frame of the page. */
  function expectUnbroken(frames: readonly SeenFrame[]): void {
    expect(frames.filter(({ stampMs, blackPart = 1 }) => stampMs === null || blackPart > 0.3)).toEqual([]);
    const backByMs = frames.slice(1).map(({ stampMs }, i) => (frames[i]?.stampMs ?? 0) - (stampMs ?? 0));
    expect(Math.max(...backByMs)).toBeLessThanOrEqual(onePictureMs);
  }

  it('[V54] [V55] changes to the small stream and back: nothing black, no picture of before, always LIVE', async () => {
    // A newcomer to the main stream gets many seconds of old pictures first, decoded one by one.
    video.farm.fault(sized, 'long-gop', longS);
    await video.page.evaluate(slowDecoder);
    await video.openTile('sized', sized, { sized: true, ...large });
    const tile = follow('sized');
    await tile.until(says('live'));
    tile.forget();
    await video.resizeTile('sized', small.width, small.height);
    await tile.until(shows('sub'));
    await video.resizeTile('sized', large.width, large.height);
    await tile.until(shows('main'));
    await tile.until(({ frames, truths }) => expect([frames.length > 60, truths.length > 8]).toEqual([true, true]));
    expectUnbroken(tile.seen.frames);
    expect(said(tile.seen)).toEqual(['live']);
    expect(opened(sized)).toEqual(['main', 'sub', 'main']);

    // About the upper limit, where main stays, and then about the lower one.
    for (const around of [400, 320]) {
      for (let i = 0; i < 12; i++) {
        await video.resizeTile('sized', around + (i % 2 ? 14 : -14), 300);
        await video.page.waitForTimeout(320);
      }
    }
    await tile.look();
    expect(opened(sized)).toEqual(['main', 'sub', 'main', 'sub']);
    expectUnbroken(tile.seen.frames);
    expect(said(tile.seen)).toEqual(['live']);
    await video.closeTile('sized');
    video.farm.fault(sized, 'long-gop', 0);
    await video.page.evaluate(quickDecoder);
  }, 60_000);

  it('[V55] [V56] H.265 in a browser without it: said so, or the small stream; LIVE again by itself', async () => {
    const tiles = { alone: follow('alone'), other: follow('other') };
    await video.openTile('alone', without, { sized: true, ...large });
    await video.openTile('other', withSub, { sized: true, ...large });
    for (const tile of Object.values(tiles)) await tile.until(says('live'));
    for (const tile of Object.values(tiles)) tile.forget();

    for (const id of [without, withSub]) video.farm.fault(id, 'h265', longS);
    await tiles.alone.until(says('undecodable'));
    await tiles.other.until(shows('sub'));
    await tiles.other.until(says('live'));
    // It stays so: nothing that plays in vain takes the word back.
    tiles.alone.forget();
    await tiles.alone.until(({ truths }) => expect(truths.length).toBeGreaterThan(12));
    expect(said(tiles.alone.seen)).toEqual(['undecodable']);
    await tiles.other.look();
    expect(said(tiles.other.seen)).not.toContain('lost');

    for (const id of [without, withSub]) video.farm.fault(id, 'h265', 0);
    tiles.alone.forget();
    const endedMs = Date.now();
    await tiles.alone.until(says('live'));
    expect(Date.now() - endedMs).toBeLessThan(6_000);
    expect(said(tiles.alone.seen)).toEqual(['undecodable', 'live']);
    expect(tiles.alone.seen.way).toBe('webcodecs');
    for (const name of Object.keys(tiles)) await video.closeTile(name);
  }, 60_000);

  it('[V16] [V56] H.265 in the session that was told H.264 is noticed, and told truthfully within seconds', async () => {
    const tile = follow('switching');
    await video.openTile('switching', switching, large);
    await tile.until(says('live'));
    video.farm.fault(switching, 'codec-switch', longS);
    const beganMs = Date.now();
    tile.forget();
    await tile.until(says('undecodable'));
    expect(Date.now() - beganMs).toBeLessThan(8_000);
    expect(said(tile.seen)).not.toContain('lost');
    await vi.waitFor(async () => expect((await camera(switching)).state).toBe('live'), patience);

    video.farm.fault(switching, 'codec-switch', 0);
    const endedMs = Date.now();
    await tile.until(says('live'));
    expect(Date.now() - endedMs).toBeLessThan(8_000);
    await video.closeTile('switching');
  }, 60_000);

  it('[V10] [V42] over MSE a camera whose time jumps, stands still or runs back leaves no hole to the next key frame', async () => {
    const modes = [
      { mode: 'jump', jumpS: 3 },
      { mode: 'jump', jumpS: 600 },
      { mode: 'still' },
      { mode: 'backwards' },
    ] as const;
    const tiles = timed.map((id) => follow(id));
    for (const id of timed) {
      video.farm.fault(id, 'long-gop', longS);
      await video.openTile(id, id, { way: 'mse', width: 320, height: 180 });
    }
    for (const tile of tiles) await tile.until(says('live'));
    // More than a second: the long group has begun, and the next key frame is seconds away.
    for (const tile of tiles) {
      tile.forget();
      await tile.until(({ frames }) => expect(frames.length).toBeGreaterThan(16));
    }
    for (const tile of tiles) tile.forget();
    const fromMs = Date.now();
    for (const [i, id] of timed.entries()) video.farm.fault(id, 'timestamps', 3, modes[i]);
    for (const tile of tiles) {
      await tile.until(({ frames }) => expect((frames.at(-1)?.displayedAtMs ?? 0) - fromMs).toBeGreaterThan(7_000));
    }
    for (const [i, { seen }] of tiles.entries()) {
      const at = [fromMs, ...seen.frames.map(({ displayedAtMs }) => displayedAtMs)];
      const longest = Math.max(...at.slice(1).map((ms, n) => ms - (at[n] as number)));
      expect(longest, JSON.stringify(modes[i])).toBeLessThan(2_000);
      expect(said(seen), JSON.stringify(modes[i])).not.toContain('lost');
    }
  }, 60_000);
});

/** Cached pictures come out of the decoder as slowly as large ones do. */
const slowDecoder = `(() => {
  const Plain = window.VideoDecoder;
  window.plainDecoder = Plain;
  window.VideoDecoder = class extends Plain {
    constructor({ output, error }) {
      let outAtMs = 0;
      super({
        output(frame) {
          const now = performance.now();
          outAtMs = Math.max(now, outAtMs + 12);
          if (outAtMs - now < 4) output(frame);
          else setTimeout(() => output(frame), outAtMs - now);
        },
        error,
      });
    }
  };
})()`;
const quickDecoder = 'window.VideoDecoder = window.plainDecoder';
