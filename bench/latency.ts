/**
 * From the stamp that the camera burns into a picture to that picture on the screen, in headless Chromium: one 640x360
 * stream through camera, edge agent and hub, each way a tile can play it. Beside it, in the same run, what the camera and
 * RTSP alone take. Drift: the median of the last minute against that of the first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startRtspIntake } from '../edge-agent/video/rtsp-client.ts';
import { say } from './support/bench.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';
import { percentiles } from './support/percentiles.ts';
import { startVideoLine, type VideoLine, type Way } from './support/video-line.ts';

const defaults = {
  /** How long each way is watched. */
  seconds: 60,
  ways: 'webcodecs,mse,hls',
  /** All ways at once, for long runs: drift. */
  together: false,
};
/** A tile that has just begun catches up. */
const settleMs = 5_000;
const wanted: Record<Way, number> = { webcodecs: 250, mse: 600, hls: 1_200 };

export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const options = readOptions(args, defaults);
  const ways = options.ways.split(',') as Way[];
  const video = await startVideoLine({ count: 1 });
  try {
    const encoderMs = await encoderDelay(video);
    const results: Record<string, unknown> = {};
    const watchOne = async (way: Way) => {
      say(`${way}: ${options.seconds} s`);
      results[way] = await watch(video, way, options.seconds);
    };
    if (options.together) await Promise.all(ways.map(watchOne));
    else for (const way of ways) await watchOne(way);
    return { wanted: { p95Ms: wanted, driftMs: 100 }, encoderMs, results, options, machine: describeMachine() };
  } finally {
    await video.stop();
  }
}

/** From the stamp to our RTSP client: what no player can take back. */
async function encoderDelay({ rtspPort, cameras }: VideoLine) {
  const delays: number[] = [];
  const intake = startRtspIntake(
    {
      address: `rtsp://127.0.0.1:${rtspPort}/${cameras[0]}/main`,
      username: 'kuzet',
      password: 'bench-camera',
      transport: 'tcp',
    },
    {
      onConnected: () => undefined,
      onAccessUnit: ({ captureTimeMs }) => void delays.push(Date.now() - captureTimeMs),
      onEnd: ({ detail }) => say(`the stream beside ended: ${detail}`),
    },
  );
  await sleep(10_000);
  await intake.stop();
  // The first group of pictures comes out of the camera's memory.
  return percentiles(delays.slice(Math.floor(delays.length / 3)));
}

async function watch(video: VideoLine, way: Way, seconds: number) {
  await video.openTile(way, video.cameras[0]!, { way });
  await sleep(settleMs);
  await video.take(way);
  const ages: { atMs: number; ageMs: number }[] = [];
  let frames = 0;
  let unread = 0;
  let notLive = 0;
  let looks = 0;
  let used: string | null = null;
  const untilMs = Date.now() + seconds * 1_000;
  while (Date.now() < untilMs) {
    await sleep(Math.min(5_000, Math.max(0, untilMs - Date.now())));
    const report = await video.take(way);
    used = report.way;
    for (const { displayedAtMs, stampMs } of report.frames) {
      frames++;
      if (stampMs === null) unread++;
      else ages.push({ atMs: displayedAtMs, ageMs: displayedAtMs - stampMs });
    }
    looks += report.truths.length;
    notLive += report.truths.filter(({ kind }) => kind !== 'live').length;
  }
  await video.closeTile(way);
  const startMs = ages[0]?.atMs ?? 0;
  const endMs = ages.at(-1)?.atMs ?? 0;
  const median = (list: typeof ages) => percentiles(list.map(({ ageMs }) => ageMs))?.p50 ?? null;
  const first = median(ages.filter(({ atMs }) => atMs - startMs < 60_000));
  const last = median(ages.filter(({ atMs }) => endMs - atMs < 60_000));
  return {
    way: used,
    ageMs: percentiles(ages.map(({ ageMs }) => ageMs)),
    framesPerS: Math.round((frames / seconds) * 10) / 10,
    withoutStamp: unread,
    looks,
    notLive,
    driftMs: first !== null && last !== null ? last - first : null,
  };
}
