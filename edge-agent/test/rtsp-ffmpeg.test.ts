import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AccessUnit, videoTicksPerS } from '../video/access-unit.ts';
import { decodeTimes, initSegment, writeFragment } from '../video/fmp4.ts';
import { startRtspIntake } from '../video/rtsp-client.ts';
import { ownUnit } from '../video/test-units.ts';
import type { IntakeFailure, VideoIntake } from '../video/video-intake.ts';
import { startRtspRelay } from './rtsp-relay.ts';

const encoders = spawnSync('ffmpeg', ['-hide_banner', '-encoders'], { encoding: 'utf8' }).stdout ?? '';
const missing = ['libx264', 'libx265'].filter((name) => !encoders.includes(name));
if (missing.length > 0) console.warn(`SKIPPED: RTP as ffmpeg packs it, because ffmpeg has no ${missing.join(', ')}.`);

/** 24 pictures a group: with two B-pictures in a row, open groups then have leading pictures. */
const x265 = 'keyint=24:min-keyint=24:scenecut=0:rc-lookahead=5:pools=1:frame-threads=1:log-level=none';
const codecs = {
  h264: ['libx264', '-tune', 'zerolatency', '-g', '25'],
  'h264 with B-pictures': ['libx264', '-g', '25', '-bf', '2', '-rc-lookahead', '5', '-threads', '1'],
  h265: ['libx265', '-x265-params', `${x265}:bframes=0:open-gop=0`],
  'h265 in open groups': ['libx265', '-x265-params', `${x265}:bframes=2:b-adapt=0:open-gop=1`],
};

describe.skipIf(missing.length > 0)('RTP as ffmpeg packs it', () => {
  let folder: string;
  const stops: (() => Promise<unknown>)[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kuzet-rtp-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  async function push(codec: keyof typeof codecs) {
    const relay = await startRtspRelay();
    stops.push(() => relay.stop());
    const child = spawn(
      'ffmpeg',
      [
        ...[
          '-v',
          'error',
          '-re',
          '-f',
          'lavfi',
          '-i',
          'testsrc2=size=640x360:rate=25',
          '-t',
          '60',
          '-pix_fmt',
          'yuv420p',
        ],
        ...['-c:v', ...codecs[codec], '-preset', 'ultrafast', '-b:v', '800k'],
        ...['-f', 'rtsp', '-rtsp_transport', 'tcp', `rtsp://127.0.0.1:${relay.port}/pushed`],
      ],
      { stdio: 'ignore' },
    );
    stops.push(async () => {
      const gone = once(child, 'exit');
      if (child.exitCode !== null || !child.kill('SIGKILL')) return;
      await gone;
    });
    await relay.recording;
    return relay;
  }

  function view(port: number, transport: 'tcp' | 'udp') {
    const units: AccessUnit[] = [];
    const failures: IntakeFailure[] = [];
    const intake: VideoIntake = startRtspIntake(
      { address: `rtsp://127.0.0.1:${port}/pushed`, transport },
      {
        onConnected: () => undefined,
        onAccessUnit: (unit) => units.push(ownUnit(unit)),
        onEnd: (failure) => failures.push(failure),
      },
    );
    stops.push(() => intake.stop());
    return { units, failures, intake };
  }

  /** One fMP4 of all pictures, decoded by ffmpeg: every picture it showed, and every word it said about faults. */
  function decode(units: readonly AccessUnit[], name: string) {
    const from = units[0]!.ptsTicks;
    const pts = units.map(({ ptsTicks }) => ptsTicks - from + videoTicksPerS);
    const dts = decodeTimes(pts);
    const samples = units.map(({ nals, keyFrame }, i) => ({
      ...{ nals, keyFrame, durationTicks: (dts[i + 1] ?? dts[i]! + 3600) - dts[i]! },
      compositionOffsetTicks: pts[i]! - dts[i]!,
    }));
    const file = join(folder, name);
    const fragment = writeFragment({ sequence: 1, decodeTimeTicks: dts[0]!, samples });
    writeFileSync(file, Buffer.concat([initSegment(units[0]!.parameters), fragment]));
    const wants = 'stream=codec_name,codec_tag_string,width,height:frame=pts_time,pict_type';
    const shown = execFileSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_entries', wants, '-show_frames', file]);
    const { stderr } = spawnSync('ffmpeg', ['-v', 'warning', '-i', file, '-f', 'null', '-'], { encoding: 'utf8' });
    const { streams, frames } = JSON.parse(shown.toString()) as {
      streams: Record<string, unknown>[];
      frames: { pts_time: string; pict_type: string }[];
    };
    return { stream: streams[0], frames, stderr };
  }

  for (const transport of ['tcp', 'udp'] as const) {
    for (const codec of Object.keys(codecs) as (keyof typeof codecs)[]) {
      test(`[V3] ${codec} over ${transport.toUpperCase()} decodes whole`, async () => {
        const { port } = await push(codec);
        const { units, failures, intake } = view(port, transport);
        await vi.waitFor(() => expect(units.length).toBeGreaterThan(60), { timeout: 20_000 });
        await intake.stop();
        expect(failures).toEqual([]);
        // Whole groups: the pictures of the last one may refer to some that did not come yet.
        const whole = units.slice(0, units.map(({ keyFrame }) => keyFrame).lastIndexOf(true));
        const { stream, frames, stderr } = decode(whole, `${codec}-${transport}.mp4`.replaceAll(' ', '-'));
        const isH265 = codec.startsWith('h265');
        expect(stderr).toBe('');
        expect(stream).toMatchObject({
          ...{ codec_name: isH265 ? 'hevc' : 'h264', codec_tag_string: isH265 ? 'hvc1' : 'avc1' },
          ...{ width: 640, height: 360 },
        });
        expect(frames.length).toBe(whole.length);
        expect(frames.some(({ pict_type }) => pict_type === 'B')).toBe(/B-pic|open/.test(codec));
        const times = frames.map(({ pts_time }) => Number(pts_time));
        const steps = times.slice(1).map((time, i) => time - times[i]!);
        expect(Math.min(...steps)).toBeGreaterThan(0.03);
        expect(Math.max(...steps)).toBeLessThan(0.05);
      });
    }
  }

  test('[V4] a viewer who comes in at a CRA picture gets it without its RASL pictures, and the next with them', async () => {
    const { port } = await push('h265 in open groups');
    const first = view(port, 'tcp');
    await vi.waitFor(() => expect(first.units.length).toBeGreaterThan(30), { timeout: 20_000 });
    const { units } = view(port, 'tcp');
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(60), { timeout: 20_000 });
    const type = (nal: Buffer) => (nal[0]! >> 1) & 0x3f;
    const kinds = units.map(({ nals }) => type(nals.find((nal) => type(nal) < 32)!));
    const isRasl = (kind: number) => kind === 8 || kind === 9;
    const secondKey = kinds.findIndex((kind, i) => i > 0 && kind >= 16);
    expect(kinds[0]).toBe(21);
    expect(kinds.slice(0, secondKey).some(isRasl)).toBe(false);
    expect(kinds.slice(secondKey).some(isRasl)).toBe(true);
    expect(decode(units, 'cra.mp4').stderr).toBe('');
  });
});
