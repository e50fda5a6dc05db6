/**
 * Freezes and losses, many times over a farm of cameras: how long after the last new frame on the screen a tile stops
 * saying LIVE, whether one ever says LIVE of an old picture, and whether one flags a picture that is well, or one that
 * does not change. Tiles are judged alone, without the hub's word, by the stamps in the pixels they presented.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import type { ProbeReport, SeenFrame } from '../wall-client/probe/probe-report.ts';
import { say } from './support/bench.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';
import { percentiles } from './support/percentiles.ts';
import { startVideoLine } from './support/video-line.ts';

const defaults = { faults: 1_000, tiles: 12, static: 2, way: 'webcodecs', seed: 1 };
const kinds = ['freeze', 'disconnect'] as const;
const brokenS = 4;
/** A tile's picture is back and steady before it is broken again. */
const settleMs = 4_000;
/** A tile that presented a frame within this much before a look has a picture that comes. */
const presentMs = 500;
/** A picture of now, in a camera that is well. */
const youngMs = 1_000;
const wholeDayS = 86_400;

export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const options = readOptions(args, defaults);
  const way = options.way as 'webcodecs' | 'mse' | 'hls';
  const random = createRandom(options.seed);
  const video = await startVideoLine({ count: options.tiles + options.static });
  const breaking = video.cameras.slice(0, options.tiles);
  const standing = video.cameras.slice(options.tiles);
  const flaggedMs: number[] = [];
  const lastFrames = new Map<string, SeenFrame | null>();
  let notFlagged = 0;
  let liveBeyond = 0;
  let looksWhileWell = 0;
  let falseFlags = 0;
  let looksAtStatic = 0;
  let staticFlagged = 0;
  let notBack = 0;
  let injected = 0;
  try {
    for (const camera of video.cameras) await video.openTile(camera, camera, { way, width: 240, height: 135 });
    for (const camera of standing) video.farm.fault(camera, 'stuck', wholeDayS);
    await sleep(settleMs);
    for (const camera of standing) await video.take(camera);
    while (injected < options.faults) {
      // Well, all of them: nothing may be flagged.
      for (const camera of breaking) await video.take(camera);
      await sleep(1_500);
      for (const camera of breaking) {
        const report = await video.take(camera);
        lastFrames.set(camera, newest(report.frames) ?? lastFrames.get(camera) ?? null);
        const looks = looksWhilePicturesCome(report).filter(({ ageMs }) => ageMs < youngMs);
        looksWhileWell += looks.length;
        falseFlags += looks.filter(({ kind }) => kind !== 'live').length;
      }
      const broken = breaking.slice(0, options.faults - injected);
      for (const camera of broken) {
        video.farm.fault(camera, kinds[Math.floor(random() * kinds.length)]!, brokenS);
        await sleep(random() * 60);
      }
      injected += broken.length;
      await sleep(brokenS * 1_000 - 300);
      const seen = await Promise.all(broken.map((camera) => video.take(camera)));
      for (const [i, report] of seen.entries()) {
        const judged = judge(report, lastFrames.get(broken[i]!) ?? null);
        if (judged.flaggedAfterMs === null) {
          notFlagged++;
          say(`${broken[i]} was not flagged; ${Math.round(judged.gapMs)} ms without a frame`);
        } else flaggedMs.push(judged.flaggedAfterMs);
        liveBeyond += judged.liveBeyond;
      }
      await sleep(settleMs);
      for (const camera of broken) {
        const { truths } = await video.take(camera);
        if (truths.at(-1)?.kind !== 'live') notBack++;
      }
      for (const camera of standing) {
        const looks = looksWhilePicturesCome(await video.take(camera));
        looksAtStatic += looks.length;
        staticFlagged += looks.filter(({ kind }) => kind !== 'live').length;
      }
      if (injected % (10 * options.tiles) === 0)
        say(`${injected} faults; flagged ${JSON.stringify(percentiles(flaggedMs))}`);
    }
    return {
      wanted: { flaggedP99Ms: 2_500, liveBeyond: 0, falseFlags: 0, staticFlagged: 0 },
      injected,
      flaggedMs: percentiles(flaggedMs),
      notFlagged,
      liveBeyond,
      looksWhileWell,
      falseFlags,
      looksAtStatic,
      staticFlagged,
      notBackAfterMs: { afterMs: settleMs, tiles: notBack },
      options,
      machine: describeMachine(),
    };
  } finally {
    await video.stop();
  }
}

/**
 * The longest time without a new frame on the screen: how long after its beginning a look did not say LIVE, and the looks
 * that said so later than 2 s after it. `before`: the last frame of the time before.
 */
function judge({ frames, truths }: ProbeReport, before: SeenFrame | null) {
  const seen = [...(before ? [before] : []), ...frames.filter(({ stampMs }) => stampMs !== null)];
  const endMs = Math.max(seen.at(-1)?.displayedAtMs ?? 0, truths.at(-1)?.atMs ?? 0);
  let gap = { fromMs: 0, toMs: 0 };
  for (const [i, { displayedAtMs }] of seen.entries()) {
    const toMs = seen[i + 1]?.displayedAtMs ?? endMs;
    if (toMs - displayedAtMs > gap.toMs - gap.fromMs) gap = { fromMs: displayedAtMs, toMs };
  }
  const within = truths.filter(({ atMs }) => atMs > gap.fromMs && atMs < gap.toMs);
  const flagged = within.find(({ kind }) => kind !== 'live');
  return {
    gapMs: gap.toMs - gap.fromMs,
    flaggedAfterMs: flagged ? flagged.atMs - gap.fromMs : null,
    liveBeyond: within.filter(({ kind, atMs }) => kind === 'live' && atMs - gap.fromMs > 2_000).length,
  };
}

/** Looks at a tile that had presented a frame just before, and how old that was by its stamp. */
function looksWhilePicturesCome({ frames, truths }: ProbeReport) {
  return truths.flatMap(({ atMs, kind }) => {
    const last = frames.filter(({ displayedAtMs }) => displayedAtMs <= atMs).at(-1);
    if (!last || last.stampMs === null || atMs - last.displayedAtMs > presentMs) return [];
    return [{ kind, ageMs: last.displayedAtMs - last.stampMs }];
  });
}

const newest = (frames: readonly SeenFrame[]): SeenFrame | null =>
  frames.filter(({ stampMs }) => stampMs !== null).at(-1) ?? null;
