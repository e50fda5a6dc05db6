import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { IntakeError } from '../video/intake-error.ts';
import { parameters720, units } from '../video/test-units.ts';
import type { IntakeEvents, IntakeSource } from '../video/video-intake.ts';
import { type CameraFleet, createCameraFleet } from './camera-fleet.ts';
import type { MediaProfile } from './onvif/media-profile.ts';
import type { OnvifClient } from './onvif-client.ts';
import { testCamera } from './test-camera.ts';

const mainAddress = 'rtsp://10.0.0.7/main';
const subAddress = 'rtsp://10.0.0.7/sub';
const profile = (token: string, width: number, height: number): MediaProfile => ({
  token,
  name: token,
  codec: 'H264',
  width,
  height,
  fps: 25,
});
const mainProfile = profile('1', 1280, 720);
const subProfile = profile('2', 640, 360);

let fleet: CameraFleet | null = null;
afterEach(() => fleet?.stop());

/** A camera of a few lines: it tells over ONVIF what the test says, and sends when the test says so. */
function rig(own: Parameters<typeof testCamera>[0] = {}) {
  const clock = createTestClock();
  const intakes: { source: IntakeSource; events: IntakeEvents; stopped: boolean }[] = [];
  const said = {
    profiles: [mainProfile, subProfile],
    main: mainAddress,
    sub: async () => subAddress,
    questions: 0,
  };
  const onvif: Partial<OnvifClient> = {
    getProfiles: async () => said.profiles,
    async getStreamUri(stream = 'main') {
      if (stream === 'main') return said.main;
      said.questions++;
      return said.sub();
    },
    clockErrorMs: () => null,
  };
  const startIntake = (source: IntakeSource, events: IntakeEvents) => {
    const intake = { source, events, stopped: false };
    intakes.push(intake);
    return {
      stop: async () => {
        intake.stopped = true;
      },
    };
  };
  fleet = createCameraFleet({
    cameras: [testCamera({ onvif: { address: 'http://10.0.0.7/onvif/device_service' }, ...own })],
    clock,
    log: silentLog,
    onStateChange: () => undefined,
    createOnvif: () => onvif as OnvifClient,
    intakes: { native: startIntake, ffmpeg: startIntake },
    random: () => 1,
  });
  fleet.start();
  clock.advance(0);
  let frame = 0;
  const watching = fleet.watch;
  return {
    clock,
    said,
    intakes,
    addresses: () => intakes.map(({ source }) => source.address),
    /** The intake of the n-th attempt of either stream, once it has begun. */
    intake: (n: number) => vi.waitFor(() => intakes[n] ?? expect.fail('not begun')),
    send({ events }: { events: IntakeEvents }): void {
      events.onConnected();
      for (const unit of units(1, 25, frame++, parameters720)) events.onAccessUnit(unit);
    },
    watchSub() {
      const words: string[] = [];
      let pictures = 0;
      const leave = watching('K-0412', 'sub', {
        send(data) {
          if (typeof data !== 'string') pictures++;
          else words.push(JSON.parse(data).stream ?? JSON.parse(data).t);
        },
        unsentBytes: () => 0,
      })!;
      return { leave, words, pictures: () => pictures };
    },
  };
}
type Rig = ReturnType<typeof rig>;

/** Its main stream runs, and what is asked then has been answered. */
async function begun(camera: Rig): Promise<Rig> {
  camera.send(await camera.intake(0));
  await settled();
  return camera;
}
const settled = async () => {
  for (let n = 0; n < 3; n++) await new Promise(setImmediate);
};

test('[O11] the small stream is asked for when the main one has begun, and not by those who watch', async () => {
  const camera = await begun(rig());
  expect([camera.said.questions, camera.addresses()]).toEqual([1, [mainAddress]]);
  const one = camera.watchSub();
  camera.send(await camera.intake(1));
  camera.watchSub();
  camera.watchSub();
  await settled();
  expect(one.words.filter((word) => word !== 'waiting')).toEqual(['sub']);
  expect([camera.said.questions, camera.addresses()]).toEqual([1, [mainAddress, subAddress]]);
});

test.each([
  ['the same address for both', { sub: mainAddress }],
  ['the same with user, port and capitals', { sub: 'RTSP://kuzet:x@10.0.0.7:554/main' }],
  ['one profile', { profiles: [mainProfile] }],
  ['no smaller profile', { profiles: [mainProfile, profile('2', 1280, 720)] }],
])(
  '[O11] %s: one stream, in one session',
  async (_, { profiles, sub }: { profiles?: MediaProfile[]; sub?: string }) => {
    const camera = rig();
    if (profiles) camera.said.profiles = profiles;
    if (sub) camera.said.sub = async () => sub;
    await begun(camera);
    const one = camera.watchSub();
    await settled();
    expect(one.words).toEqual(['main']);
    expect(one.pictures()).toBeGreaterThan(0);
    expect(camera.addresses()).toEqual([mainAddress]);
  },
);

test.each([
  [640, 'sub'],
  [1280, 'main'],
])(
  '[O11] beside rtsp.address ONVIF gives the small stream where its pictures are smaller: %s wide, %s',
  async (width, stream) => {
    const camera = rig({ rtsp: { address: 'rtsp://10.0.0.7/third' } });
    camera.said.profiles = [profile('1', 1920, 1080), profile('2', width, (width * 9) / 16)];
    await begun(camera);
    const one = camera.watchSub();
    if (stream === 'sub') camera.send(await camera.intake(1));
    await settled();
    expect(one.words.filter((word) => word !== 'waiting')).toEqual([stream]);
    expect(camera.addresses()).toEqual(['rtsp://10.0.0.7/third', ...(stream === 'sub' ? [subAddress] : [])]);
  },
);

test('[O11] sub.address goes before what ONVIF says, and nothing is asked', async () => {
  const camera = await begun(rig({ sub: { address: 'rtsp://10.0.0.7/small' } }));
  camera.watchSub();
  expect((await camera.intake(1)).source.address).toBe('rtsp://10.0.0.7/small');
  expect(camera.said.questions).toBe(0);
});

test('[O11] who comes before the answer hears what is waited for, and gets the small stream when it is known', async () => {
  const camera = rig();
  const early = camera.watchSub();
  expect(early.words).toEqual(['waiting']);
  let answer = (_: string): void => undefined;
  camera.said.sub = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await begun(camera);
  const late = camera.watchSub();
  expect([early.words, late.words, early.pictures(), late.pictures()]).toEqual([['waiting'], [], 0, 0]);
  answer(subAddress);
  camera.send(await camera.intake(1));
  for (const one of [early, late]) {
    expect(one.words.at(-1)).toBe('sub');
    expect(one.words).not.toContain('main');
  }
});

test('[O11] an answer that does not come is waited for two seconds, then the main stream is given', async () => {
  const camera = rig();
  camera.said.sub = () => new Promise(() => undefined);
  await begun(camera);
  const one = camera.watchSub();
  camera.clock.advance(1_900);
  camera.send(camera.intakes[0]!);
  expect(one.words).toEqual([]);
  camera.clock.advance(100);
  expect([one.words, one.pictures() > 0]).toEqual([['main'], true]);
  expect(camera.watchSub().words).toEqual(['main']);
});

test('[O11] a failure of ONVIF gives the main stream at once; it is asked again a minute later, for those who come then', async () => {
  const camera = rig();
  camera.said.sub = async () => {
    throw new IntakeError('unreachable', 'its ONVIF service does not answer (ECONNREFUSED)');
  };
  await begun(camera);
  const first = camera.watchSub();
  expect([first.words, first.pictures() > 0]).toEqual([['main'], true]);
  camera.said.sub = async () => subAddress;
  camera.watchSub();
  await settled();
  expect(camera.said.questions).toBe(1);
  // Its pictures go on meanwhile.
  for (let s = 0; s < 60; s++) {
    camera.clock.advance(1_000);
    camera.send(camera.intakes[0]!);
  }
  expect(camera.watchSub().words).toEqual(['main']);
  await settled();
  expect(camera.said.questions).toBe(2);
  const next = camera.watchSub();
  camera.send(await camera.intake(1));
  expect(next.words.at(-1)).toBe('sub');
  expect(first.words).toEqual(['main']);
});

test('[O11] a small stream that failed is asked for anew; where ONVIF says nothing it is looked for where it was', async () => {
  const camera = await begun(rig());
  const one = camera.watchSub();
  camera.send(await camera.intake(1));
  camera.said.sub = async () => 'rtsp://10.0.0.7/moved';
  camera.intakes[1]!.events.onEnd({ kind: 'not-found', detail: 'x' });
  camera.clock.advance(1_000);
  expect((await camera.intake(2)).source.address).toBe('rtsp://10.0.0.7/moved');
  camera.said.sub = async () => {
    throw new IntakeError('timeout', 'x');
  };
  camera.intakes[2]!.events.onEnd({ kind: 'ended', detail: 'x' });
  camera.clock.advance(1_000);
  expect((await camera.intake(3)).source.address).toBe('rtsp://10.0.0.7/moved');
  camera.said.sub = () => new Promise(() => undefined);
  camera.intakes[3]!.events.onEnd({ kind: 'ended', detail: 'x' });
  camera.clock.advance(2_000);
  await settled();
  expect(camera.intakes).toHaveLength(4);
  camera.clock.advance(2_000);
  expect((await camera.intake(4)).source.address).toBe('rtsp://10.0.0.7/moved');
  camera.send(camera.intakes[4]!);
  expect(one.words.filter((word) => word === 'main')).toEqual([]);
});

test('[O11] a camera that has lost its small stream goes on with the main one, in one session', async () => {
  const camera = await begun(rig());
  const one = camera.watchSub();
  camera.send(await camera.intake(1));
  camera.said.profiles = [mainProfile];
  camera.intakes[1]!.events.onEnd({ kind: 'not-found', detail: 'x' });
  camera.clock.advance(1_000);
  await vi.waitFor(() => expect(one.words.at(-1)).toBe('main'));
  const before = one.pictures();
  camera.send(camera.intakes[0]!);
  expect(one.pictures()).toBe(before + 1);
  for (let s = 0; s < 30; s++) {
    camera.clock.advance(1_000);
    camera.send(camera.intakes[0]!);
  }
  expect(camera.addresses()).toEqual([mainAddress, subAddress]);
});

test('[V26] it ends ten seconds after the last viewer, whenever others came and went', async () => {
  const camera = await begun(rig());
  const run = (seconds: number) => {
    for (let s = 0; s < seconds; s++) {
      camera.clock.advance(1_000);
      for (const intake of camera.intakes) camera.send(intake);
    }
  };
  const first = camera.watchSub();
  camera.send(await camera.intake(1));
  first.leave();
  run(5);
  camera.watchSub().leave();
  run(9);
  expect(camera.intakes[1]!.stopped).toBe(false);
  run(1);
  expect(camera.intakes[1]!.stopped).toBe(true);
});

test('[V23] who watches it when it is started again begins with no picture of the past', async () => {
  const camera = await begun(rig());
  const first = camera.watchSub();
  camera.send(await camera.intake(1));
  expect(first.pictures()).toBe(2);
  first.leave();
  camera.clock.advance(10_000);
  expect(camera.intakes[1]!.stopped).toBe(true);
  const next = camera.watchSub();
  // What a decoder needs, and the reason.
  expect([next.words, next.pictures()]).toEqual([['sub', 'waiting'], 1]);
});
