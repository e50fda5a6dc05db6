/**
 * From asking for a tile to its first picture (a still) and to pictures that move, with a key frame every ten seconds,
 * at random moments of the group. Chromium, hub, edge agent and camera as people run them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { openClipLibrary } from '../simulators/camera/clip-library.ts';
import { say } from './support/bench.ts';
import { withLongGroups } from './support/long-group-clip.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';
import { percentiles } from './support/percentiles.ts';
import { startVideoLine, type Way } from './support/video-line.ts';

const defaults = { openings: 40, ways: 'webcodecs,mse', groupS: 10, seed: 1 };
/** A picture of now: what shows moving video is this young. */
const movingAgeMs = 1_000;
const givenUpMs = 5_000;

export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const options = readOptions(args, defaults);
  const random = createRandom(options.seed);
  const video = await startVideoLine({ count: 1, library: withLongGroups(openClipLibrary(), options.groupS) });
  try {
    // A whole group, so that the cache is what it is in real life.
    await sleep(options.groupS * 1_000);
    const results: Record<string, unknown> = {};
    for (const way of options.ways.split(',') as Way[]) {
      say(`${way}: ${options.openings} openings`);
      const still: number[] = [];
      const moving: number[] = [];
      let without = 0;
      for (let i = 0; i < options.openings; i++) {
        await sleep(200 + random() * 900);
        const askedAtMs = await video.openTile('tile', video.cameras[0]!, { way });
        let first: number | null = null;
        let young: number | null = null;
        while (young === null && Date.now() - askedAtMs < givenUpMs) {
          await sleep(50);
          for (const { displayedAtMs, stampMs } of (await video.take('tile')).frames) {
            if (stampMs === null) continue;
            first ??= displayedAtMs - askedAtMs;
            if (displayedAtMs - stampMs < movingAgeMs) young ??= displayedAtMs - askedAtMs;
          }
        }
        await video.closeTile('tile');
        if (first === null || young === null) without++;
        else {
          still.push(first);
          moving.push(young);
        }
      }
      results[way] = { stillMs: percentiles(still), movingMs: percentiles(moving), without };
    }
    return { wanted: { stillP95Ms: 150, movingP95Ms: 400 }, results, options, machine: describeMachine() };
  } finally {
    await video.stop();
  }
}
