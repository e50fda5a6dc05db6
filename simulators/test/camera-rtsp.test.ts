import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FrameStamp, readFrameStamp } from '@kuzet/contracts/frame-stamp.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CameraFarm, createCameraFarm } from '../camera/camera-farm.ts';
import { openClipLibrary } from '../camera/clip-library.ts';
import { writeStampSlice } from '../camera/h264/clip.ts';
import { joinAnnexB } from '../camera/h264/nal.ts';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const ffprobe = process.env.FFPROBE_PATH ?? 'ffprobe';
const hasFfmpeg = [ffmpeg, ffprobe].every((tool) => spawnSync(tool, ['-version']).status === 0);
if (!hasFfmpeg)
  console.warn('SKIPPED: RTSP against ffmpeg and ffprobe, which are not installed (FFMPEG_PATH, FFPROBE_PATH)');

const password = 'қар: 100% ~';
let farm: CameraFarm;
let rtspPort: number;
const urlOf = (camera: string, given = password) =>
  `rtsp://kuzet:${encodeURIComponent(given)}@127.0.0.1:${rtspPort}/${camera}/main`;

/** The clips cut to two seconds, so that a short look crosses the loop point more than once. */
const library = openClipLibrary();
const shortLibrary = {
  ...library,
  clip: (name: string) => ({ ...library.clip(name), frames: library.clip(name).frames.slice(0, 24) }),
};
const statusOf = (camera: string) => farm.list().find(({ id }) => id === camera)!;
const isWatched = (camera: string) => vi.waitFor(() => expect(statusOf(camera).viewers).toBe(1), { timeout: 10_000 });

beforeAll(async () => {
  const common = { username: 'kuzet', password, ptz: false };
  farm = createCameraFarm({
    cameras: [
      { ...common, id: 'K-0412', number: 412, name: 'Street', clip: 'night-street' },
      { ...common, id: 'K-1043', number: 1043, name: 'Entrance', clip: 'mall-entrance' },
      { ...common, id: 'K-0077', number: 77, name: 'Atrium', clip: 'mall-atrium' },
      { ...common, id: 'black', number: 2001, name: 'Black', clip: 'plaza' },
      { ...common, id: 'freeze', number: 2002, name: 'Freeze', clip: 'plaza' },
      { ...common, id: 'disconnect', number: 2003, name: 'Disconnect', clip: 'plaza' },
    ],
    library: shortLibrary,
    rtspPort: 0,
    onvifPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    discovery: false,
  });
  rtspPort = (await farm.start()).rtspPort;
});
afterAll(async () => {
  await farm.stop();
});

/** Decodes for some seconds: the stamps of all frames, the frames' mean luma below the stamp, and ffmpeg's warnings. */
async function watch(camera: string, transport: 'tcp' | 'udp', seconds: number, width = 640, height = 360) {
  const child = spawn(
    ffmpeg,
    [
      ...['-nostdin', '-v', 'warning', '-rtsp_transport', transport, '-i', urlOf(camera), '-t', String(seconds)],
      ...['-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stamps: (FrameStamp | null)[] = [];
  const means: number[] = [];
  const arrivals: number[] = [];
  let warnings = '';
  let pending = Buffer.alloc(0);
  const size = width * height;
  child.stderr.on('data', (chunk: Buffer) => {
    warnings += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (; pending.length >= size; pending = pending.subarray(size)) {
      stamps.push(readFrameStamp({ width, height, data: pending, channels: 1 }));
      arrivals.push(Date.now());
      let sum = 0;
      const top = Math.ceil(height * 0.06) * width;
      for (let i = top; i < size; i += 97) sum += pending[i]!;
      means.push((sum * 97) / (size - top));
    }
  });
  const [code] = await once(child, 'close');
  return { code, stamps, means, arrivals, warnings };
}

describe.skipIf(!hasFfmpeg).concurrent('RTSP to ffmpeg', () => {
  it.each(['tcp', 'udp'] as const)('ffprobe reads the stream over %s', async (transport) => {
    const { stdout, stderr } = await run(ffprobe, [
      ...['-v', 'warning', '-rtsp_transport', transport, '-of', 'csv=p=0'],
      ...['-show_entries', 'stream=codec_name,profile,width,height,avg_frame_rate', urlOf('K-0412')],
    ]);
    expect(stdout.trim()).toBe('h264,Constrained Baseline,640,360,12/1');
    expect(stderr).toBe('');
  });

  it.each(['tcp', 'udp'] as const)(
    'every frame over %s carries this camera and the time, across the loop of the clip, without a warning',
    async (transport) => {
      const startedMs = Date.now();
      const { code, stamps, warnings } = await watch('K-0412', transport, 5);
      expect({ code, warnings }).toEqual({ code: 0, warnings: '' });
      expect(stamps.length).toBeGreaterThanOrEqual(5 * 12 - 1);
      expect(stamps.every((stamp) => stamp?.camera === 412)).toBe(true);
      const times = stamps.map((stamp) => stamp!.epochMs);
      for (let i = 1; i < times.length; i++)
        expect(Math.abs(times[i]! - times[i - 1]! - 1000 / 12)).toBeLessThanOrEqual(1);
      expect(times[0]).toBeGreaterThan(startedMs - 1_500);
      expect(times.at(-1)).toBeLessThanOrEqual(Date.now());
    },
    30_000,
  );

  it('a large picture is stamped too', async () => {
    const { stamps, warnings } = await watch('K-1043', 'tcp', 2, 1280, 720);
    expect(warnings).toBe('');
    expect(stamps.length).toBeGreaterThan(20);
    expect(stamps.every((stamp) => stamp?.camera === 1043)).toBe(true);
  });

  it('the stamp does not smear into the picture: all cells dark or all light, the rest decodes alike', async () => {
    const clip = library.clip('mall-atrium-fire');
    const folder = await mkdtemp(join(tmpdir(), 'kuzet-stamp-'));
    const picture = async (cell: 0 | 1) => {
      const cells = new Uint8Array(80).fill(cell);
      const nals = clip.frames.flatMap((frame) => [
        clip.sps,
        clip.pps,
        writeStampSlice(clip, frame, cells),
        frame.slice,
      ]);
      const file = join(folder, `${cell}.h264`);
      await writeFile(file, joinAnnexB(nals));
      const { stdout } = await run(
        ffmpeg,
        ['-v', 'error', '-f', 'h264', '-i', file, '-vf', 'crop=640:352:0:8', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
        {
          encoding: 'buffer',
          maxBuffer: 1e9,
        },
      );
      return stdout;
    };
    const [dark, light] = [await picture(0), await picture(1)];
    await rm(folder, { recursive: true });
    expect(dark.length).toBe(120 * 640 * 352);
    let worst = 0;
    let changed = 0;
    for (let i = 0; i < dark.length; i++) {
      const difference = Math.abs(dark[i]! - light[i]!);
      if (difference > 2) changed++;
      worst = Math.max(worst, difference);
    }
    expect({ worst, changedPart: changed / dark.length }).toEqual({
      worst: expect.toSatisfy((w: number) => w <= 24),
      changedPart: expect.toSatisfy((p: number) => p < 0.0005),
    });
  });

  it('a wrong password is refused', async () => {
    await expect(run(ffprobe, ['-v', 'error', '-rtsp_transport', 'tcp', urlOf('K-0412', 'guess')])).rejects.toThrow(
      '401',
    );
  });

  it('a clip changes at a key frame while a decoder watches, without a warning', async () => {
    const watching = watch('K-0077', 'tcp', 5);
    await isWatched('K-0077');
    expect(farm.setClip('K-0077', 'mall-atrium-fire')).toBe('done');
    const { warnings, stamps, means } = await watching;
    expect(warnings).toBe('');
    expect(stamps.every((stamp) => stamp?.camera === 77)).toBe(true);
    expect(Math.abs(means.at(-1)! - means[0]!)).toBeGreaterThan(3);
    expect(farm.setClip('K-0077', 'mall-entrance-fire')).toBe('other-size');
    expect(farm.setClip('K-0077', 'nothing')).toBe('unknown-clip');
    expect(farm.setClip('K-9999', 'plaza')).toBe('unknown-camera');
    farm.setClip('K-0077', 'mall-atrium');
  }, 20_000);

  it('black: frames go dark, stamps go on, and the picture comes back whole', async () => {
    const watching = watch('black', 'tcp', 6);
    await isWatched('black');
    farm.fault('black', 'black', 2);
    const { warnings, stamps, means } = await watching;
    expect(warnings).toBe('');
    expect(stamps.every((stamp) => stamp?.camera === 2001)).toBe(true);
    expect(means.filter((mean) => mean < 20).length).toBeGreaterThanOrEqual(20);
    expect(means[0]).toBeGreaterThan(25);
    expect(means.at(-1)).toBeGreaterThan(25);
  }, 20_000);

  it('freeze: the connection stays and the stamps stand still, then go on without broken pictures', async () => {
    const watching = watch('freeze', 'tcp', 8);
    await isWatched('freeze');
    farm.fault('freeze', 'freeze', 2);
    const { code, warnings, stamps } = await watching;
    expect({ code, warnings }).toEqual({ code: 0, warnings: '' });
    const times = [...new Set(stamps.map((stamp) => stamp!.epochMs))];
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    expect(Math.max(...gaps)).toBeGreaterThan(1_900);
    expect(Math.max(...gaps)).toBeLessThan(3_300);
  }, 20_000);

  it('disconnect: the viewer is cut off, newcomers get nothing, and it ends by itself', async () => {
    const watching = watch('disconnect', 'tcp', 30);
    await isWatched('disconnect');
    farm.fault('disconnect', 'disconnect', 2);
    farm.fault('disconnect', 'disconnect', 2);
    const cutMs = Date.now();
    await watching;
    expect(Date.now() - cutMs).toBeLessThan(5_000);
    farm.fault('disconnect', 'disconnect', 5);
    await expect(run(ffprobe, ['-v', 'error', '-rtsp_transport', 'tcp', urlOf('disconnect')])).rejects.toThrow();
    farm.fault('disconnect', 'disconnect', 0);
    expect(statusOf('disconnect').faults).toEqual([]);
    await run(ffprobe, ['-v', 'error', '-rtsp_transport', 'tcp', urlOf('disconnect')]);
  }, 30_000);
});

describe('RTSP by hand', () => {
  /** Sends raw bytes and returns what comes back until `enough` says so, or the server closes. */
  async function talk(bytes: string | Buffer, enough: (text: string) => boolean): Promise<string> {
    const socket = connect(rtspPort, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (enough(text)) socket.destroy();
    });
    socket.write(bytes);
    await once(socket, 'close');
    return text;
  }
  const basic = `Authorization: Basic ${Buffer.from(`kuzet:${password}`).toString('base64')}\r\n`;
  const request = (method: string, url: string, headers = '') =>
    `${method} ${url} RTSP/1.0\r\nCSeq: 7\r\n${headers}\r\n`;

  it('answers OPTIONS to anybody, challenges the rest, and knows no other camera', async () => {
    const base = `rtsp://127.0.0.1:${rtspPort}`;
    const whole = (text: string) => text.endsWith('\r\n\r\n');
    expect(await talk(request('OPTIONS', `${base}/K-0412/main`), whole)).toMatch(
      /^RTSP\/1\.0 200 OK\r\nCSeq: 7\r\nPublic: .*GET_PARAMETER/,
    );
    const challenged = await talk(request('DESCRIBE', `${base}/K-0412/main`), whole);
    expect(challenged).toMatch(/^RTSP\/1\.0 401 /);
    expect(challenged).toMatch(/WWW-Authenticate: Digest realm="[^"]+", nonce="[0-9a-f]+"/);
    expect(challenged).toContain('WWW-Authenticate: Basic');
    expect(
      await talk(request('DESCRIBE', `${base}/K-0412/main`, basic), (text) => text.includes('trackID=0')),
    ).toContain('sprop-parameter-sets=');
    expect(await talk(request('DESCRIBE', `${base}/K-9999/main`, basic), whole)).toMatch(/^RTSP\/1\.0 404 /);
    expect(await talk(request('PLAY', `${base}/K-0412/main`, `${basic}Session: 1\r\n`), whole)).toMatch(
      /^RTSP\/1\.0 454 /,
    );
    expect(
      await talk(request('SETUP', `${base}/K-0412/main/trackID=0`, `${basic}Transport: RTP/AVP;multicast\r\n`), whole),
    ).toMatch(/^RTSP\/1\.0 461 /);
    expect(await talk(request('RECORD', `${base}/K-0412/main`, basic), whole)).toMatch(/^RTSP\/1\.0 501 /);
  });

  it('ends the connection of a client that speaks something else', async () => {
    expect(await talk('GET / HTTP/1.1\r\n\r\n', () => false)).toMatch(/^RTSP\/1\.0 400 /);
    expect(await talk(Buffer.alloc(20_000, 0x41), () => false)).toMatch(/^RTSP\/1\.0 400 /);
  });

  it('forgets a viewer that goes away', async () => {
    const socket = connect(rtspPort, '127.0.0.1');
    const url = `rtsp://127.0.0.1:${rtspPort}/K-1043/main`;
    socket.write(request('SETUP', `${url}/trackID=0`, `${basic}Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n`));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const session = /Session: (\w+)/.exec(answer.toString())![1];
    socket.write(request('PLAY', url, `${basic}Session: ${session}\r\n`));
    await vi.waitFor(() => expect(statusOf('K-1043').viewers).toBe(1));
    socket.destroy();
    await vi.waitFor(() => expect(statusOf('K-1043').viewers).toBe(0));
  });
});
