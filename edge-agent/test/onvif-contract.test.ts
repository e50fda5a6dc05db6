/** One suite over both libraries, each with the cameras that it can serve; then what chooses between them. */
import { systemClock } from '@kuzet/lib/clock.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openNodeOnvif } from '../cameras/onvif/node-onvif-connection.ts';
import type { OnvifLibrary, OpenConnection } from '../cameras/onvif/onvif-connection.ts';
import { openOnvifLibrary } from '../cameras/onvif/onvif-library-connection.ts';
import { probeCamera } from '../cameras/onvif/probe-camera.ts';
import { createOnvifClient, type OnvifClientOptions } from '../cameras/onvif-client.ts';
import { fetchSnapshot } from '../cameras/snapshot.ts';
import { startOnvifDevice } from './onvif-device.ts';
import {
  type SimulatedOnvif,
  type SimulatedOptions,
  simulatedPassword,
  simulatedUser,
  startSimulatedOnvif,
} from './simulated-onvif.ts';

const libraries: Record<OnvifLibrary, OpenConnection> = { 'node-onvif': openNodeOnvif, onvif: openOnvifLibrary };
const three: SimulatedOptions['profiles'] = [
  { token: 'main', codec: 'H264', width: 1920, height: 1080, fps: 25 },
  { token: '002', codec: 'H264', width: 640, height: 360, fps: 15 },
  { token: 'tiny', codec: 'H264', width: 160, height: 120, fps: 5 },
];
const h265: SimulatedOptions['profiles'] = [
  { token: 'main', codec: 'H265', width: 3840, height: 2160, fps: 25 },
  ...three.slice(1),
];

let camera: SimulatedOnvif | null = null;
afterEach(async () => {
  await camera?.stop();
  camera = null;
});
const start = async (options: SimulatedOptions = {}) => {
  camera = await startSimulatedOnvif(options);
  return camera;
};
const account = { username: simulatedUser, password: simulatedPassword };
const clientOf = (at: SimulatedOnvif, own: Partial<OnvifClientOptions> = {}) =>
  createOnvifClient({ address: at.address, ...account, ...own });
/** A client that must make do with one library. */
const only = (library: OnvifLibrary): Partial<OnvifClientOptions> => ({
  libraries: { 'node-onvif': libraries[library], onvif: libraries[library] },
});

const cameras: [string, SimulatedOptions, OnvifLibrary[]][] = [
  ['a WS-UsernameToken camera', { quirks: { signIn: 'token' } }, ['node-onvif', 'onvif']],
  ['a clock that is an hour ahead', { quirks: { signIn: 'token', clockErrorMs: 3_600_000 } }, ['node-onvif', 'onvif']],
  ['times in +00:00', { quirks: { signIn: 'token', offsetTimestamps: true } }, ['node-onvif', 'onvif']],
  ['an HTTP Digest camera', { quirks: { signIn: 'digest' } }, ['onvif']],
  ['a camera that takes both', { quirks: { signIn: 'both' } }, ['onvif']],
  ['https with a certificate of its own making', { secure: true, quirks: { signIn: 'token' } }, ['onvif']],
  ['https and HTTP Digest', { secure: true, quirks: { signIn: 'digest' } }, ['onvif']],
  ['a Media2 camera', { quirks: { signIn: 'token', media2: true } }, ['onvif']],
];
const pairs = cameras.flatMap(([name, options, able]) => able.map((library) => [name, library, options] as const));

describe.each(pairs)('[O1] %s, over %s', (_, library, options) => {
  test('information, profiles, streams and snapshot', async () => {
    const at = await start({ ...options, profiles: three });
    const client = clientOf(at, only(library));
    expect(await client.getInformation()).toEqual({
      manufacturer: 'Kuzet',
      model: 'Camera simulator PTZ',
      firmware: '0.1.0',
      serial: 'K-1',
    });
    expect(await client.getProfiles()).toEqual(
      three.map(({ token, ...profile }) => ({ token, name: token, ...profile })),
    );
    expect(await client.getStreamUri()).toBe('rtsp://127.0.0.1:8554/K-1/main');
    expect(await client.getStreamUri('sub')).toBe('rtsp://127.0.0.1:8554/K-1/002');
    expect(await client.getSnapshotUri()).toMatch(/\/onvif\/K-1\/snapshot\.jpg$/);
    const error = options.quirks?.clockErrorMs ?? 0;
    expect(Math.abs(client.clockErrorMs()! - error)).toBeLessThan(1_500);
  });

  test('PTZ: move, stop, presets, status', async () => {
    const at = await start(options);
    const client = clientOf(at, only(library));
    const head = at.device.ptz!;
    await client.ptz({ action: 'move', pan: 1, tilt: -0.5, zoom: 0.25 });
    await vi.waitFor(() => expect(head.status().position.pan).toBeGreaterThan(0));
    expect(await client.getPtzStatus()).toMatchObject({ moving: true });
    await client.ptz({ action: 'stop' });
    expect(head.status()).toMatchObject({ panTiltMoving: false, zoomMoving: false });
    expect(await client.getPresets()).toEqual([
      { token: '007', name: 'home' },
      { token: '2', name: 'left & right' },
    ]);
    const token = await client.setPreset('gate');
    expect(at.device.presets.get(token)?.name).toBe('gate');
    await client.ptz({ action: 'preset', preset: '2' });
    await vi.waitFor(() => expect(head.status().position.pan).toBeCloseTo(-0.5, 5), 10_000);
    const { pan, moving } = await client.getPtzStatus();
    expect(pan).toBeCloseTo(-0.5, 3);
    expect(moving).toBe(false);
    await expect(client.ptz({ action: 'preset', preset: '99' })).rejects.toMatchObject({ kind: 'refused' });
  });

  test('a wrong password is told as that, at the first call', async () => {
    const at = await start(options);
    const client = clientOf(at, { ...only(library), password: 'Wr0ng-guess' });
    await expect(client.getInformation()).rejects.toMatchObject({ kind: 'credentials' });
    await expect(client.getStreamUri()).rejects.toThrow(/^camera refused the ONVIF sign-in$/);
  });

  test('a fixed camera, and one that is gone', async () => {
    const at = await start({ ...options, ptz: false });
    const client = clientOf(at, only(library));
    await expect(client.ptz({ action: 'stop' })).rejects.toThrow('camera has no PTZ service');
    at.reachable = false;
    await expect(client.getStreamUri()).rejects.toMatchObject({ kind: 'unreachable' });
    at.reachable = true;
    expect(await client.getStreamUri()).toMatch(/^rtsp:/);
  });
});

describe('[O2] the choice', () => {
  test.each([
    ['token', {}, 'node-onvif'],
    ['digest', {}, 'onvif'],
    ['token', { media2: true }, 'onvif'],
  ] as const)('%s %o: %s', async (signIn, quirks, library) => {
    const client = clientOf(await start({ quirks: { signIn, ...quirks } }));
    await client.getStreamUri();
    expect(client.library()).toBe(library);
  });

  test('an H.265 profile is told as one by Media2, and the sub stream is the H.264 one', async () => {
    const client = clientOf(await start({ quirks: { media2: true }, profiles: h265 }));
    expect((await client.getProfiles()).map(({ codec }) => codec)).toEqual(['H265', 'H264', 'H264']);
    expect(await client.getStreamUri('sub')).toBe('rtsp://127.0.0.1:8554/K-1/002');
  });

  test.each(['Құпия-сөз', 'a<b>&"\''])(
    'the password %s reaches the camera, by token and by Digest',
    async (password) => {
      for (const signIn of ['token', 'digest'] as const) {
        const at = await start({ quirks: { signIn }, password, username: 'Aidar & Co' });
        const client = clientOf(at, { username: 'Aidar & Co', password });
        expect(await client.getInformation()).toMatchObject({ serial: 'K-1' });
        expect(client.library()).toBe('onvif');
        await at.stop();
      }
    },
  );

  test('profiles without an encoder do not leave anybody hanging', async () => {
    const client = clientOf(await start({ quirks: { signIn: 'token', bareProfile: true } }));
    expect(await client.getProfiles()).toEqual([
      { token: 'main', name: 'main', codec: '', width: null, height: null, fps: null },
    ]);
    expect(await client.getStreamUri()).toBe('rtsp://127.0.0.1:8554/K-1/main');
  });

  test('a library that makes nothing of a camera is followed by the other, which is remembered', async () => {
    const tried: OnvifLibrary[] = [];
    const client = clientOf(await start({ quirks: { signIn: 'token' } }), {
      libraries: {
        'node-onvif': async () => {
          tried.push('node-onvif');
          throw new TypeError('Cannot read properties of undefined');
        },
        onvif: async (options) => {
          tried.push('onvif');
          return openOnvifLibrary(options);
        },
      },
    });
    await client.getStreamUri();
    await client.getStreamUri();
    expect(tried).toEqual(['node-onvif', 'onvif', 'onvif']);
  });

  test('a refused password is tried once, by one library, and not again for 25 s whoever asks', async () => {
    const clock = createTestClock(Date.now());
    const at = await start({ quirks: { signIn: 'token' } });
    const tried: OnvifLibrary[] = [];
    const counted =
      (library: OnvifLibrary): OpenConnection =>
      (options) => {
        tried.push(library);
        return libraries[library](options);
      };
    const client = clientOf(at, {
      clock,
      password: 'Wr0ng-guess',
      libraries: { 'node-onvif': counted('node-onvif'), onvif: counted('onvif') },
    });
    const ask = () => expect(client.getStreamUri()).rejects.toMatchObject({ kind: 'credentials' });
    await ask();
    const { requests } = at;
    await ask();
    await expect(client.getSnapshotUri()).rejects.toMatchObject({ kind: 'credentials' });
    await expect(client.openEvents()).rejects.toMatchObject({ kind: 'credentials' });
    expect(at.requests).toBe(requests);
    expect(tried).toEqual(['node-onvif']);
    at.password = 'Wr0ng-guess';
    clock.advance(25_000);
    expect(await client.getStreamUri()).toMatch(/^rtsp:/);
  });

  test('asked by several at once, it signs in once', async () => {
    const at = await start({ quirks: { signIn: 'token' } });
    const open = vi.fn(openNodeOnvif);
    const client = clientOf(at, { libraries: { 'node-onvif': open, onvif: openOnvifLibrary } });
    await Promise.all([client.getStreamUri(), client.getStreamUri('sub'), client.getPresets()]);
    expect(open).toHaveBeenCalledTimes(1);
  });
});

test('[O2] before any password: three questions tell sign-in, services and clock', async () => {
  const at = await start({ quirks: { signIn: 'digest', media2: true, clockErrorMs: -90_000 } });
  const probe = await probeCamera({
    address: at.address,
    credentials: account,
    timeoutMs: 5_000,
    now: systemClock.now,
  });
  expect(probe).toMatchObject({
    signIn: 'digest',
    media2: true,
    eventsAddress: expect.stringContaining('event_service'),
  });
  expect(Math.abs(probe.clockErrorMs! + 90_000)).toBeLessThan(1_500);
});

test('[O2] a camera without GetServices is served all the same', async () => {
  const device = await startOnvifDevice('rtsp://192.0.2.7/sub');
  try {
    const client = createOnvifClient({ address: device.address, username: 'kuzet', password: 'Q7&x' });
    expect(await client.getStreamUri()).toBe('rtsp://192.0.2.7/sub');
    expect(client.library()).toBe('node-onvif');
  } finally {
    await device.close();
  }
});

test('a snapshot is fetched over https with a certificate of the camera’s own', async () => {
  const at = await start({ secure: true });
  const url = (await clientOf(at).getSnapshotUri())!;
  const jpeg = await fetchSnapshot({ url, host: '127.0.0.1', credentials: account });
  expect(jpeg.readUInt16BE(0)).toBe(0xffd8);
});
