/**
 * `npm run bench -- remux`: what a camera of 1080p25 at 4 Mbit/s costs the edge agent, which takes it in and holds it for
 * live sockets and HLS, beside one `ffmpeg -c copy` a camera that writes HLS into memory, at the same time and from the same
 * cameras. The edge agent is measured once without cameras, so that what it costs by itself is not counted as theirs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClipLibrary } from '../simulators/camera/clip-library.ts';
import { say } from './support/bench.ts';
import { cpuSeconds } from './support/cpu.ts';
import { withFullHd } from './support/full-hd-clip.ts';
import { type Line, startLine } from './support/line.ts';
import { describeMachine } from './support/machine.ts';
import { memoryOf } from './support/memory.ts';
import { readOptions } from './support/options.ts';
import { cameraSite, farmAccount, startFarm } from './support/video-line.ts';

const defaults = { cameras: 40, seconds: 30, mbitPerS: 4 };
/** Until caches and segments are full, and the first groups are forgotten again. */
const settleMs = 35_000;
/** The least there is for all cameras together: what clips hold is no part of what ffmpeg does. */
const withoutRing = { ringMaxBytes: 1_048_576 };

export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const options = readOptions(args, defaults);
  const { mbitPerS } = options;
  const library = withFullHd(openClipLibrary(), mbitPerS);
  const { farm, cameras, rtspPort } = await startFarm({ count: options.cameras, library });
  const folder = mkdtempSync('/dev/shm/kuzet-remux-');
  try {
    say('the edge agent without cameras');
    const idle = await measureEdge([], rtspPort, options.seconds, withoutRing);
    say(`${cameras.length} cameras, edge agent and ffmpeg side by side`);
    const peers = cameras.map((id) =>
      startFfmpeg(
        `rtsp://${farmAccount.username}:${farmAccount.password}@127.0.0.1:${rtspPort}/${id}/main`,
        folder,
        id,
      ),
    );
    const measuring = measureEdge(cameras, rtspPort, options.seconds, withoutRing);
    await sleep(settleMs);
    const ffmpeg = await measure(
      peers.map(({ pid }) => pid!),
      options.seconds,
    );
    const dead = peers.filter(({ exitCode }) => exitCode !== null).length;
    const edge = await measuring;
    await Promise.all(peers.map(stop));
    if (dead > 0) throw new Error(`${dead} of ${peers.length} ffmpeg ended`);
    say('the same with the event ring of clips, as it is set by itself');
    const ring = await measureEdge(cameras, rtspPort, options.seconds, {});
    const each = (own: Figures, base: Figures) => ({
      cpuPercent: round((own.cpuPercent - base.cpuPercent) / cameras.length),
      rssMiB: round((own.rssMiB - base.rssMiB) / cameras.length),
      pssMiB: round((own.pssMiB - base.pssMiB) / cameras.length),
    });
    const none: Figures = { cpuPercent: 0, rssMiB: 0, pssMiB: 0 };
    const perStream = { edge: each(edge, idle), edgeWithRing: each(ring, idle), ffmpeg: each(ffmpeg, none) };
    return {
      wanted: { memoryOfFfmpeg: 0.1, cpuOfFfmpeg: 1 },
      results: {
        perStream,
        memoryOfFfmpeg: {
          rss: round(perStream.edge.rssMiB / perStream.ffmpeg.rssMiB),
          pss: round(perStream.edge.pssMiB / perStream.ffmpeg.pssMiB),
        },
        cpuOfFfmpeg: round(perStream.edge.cpuPercent / perStream.ffmpeg.cpuPercent),
        wholeProcess: { idle, edge, edgeWithRing: ring },
      },
      options,
      machine: describeMachine(),
    };
  } finally {
    await farm.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of one core, and of memory with its share of what processes have in common (PSS), on average. */
interface Figures {
  cpuPercent: number;
  rssMiB: number;
  pssMiB: number;
}

const round = (value: number): number => Math.round(value * 100) / 100;

async function measureEdge(
  cameras: readonly string[],
  rtspPort: number,
  seconds: number,
  edgeVideo: Record<string, unknown>,
): Promise<Figures> {
  const line: Line = await startLine({ databaseUrl: null, site: cameraSite(cameras, rtspPort), edgeVideo });
  try {
    await sleep(settleMs);
    return await measure([line.edgePid!], seconds);
  } finally {
    await line.stop();
    line.clean();
  }
}

/** All processes together. */
async function measure(pids: readonly number[], seconds: number): Promise<Figures> {
  const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const [startedMs, before] = [performance.now(), cpu()];
  const looks: { rss: number; pss: number }[] = [];
  for (let i = 0; i < seconds; i++) {
    await sleep(1_000);
    const all = pids.map(memoryOf);
    looks.push({
      rss: all.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
      pss: all.reduce((sum, { pssBytes }) => sum + pssBytes, 0),
    });
  }
  const mean = (of: 'rss' | 'pss') => looks.reduce((sum, look) => sum + look[of], 0) / looks.length / 2 ** 20;
  return {
    cpuPercent: round(((cpu() - before) / ((performance.now() - startedMs) / 1_000)) * 100),
    rssMiB: round(mean('rss')),
    pssMiB: round(mean('pss')),
  };
}

function startFfmpeg(address: string, folder: string, id: string): ChildProcess {
  mkdirSync(join(folder, id));
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '8', '-hls_segment_type', 'fmp4'];
  return spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-rtsp_transport', 'tcp', '-i', address, '-c', 'copy', '-an'],
      ...[...hls, '-hls_flags', 'delete_segments', join(folder, id, 'index.m3u8')],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: join(folder, id) },
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
