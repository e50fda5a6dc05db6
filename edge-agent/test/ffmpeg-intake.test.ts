import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AccessUnit } from '../video/access-unit.ts';
import { startFfmpegIntake } from '../video/ffmpeg-intake.ts';
import { createHlsPackager } from '../video/hls-packager.ts';
import { createPictureWriter } from '../video/picture-writer.ts';
import type { IntakeFailure, IntakeSource } from '../video/video-intake.ts';
import { findGstreamer, type GstreamerRtsp, startGstreamerRtsp } from './gstreamer-rtsp.ts';

const found = findGstreamer();
const version = /ffmpeg version n?(\d+)/.exec(
  spawnSync('ffmpeg', ['-version'], { encoding: 'utf8' }).stdout ?? '',
)?.[1];
const missing = 'missing' in found ? found.missing : version ? null : 'no ffmpeg';
if (missing) console.warn(`SKIPPED: cameras read through ffmpeg, because ${missing}.`);

function start(source: Omit<IntakeSource, 'transport'>, options = {}) {
  const units: AccessUnit[] = [];
  const failures: IntakeFailure[] = [];
  const writer = createPictureWriter();
  const packager = createHlsPackager({ firstSequence: 0 });
  // From the first reading on segments are kept.
  packager.playlist();
  const onConnected = vi.fn();
  const intake = startFfmpegIntake(
    { transport: 'tcp', ...source },
    {
      onConnected,
      onAccessUnit: (unit) => {
        units.push(unit);
        const picture = writer.write(unit);
        if (picture) packager.push(picture);
      },
      onEnd: (failure) => failures.push(failure),
    },
    options,
  );
  return { units, failures, packager, intake, onConnected };
}

/** Processes of ours that read the server at this port. */
function readers(port: number): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes('ffmpeg') && line.includes(`127.0.0.1:${port}`);
    } catch {
      // Gone between listing and reading.
      return false;
    }
  });
}

test('without ffmpeg the camera fails with what to do about it, not with a crash', async () => {
  const { failures } = start({ address: 'rtsp://127.0.0.1:9/' }, { ffmpegPath: '/nowhere/ffmpeg' });
  await vi.waitFor(() =>
    expect(failures).toEqual([{ kind: 'ffmpeg-missing', detail: 'ffmpeg is not installed or cannot be run' }]),
  );
});

describe.skipIf(missing !== null)('a camera read through ffmpeg', () => {
  let server: GstreamerRtsp;
  beforeAll(async () => {
    server = await startGstreamerRtsp((found as { python: string }).python);
  });
  afterAll(async () => {
    await server?.stop();
  });

  test('gives the same pictures as our own client, signs in, and leaves no process behind', async () => {
    const { units, failures, packager, intake, onConnected } = start({
      address: `rtsp://127.0.0.1:${server.ports.digest}/h264`,
      username: 'kuzet',
      password: 'пароль 1',
    });
    await vi.waitFor(() => expect(packager.playlist() ?? '').toContain('.m4s'), 15_000);
    expect(onConnected).toHaveBeenCalledTimes(1);
    expect(units[0]).toMatchObject({ keyFrame: true, parameters: { width: 640, height: 360 } });
    const steps = units.slice(1).map((unit, i) => unit.ptsTicks - units[i]!.ptsTicks);
    for (const step of steps) expect(Math.abs(step - 3600)).toBeLessThan(10);
    expect(Math.abs(units.at(-1)!.captureTimeMs - Date.now())).toBeLessThan(5_000);
    expect(readers(server.ports.digest).length).toBe(1);
    const startedAt = performance.now();
    await intake.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(failures).toEqual([]);
    expect(readers(server.ports.digest)).toEqual([]);
  });

  test('stop right after start leaves no process behind', async () => {
    const { intake, failures } = start({ address: `rtsp://127.0.0.1:${server.ports.open}/h264` });
    await intake.stop();
    await vi.waitFor(() => expect(readers(server.ports.open)).toEqual([]), 5_000);
    expect(failures).toEqual([]);
  });

  test('names a wrong password, a missing stream, another codec and a camera that is gone, without secrets', async () => {
    const wrong = start({
      address: `rtsp://127.0.0.1:${server.ports.digest}/h264`,
      username: 'kuzet',
      password: 'hunter2',
    });
    const nowhere = start({ address: `rtsp://127.0.0.1:${server.ports.open}/nothing` });
    const vp8 = start({ address: `rtsp://127.0.0.1:${server.ports.open}/vp8` });
    const gone = start({ address: 'rtsp://kuzet:hunter2@127.0.0.1:9/' });
    await vi.waitFor(
      () => expect([wrong, nowhere, vp8, gone].map(({ failures }) => failures.length)).toEqual([1, 1, 1, 1]),
      15_000,
    );
    const kinds = [wrong, nowhere, vp8, gone].map(({ failures }) => failures[0]!.kind);
    expect(kinds).toEqual(['credentials', 'not-found', 'unsupported-codec', 'unreachable']);
    expect(JSON.stringify([wrong.failures, gone.failures])).not.toContain('hunter2');
  });
});
