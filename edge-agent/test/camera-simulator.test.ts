import type { CameraState } from '@kuzet/contracts/camera.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CameraFarm, createCameraFarm } from '../../simulators/camera/camera-farm.ts';
import { type CameraFleet, createCameraFleet } from '../cameras/camera-fleet.ts';
import { mediaRoutes } from '../cameras/media-routes.ts';
import { testCamera } from '../cameras/test-camera.ts';

const account = { username: 'kuzet', password: 'right' };
let farm: CameraFarm;
let fleet: CameraFleet;
let address: (id: string) => string;
const seen: Record<string, CameraState[]> = {};

beforeAll(async () => {
  const cameras = ['K-1', 'K-2', 'K-3', 'K-4'].map((id, number) => ({
    id,
    number,
    name: id,
    clip: 'plaza',
    ...account,
    ptz: id === 'K-1',
  }));
  farm = createCameraFarm({
    cameras,
    rtspPort: 0,
    onvifPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    discovery: false,
  });
  const { onvifPort } = await farm.start();
  address = (id) => `http://127.0.0.1:${onvifPort}/onvif/${id}/device_service`;
  fleet = createCameraFleet({
    cameras: [
      testCamera({ id: 'K-1', onvif: { address: address('K-1') }, ...account, ptz: true }),
      testCamera({ id: 'K-2', onvif: { address: address('K-2') }, ...account, transport: 'udp' }),
      testCamera({ id: 'K-3', onvif: { address: address('K-3') }, ...account }),
      testCamera({ id: 'K-4', onvif: { address: address('K-4') }, username: 'kuzet', password: 'wrong' }),
    ],
    clock: systemClock,
    log: silentLog,
    onStateChange: ({ camera, state }) => {
      seen[camera] = [...(seen[camera] ?? []), state];
    },
  });
  fleet.start();
});
afterAll(async () => {
  await fleet?.stop();
  await farm?.stop();
});

const state = (id: string) => fleet.get(id)!.session.status();

test('cameras over TCP and UDP go live, freeze, drop and come back, and each state is told as it is', async () => {
  await vi.waitFor(
    () => expect(['K-1', 'K-2', 'K-3'].map((id) => state(id).state)).toEqual(['live', 'live', 'live']),
    10_000,
  );
  await vi.waitFor(() => expect(state('K-4').lastError).toContain('check username and password of K-4'), 10_000);
  await vi.waitFor(() => expect(fleet.get('K-2')!.session.packager.playlist()).not.toBeNull(), 5_000);

  expect(farm.fault('K-1', 'freeze', 60)).toBe('done');
  expect(farm.fault('K-3', 'disconnect', 60)).toBe('done');
  await vi.waitFor(() => expect([state('K-1').state, state('K-3').state]).toEqual(['stalled', 'lost']), 10_000);
  expect(state('K-1').lastError).toContain('connected but has sent no picture');
  farm.fault('K-1', 'freeze', 0);
  farm.fault('K-3', 'disconnect', 0);
  await vi.waitFor(() => expect([state('K-1').state, state('K-3').state]).toEqual(['live', 'live']), 15_000);

  expect(seen['K-1']).toEqual(['live', 'stalled', 'live']);
  expect(seen['K-2']).toEqual(['live']);
  expect(seen['K-4']).toEqual(['lost']);
  expect(JSON.stringify(fleet.list())).not.toContain('wrong');
}, 45_000);

test('snapshot and PTZ go through to the camera', async () => {
  const fastify = Fastify();
  await fastify.register(mediaRoutes, { cameras: fleet, token: 't' });
  const headers = { authorization: 'Bearer t' };
  const snapshot = await fastify.inject({ url: '/cameras/K-1/snapshot.jpg', headers });
  expect(snapshot.statusCode).toBe(200);
  expect(snapshot.rawPayload.readUInt16BE(0)).toBe(0xffd8);
  const payload = { action: 'move', pan: 1, tilt: 0, zoom: 0 };
  const moved = await fastify.inject({ method: 'POST', url: '/cameras/K-1/ptz', headers, payload });
  expect(moved.statusCode).toBe(204);
  expect(farm.list()[0]!.ptz).toMatchObject({ panTiltMoving: true });
  await fastify.close();
});
