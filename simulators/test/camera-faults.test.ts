import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { readFrameStamp } from '@kuzet/contracts/frame-stamp.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CameraFarm, createCameraFarm } from '../camera/camera-farm.ts';
import { keyFrameTimes, openRtspViewer, type RtspViewer, type SeenPacket } from './rtsp-viewer.ts';

const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const user = 'kuzet:secret';
let farm: CameraFarm;
let rtspPort: number;
let onvifPort: number;
const viewers: RtspViewer[] = [];
const urlOf = (camera: string, stream = 'main', as = '') => `rtsp://${as}127.0.0.1:${rtspPort}/${camera}/${stream}`;

const ids = [
  ...['stuck', 'long-gop', 'b-frames', 'h265', 'codec-switch', 'resolution-switch', 'clock-skew', 'timestamps', 'sub'],
  ...['no-sender-reports', 'session-limit', 'slow-rtsp', 'refused', 'reboot', 'udp-loss', 'udp-reorder', 'pull-point'],
  ...['multicast'],
];
const cameras = [
  ...ids.map((id, i) => ({ id, number: 100 + i })),
  ...Array.from({ length: 40 }, (_, i) => ({ id: `many-${i}`, number: 1000 + i })),
].map((camera) => ({ ...camera, name: camera.id, clip: 'plaza', username: 'kuzet', password: 'secret', ptz: false }));

beforeAll(async () => {
  farm = createCameraFarm({
    cameras,
    rtspPort: 0,
    onvifPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    discovery: false,
  });
  ({ rtspPort, onvifPort } = await farm.start());
});
afterEach(() => {
  for (const viewer of viewers.splice(0)) viewer.close();
});
afterAll(() => farm.stop());

async function view(camera: string, stream = 'main', over: 'tcp' | 'udp' = 'tcp'): Promise<RtspViewer> {
  const viewer = await openRtspViewer(urlOf(camera, stream), user, over);
  viewers.push(viewer);
  return viewer;
}
const seen = (viewer: RtspViewer, packets: number, timeout = 8_000) =>
  vi.waitFor(() => expect(viewer.packets.length).toBeGreaterThanOrEqual(packets), { timeout, interval: 20 });
/** RTP times of the frames in the order they came. */
const frameTimes = (packets: readonly SeenPacket[]) =>
  packets.filter(({ marker }) => marker).map(({ rtpTime }) => rtpTime);
const steps = (times: readonly number[]) => times.slice(1).map((time, i) => (time - times[i]!) | 0);
const ntpMs = (report: Buffer) =>
  (report.readUInt32BE(8) - 2_208_988_800) * 1000 + (report.readUInt32BE(12) / 2 ** 32) * 1000;

/** Decodes with ffmpeg for some seconds: stamps and bytes of each grey frame. */
async function decode(camera: string, stream: string, seconds: number, width: number, height: number) {
  const child = spawn(
    ffmpeg,
    [
      ...['-nostdin', '-v', 'warning', '-rtsp_transport', 'tcp', '-i', urlOf(camera, stream, `${user}@`)],
      ...['-t', String(seconds), '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const chunks: Buffer[] = [];
  let warnings = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    warnings += chunk.toString();
  });
  await once(child, 'close');
  const bytes = Buffer.concat(chunks);
  const size = width * height;
  const frames = Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const stamps = frames.map((data) => readFrameStamp({ width, height, data, channels: 1 }));
  return { frames, stamps, warnings };
}

describe('a camera and its streams', () => {
  it('[C1] the small stream is 320x180, decodes cleanly and is stamped with the times of the large one', async () => {
    const [sub, main] = await Promise.all([decode('sub', 'sub', 3, 320, 180), decode('sub', 'main', 3, 640, 360)]);
    expect(sub.warnings).toBe('');
    expect(sub.frames.length).toBeGreaterThan(30);
    expect(sub.stamps.every((stamp) => stamp?.camera === 108)).toBe(true);
    const mainTimes = new Set(main.stamps.map((stamp) => stamp?.epochMs));
    const shared = sub.stamps.filter((stamp) => mainTimes.has(stamp?.epochMs));
    expect(shared.length).toBeGreaterThan(12);
  }, 20_000);

  it('[C1] another stream is not there', async () => {
    expect((await view('sub', 'third')).statuses).toEqual([404]);
  });
});

describe('faults of pictures', () => {
  it('[C3] stuck: frames and their times go on, picture and stamp are the same', async () => {
    farm.fault('stuck', 'stuck', 30);
    const { frames, stamps, warnings } = await decode('stuck', 'main', 4, 640, 360);
    expect(warnings).toBe('');
    expect(frames.length).toBeGreaterThan(40);
    expect(new Set(stamps.map((stamp) => stamp?.epochMs)).size).toBe(1);
    expect(stamps[0]?.camera).toBe(100);
    expect(frames.every((frame) => frame.equals(frames[0]!))).toBe(true);
    const viewer = await view('stuck');
    await seen(viewer, 40);
    expect(new Set(frameTimes(viewer.packets)).size).toBe(frameTimes(viewer.packets).length);
  }, 20_000);

  it('[C4] long-gop: ten seconds between key frames', async () => {
    farm.fault('long-gop', 'long-gop', 60);
    const viewer = await view('long-gop');
    await vi.waitFor(() => expect(keyFrameTimes(viewer.packets).length).toBeGreaterThanOrEqual(2), { timeout: 25_000 });
    const [first, second] = keyFrameTimes(viewer.packets);
    expect(((second! - first!) >>> 0) / 90_000).toBeCloseTo(10, 2);
  }, 30_000);

  it('[C4] b-frames: times of display do not rise with decoding order, and the stream decodes', async () => {
    farm.fault('b-frames', 'b-frames', 30);
    const viewer = await view('b-frames');
    await seen(viewer, 40);
    const differences = steps(frameTimes(viewer.packets));
    expect(differences.some((step) => step < 0)).toBe(true);
    const { frames, warnings } = await decode('b-frames', 'main', 2, 640, 360);
    expect(warnings).toBe('');
    expect(frames.length).toBeGreaterThan(18);
  }, 20_000);

  it('[C4] h265: who plays is cut off, who comes back is told H.265 and can decode it', async () => {
    const before = await view('h265');
    await seen(before, 5);
    farm.fault('h265', 'h265', 30);
    await vi.waitFor(() => expect(before.closed()).toBe(true));
    const after = await view('h265');
    expect(after.sdp).toMatch(/H265\/90000\r\na=fmtp:96 sprop-vps=[\w+/=]+;sprop-sps=[\w+/=]+;sprop-pps=/);
    const { frames, warnings } = await decode('h265', 'main', 2, 640, 360);
    expect(warnings).toBe('');
    expect(frames.length).toBeGreaterThan(18);
  }, 20_000);

  it('[C4] codec-switch: H.265 comes in the session that was told H.264', async () => {
    const viewer = await view('codec-switch');
    await seen(viewer, 5);
    farm.fault('codec-switch', 'codec-switch', 30);
    const vps = ({ payload }: SeenPacket) => payload[0] === 32 << 1;
    await vi.waitFor(() => expect(viewer.packets.some(vps)).toBe(true), { timeout: 5_000 });
    expect(viewer.sdp).toContain('H264/90000');
    expect(viewer.closed()).toBe(false);
    expect(new Set(viewer.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
  }, 10_000);

  it('[C4] resolution-switch: other parameter sets in band in the same session', async () => {
    const viewer = await view('resolution-switch');
    const spsOf = () =>
      new Set(
        viewer.packets
          .filter(({ payload }) => (payload[0]! & 0x1f) === 7)
          .map(({ payload }) => payload.toString('hex')),
      );
    await seen(viewer, 5);
    expect(spsOf().size).toBe(1);
    farm.fault('resolution-switch', 'resolution-switch', 30);
    await vi.waitFor(() => expect(spsOf().size).toBe(2), { timeout: 5_000 });
    expect(viewer.closed()).toBe(false);
    const { stamps, warnings } = await decode('resolution-switch', 'main', 2, 1280, 720);
    expect(warnings).toBe('');
    expect(stamps.every((stamp) => stamp?.camera === 105)).toBe(true);
  }, 20_000);
});

describe('faults of time', () => {
  it('[C5] clock-skew: sender reports tell another time', async () => {
    farm.fault('clock-skew', 'clock-skew', 30, { offsetS: -7200 });
    const viewer = await view('clock-skew');
    await vi.waitFor(() => expect(viewer.rtcp.length).toBeGreaterThan(0));
    expect(Math.abs(ntpMs(viewer.rtcp[0]!) - (Date.now() - 7_200_000))).toBeLessThan(2_000);
  });

  it('[C5] timestamps: stand still, go backwards, jump, and are right again', async () => {
    const viewer = await view('timestamps');
    await seen(viewer, 20);
    const during = async (mode: string) => {
      const from = viewer.packets.length;
      farm.fault('timestamps', 'timestamps', 30, { mode, jumpS: 900 });
      await seen(viewer, from + 20);
      return steps(frameTimes(viewer.packets.slice(from)));
    };
    expect((await during('still')).slice(1).every((step) => step === 0)).toBe(true);
    expect((await during('backwards')).slice(1).every((step) => step < 0)).toBe(true);
    const before = viewer.packets.at(-1)!.rtpTime;
    expect((await during('jump')).every((step) => step === 7_500)).toBe(true);
    expect(((viewer.packets.at(-1)!.rtpTime - before) | 0) / 90_000).toBeGreaterThan(890);
    farm.fault('timestamps', 'timestamps', 0);
    const from = viewer.packets.length;
    await seen(viewer, from + 20);
    expect(steps(frameTimes(viewer.packets.slice(from))).every((step) => step === 7_500)).toBe(true);
  }, 30_000);

  it('[C5] no-sender-reports: frames come, reports do not', async () => {
    farm.fault('no-sender-reports', 'no-sender-reports', 30);
    const viewer = await view('no-sender-reports');
    await seen(viewer, 20);
    expect(viewer.rtcp).toEqual([]);
  });
});

describe('faults of sessions', () => {
  it('[C6] session-limit: one more viewer than there is room for gets 453', async () => {
    farm.fault('session-limit', 'session-limit', 30, { sessions: 2 });
    expect((await view('session-limit')).statuses).toEqual([200, 200, 200]);
    expect((await view('session-limit', 'sub')).statuses).toEqual([200, 200, 200]);
    expect((await view('session-limit')).statuses).toEqual([453]);
  });

  it('[C6] slow-rtsp: every answer takes its time', async () => {
    farm.fault('slow-rtsp', 'slow-rtsp', 30, { delayMs: 300 });
    const startedMs = Date.now();
    expect((await view('slow-rtsp')).statuses).toEqual([200, 200, 200]);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(890);
  });

  it('[C6] refused: 500, 503, or a reset connection', async () => {
    for (const [by, status] of [
      ['500', 500],
      ['503', 503],
      ['reset', 0],
    ] as const) {
      farm.fault('refused', 'refused', 30, { by });
      expect((await view('refused')).statuses).toEqual([status]);
    }
  });

  it('[C6] multicast is refused with 461', async () => {
    const { port } = new URL(urlOf('multicast').replace('rtsp', 'http'));
    const socket = connect(Number(port), '127.0.0.1');
    const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
    socket.write(
      `SETUP ${urlOf('multicast')}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nAuthorization: ${authorization}\r\nTransport: RTP/AVP;multicast\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^RTSP\/1\.0 461 /);
  });

  it('[C7] reboot: cut without a goodbye, away for a while, then another source', async () => {
    const before = await view('reboot', 'main', 'udp');
    await seen(before, 5);
    const { ssrc } = before.packets[0]!;
    farm.fault('reboot', 'reboot', 1);
    await vi.waitFor(() => expect(before.closed()).toBe(true));
    expect((await view('reboot')).statuses).toEqual([0]);
    await vi.waitFor(async () => expect((await view('reboot')).statuses).toEqual([200, 200, 200]), { timeout: 5_000 });
    const after = viewers.at(-1)!;
    await seen(after, 5);
    expect(after.packets[0]!.ssrc).not.toBe(ssrc);
    // A goodbye over UDP would have been here long ago.
    expect(before.rtcp.some((packet) => packet[1] === 203)).toBe(false);
  }, 15_000);
});

describe('a reboot and ONVIF', () => {
  const ask = async (address: string, body: string) => {
    const answer = await fetch(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/soap+xml',
        authorization: `Basic ${Buffer.from(user).toString('base64')}`,
      },
      body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`,
    });
    return { status: answer.status, text: await answer.text() };
  };
  const events = 'xmlns="http://www.onvif.org/ver10/events/wsdl"';

  it('[C7] the camera gives no answer while it is away, and forgets its pull points', async () => {
    const service = `http://127.0.0.1:${onvifPort}/onvif/pull-point/event_service`;
    const { text } = await ask(service, `<CreatePullPointSubscription ${events}/>`);
    const pullPoint = /Address>(http[^<]+)</.exec(text)![1]!;
    const pull = `<PullMessages ${events}><Timeout>PT0S</Timeout><MessageLimit>10</MessageLimit></PullMessages>`;
    expect((await ask(pullPoint, pull)).status).toBe(200);
    farm.fault('pull-point', 'reboot', 30);
    await expect(ask(pullPoint, pull)).rejects.toThrow();
    farm.fault('pull-point', 'reboot', 0);
    const after = await ask(pullPoint, pull);
    expect(after.status).not.toBe(200);
    expect(after.text).toContain('Fault');
  });
});

describe('faults of the network', () => {
  const missing = (packets: readonly SeenPacket[]) =>
    steps(packets.map(({ sequence }) => sequence)).filter((step) => step !== 1);

  it('[C8] udp-loss: about as many packets as was said do not arrive; over TCP all do', async () => {
    farm.fault('udp-loss', 'udp-loss', 30, { percent: 20 });
    const [udp, tcp] = await Promise.all([view('udp-loss', 'main', 'udp'), view('udp-loss')]);
    await Promise.all([seen(udp, 150), seen(tcp, 150)]);
    const sent = ((udp.packets.at(-1)!.sequence - udp.packets[0]!.sequence) & 0xffff) + 1;
    const lost = 1 - udp.packets.length / sent;
    expect(lost).toBeGreaterThan(0.08);
    expect(lost).toBeLessThan(0.35);
    expect(missing(tcp.packets)).toEqual([]);
  }, 20_000);

  it('[C8] udp-reorder: packets come in another order, and all of them', async () => {
    farm.fault('udp-reorder', 'udp-reorder', 30, { percent: 30 });
    const viewer = await view('udp-reorder', 'main', 'udp');
    await seen(viewer, 150);
    const sequences = viewer.packets.map(({ sequence }) => sequence);
    expect(steps(sequences).some((step) => step < 0)).toBe(true);
    const sorted = [...sequences.slice(0, 140)].sort((a, b) => a - b);
    expect(steps(sorted).filter((step) => step !== 1).length).toBeLessThanOrEqual(1);
  }, 20_000);
});

describe('many cameras', () => {
  it('[C9] forty are cut at the same moment and come back together', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, (_, i) => view(`many-${i}`)));
    await Promise.all(all.map((viewer) => seen(viewer, 5)));
    for (let i = 0; i < 40; i++) farm.fault(`many-${i}`, 'disconnect', 1);
    await vi.waitFor(() => expect(all.every((viewer) => viewer.closed())).toBe(true));
    expect((await view('many-7')).statuses).toEqual([0]);
    await vi.waitFor(
      () => expect(farm.list().filter(({ faults }) => faults.some(({ kind }) => kind === 'disconnect'))).toEqual([]),
      { timeout: 5_000 },
    );
    const again = await Promise.all(Array.from({ length: 40 }, (_, i) => view(`many-${i}`)));
    await Promise.all(again.map((viewer) => seen(viewer, 5)));
    expect(farm.list().filter(({ id, viewers }) => id.startsWith('many-') && viewers === 1)).toHaveLength(40);
  }, 30_000);
});

describe('parameters', () => {
  it('[C2] a fault with parameters that it does not have does not begin', () => {
    expect(() => farm.fault('pull-point', 'udp-loss', 5, { percent: 101 })).toThrow(/udp-loss/);
    expect(() => farm.fault('pull-point', 'freeze', 5, { percent: 1 })).toThrow(/freeze/);
    farm.fault('pull-point', 'pull-point-dead', 5);
    const { faults } = farm.list().find(({ id }) => id === 'pull-point')!;
    expect(faults).toEqual([{ kind: 'pull-point-dead', untilMs: expect.any(Number), params: {} }]);
  });
});
