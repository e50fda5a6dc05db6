import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AccessUnit } from '../video/access-unit.ts';
import { createHlsPackager, type HlsPackager } from '../video/hls-packager.ts';
import { createPictureWriter } from '../video/picture-writer.ts';
import { startRtspIntake } from '../video/rtsp-client.ts';
import type { IntakeFailure, IntakeSource, VideoIntake } from '../video/video-intake.ts';
import { findGstreamer, type GstreamerRtsp, startGstreamerRtsp } from './gstreamer-rtsp.ts';

const found = findGstreamer();
const ffprobe = spawnSync('ffprobe', ['-version']).status === 0;
const missing = 'missing' in found ? found.missing : ffprobe ? null : 'no ffprobe';
if (missing)
  console.warn(
    `SKIPPED: RTSP against GStreamer's server, because ${missing}. Install python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-ugly and ffmpeg to run it.`,
  );

const h265 = 'h265' in found && found.h265;
if (!missing && !h265) console.warn('SKIPPED: H.265 from GStreamer. Install gstreamer1.0-plugins-bad to run it.');

describe.skipIf(missing !== null)('RTSP intake against a GStreamer server', () => {
  let server: GstreamerRtsp;
  let folder: string;
  const running: VideoIntake[] = [];

  beforeAll(async () => {
    server = await startGstreamerRtsp((found as { python: string }).python);
    folder = mkdtempSync(join(tmpdir(), 'kuzet-rtsp-'));
  });
  afterAll(async () => {
    await Promise.all(running.map((intake) => intake.stop()));
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  function start(source: Partial<IntakeSource> & { address: string }) {
    const units: AccessUnit[] = [];
    const failures: IntakeFailure[] = [];
    let connected = false;
    const writer = createPictureWriter();
    const packager = createHlsPackager({ firstSequence: 100 });
    // From the first reading on segments are kept.
    packager.playlist();
    const intake = startRtspIntake(
      { transport: 'tcp', ...source },
      {
        onConnected: () => {
          connected = true;
        },
        onAccessUnit: (unit) => {
          units.push(unit);
          const picture = writer.write(unit);
          if (picture) packager.push(picture);
        },
        onEnd: (failure) => failures.push(failure),
      },
    );
    running.push(intake);
    return { units, failures, packager, intake, connected: () => connected };
  }

  function listed(packager: HlsPackager): { init: number; segments: number[] } {
    const text = packager.playlist() ?? '';
    const init = Number(/init-(\d+)\.mp4/.exec(text)?.[1]);
    return { init, segments: [...text.matchAll(/^seg-(\d+)\.m4s$/gm)].map((match) => Number(match[1])) };
  }

  function probe(packager: HlsPackager, name: string) {
    const { init, segments } = listed(packager);
    const file = join(folder, name);
    writeFileSync(file, Buffer.concat([packager.init(init)!, ...segments.map((n) => packager.segment(n)!)]));
    const out = execFileSync('ffprobe', [
      ...['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-of', 'json'],
      ...[
        '-show_entries',
        'stream=codec_name,width,height,nb_read_frames:frame=pts_time,pict_type',
        '-show_frames',
        file,
      ],
    ]);
    return JSON.parse(out.toString()) as {
      streams: { codec_name: string; width: number; height: number; nb_read_frames: string }[];
      frames: { pts_time: string; pict_type: string }[];
    };
  }

  for (const transport of ['tcp', 'udp'] as const) {
    test(`takes in H.264 over ${transport.toUpperCase()} and packages what ffprobe decodes whole`, async () => {
      const { units, failures, packager, intake } = start({
        address: `rtsp://127.0.0.1:${server.ports.open}/h264`,
        transport,
      });
      await vi.waitFor(() => expect(listed(packager).segments.length).toBeGreaterThanOrEqual(3), { timeout: 15_000 });
      await intake.stop();
      const seen = probe(packager, `${transport}.mp4`);
      const count = listed(packager).segments.length;
      expect(failures).toEqual([]);
      expect(seen.streams[0]).toMatchObject({ codec_name: 'h264', width: 640, height: 360 });
      expect(Number(seen.streams[0]!.nb_read_frames)).toBe(25 * count);
      const times = seen.frames.map((frame) => Number(frame.pts_time));
      const steps = times.slice(1).map((time, i) => time - times[i]!);
      expect(Math.max(...steps)).toBeLessThan(0.05);
      expect(Math.min(...steps)).toBeGreaterThan(0.03);
      expect(units[0]).toMatchObject({ keyFrame: true, parameters: { width: 640, height: 360 } });
      expect(units[0]!.parameters.codecString).toMatch(/^avc1\.[0-9a-f]{6}$/);
      for (const unit of units) expect(Math.abs(unit.captureTimeMs - Date.now())).toBeLessThan(20_000);
    });
  }

  test('keeps the order of B-pictures', async () => {
    const { packager, intake } = start({ address: `rtsp://127.0.0.1:${server.ports.open}/bframes` });
    await vi.waitFor(() => expect(listed(packager).segments.length).toBeGreaterThanOrEqual(2), { timeout: 15_000 });
    await intake.stop();
    const seen = probe(packager, 'bframes.mp4');
    expect(seen.frames.some((frame) => frame.pict_type === 'B')).toBe(true);
    expect(Number(seen.streams[0]!.nb_read_frames)).toBe(25 * listed(packager).segments.length);
    const times = seen.frames.map((frame) => Number(frame.pts_time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  for (const transport of ['tcp', 'udp'] as const) {
    test.skipIf(!h265)(
      `[V3] takes in H.265 over ${transport.toUpperCase()} and packages what ffprobe decodes whole`,
      async () => {
        const address = `rtsp://127.0.0.1:${server.ports.open}/h265`;
        const { units, failures, packager, intake } = start({ address, transport });
        await vi.waitFor(() => expect(listed(packager).segments.length).toBeGreaterThanOrEqual(3), { timeout: 30_000 });
        await intake.stop();
        const seen = probe(packager, `h265-${transport}.mp4`);
        expect(failures).toEqual([]);
        expect(seen.streams[0]).toMatchObject({ codec_name: 'hevc', width: 640, height: 360 });
        expect(Number(seen.streams[0]!.nb_read_frames)).toBe(25 * listed(packager).segments.length);
        expect(units[0]).toMatchObject({ keyFrame: true, parameters: { codec: 'h265', width: 640, height: 360 } });
        expect(units[0]!.parameters.codecString).toMatch(/^hvc1\.\d+\.[0-9A-F]+\.L\d+(\.[0-9A-F]{1,2})*$/);
        for (const unit of units) expect(Math.abs(unit.captureTimeMs - Date.now())).toBeLessThan(40_000);
      },
      40_000,
    );
  }

  test.skipIf(!h265)(
    '[V3] keeps the order of B-pictures in H.265',
    async () => {
      const { packager, intake } = start({ address: `rtsp://127.0.0.1:${server.ports.open}/h265-bframes` });
      await vi.waitFor(() => expect(listed(packager).segments.length).toBeGreaterThanOrEqual(2), { timeout: 30_000 });
      await intake.stop();
      const seen = probe(packager, 'h265-bframes.mp4');
      expect(seen.frames.some((frame) => frame.pict_type === 'B')).toBe(true);
      const times = seen.frames.map((frame) => Number(frame.pts_time));
      expect(times).toEqual([...times].sort((a, b) => a - b));
    },
    40_000,
  );

  for (const method of ['basic', 'digest'] as const) {
    test(`signs in with ${method}, and says so when the password is wrong`, async () => {
      const address = `rtsp://127.0.0.1:${server.ports[method]}/h264`;
      const right = start({ address, username: 'kuzet', password: 'пароль 1' });
      await vi.waitFor(() => expect(right.units.length).toBeGreaterThan(0), { timeout: 15_000 });
      await right.intake.stop();
      const wrong = start({ address, username: 'kuzet', password: 'hunter2' });
      await vi.waitFor(() => expect(wrong.failures.length).toBe(1));
      expect(wrong.failures[0]).toEqual({ kind: 'credentials', detail: 'camera refused the sign-in (401)' });
      expect(wrong.connected()).toBe(false);
    });
  }

  test('a path that is not there and a codec that is not ours are each named', async () => {
    const nowhere = start({ address: `rtsp://127.0.0.1:${server.ports.open}/nothing` });
    await vi.waitFor(() => expect(nowhere.failures[0]?.kind).toBe('not-found'));
    const vp8 = start({ address: `rtsp://127.0.0.1:${server.ports.open}/vp8` });
    await vi.waitFor(
      () => expect(vp8.failures[0]).toEqual({ kind: 'unsupported-codec', detail: 'codec VP8 is not supported yet' }),
      { timeout: 10_000 },
    );
  });
});
