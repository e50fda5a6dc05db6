import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type CameraFarm, createCameraFarm } from '../../simulators/camera/camera-farm.ts';
import type { AccessUnit } from '../video/access-unit.ts';
import { startRtspIntake } from '../video/rtsp-client.ts';
import type { IntakeFailure, VideoIntake } from '../video/video-intake.ts';

const ids = ['plain', 'h265', 'still', 'backwards', 'jump', 'reorder', 'size', 'b-frames'];
let farm: CameraFarm;
let rtspPort: number;
const intakes: VideoIntake[] = [];

beforeAll(async () => {
  const cameras = ids.map((id, i) => ({ id, number: 900 + i, name: id, clip: 'plaza', ...account, ptz: false }));
  const own = { rtspPort: 0, onvifPort: 0, host: '127.0.0.1', clock: systemClock, log: silentLog, discovery: false };
  farm = createCameraFarm({ cameras, ...own });
  ({ rtspPort } = await farm.start());
});
afterEach(async () => {
  await Promise.all(intakes.splice(0).map((intake) => intake.stop()));
});
afterAll(() => farm.stop());

const account = { username: 'kuzet', password: 'secret' };

function start(id: string, transport: 'tcp' | 'udp') {
  const units: (AccessUnit & { arrivedAtMs: number })[] = [];
  const failures: IntakeFailure[] = [];
  const intake = startRtspIntake(
    { address: `rtsp://127.0.0.1:${rtspPort}/${id}/main`, ...account, transport },
    {
      onConnected: () => undefined,
      onAccessUnit: (unit) => units.push({ ...unit, arrivedAtMs: Date.now() }),
      onEnd: (failure) => failures.push(failure),
    },
  );
  intakes.push(intake);
  return { units, failures };
}
const came = (units: unknown[], count: number) =>
  vi.waitFor(() => expect(units.length).toBeGreaterThanOrEqual(count), { timeout: 10_000 });
const stepsOf = (units: readonly AccessUnit[]) =>
  units.slice(1).map(({ ptsTicks }, i) => ptsTicks - units[i]!.ptsTicks);

test.each(['tcp', 'udp'] as const)('[V3] H.264 and H.265 of simulated cameras over %s', async (transport) => {
  expect(farm.fault('h265', 'h265', 60)).toBe('done');
  const [plain, h265] = [start('plain', transport), start('h265', transport)];
  await came(plain.units, 20);
  await came(h265.units, 20);
  expect(plain.units[0]).toMatchObject({ keyFrame: true, parameters: { codec: 'h264', width: 640, height: 360 } });
  expect(h265.units[0]).toMatchObject({ keyFrame: true, parameters: { codec: 'h265', width: 640, height: 360 } });
  for (const { units } of [plain, h265]) expect(new Set(stepsOf(units))).toEqual(new Set([7500]));
  expect([...plain.failures, ...h265.failures]).toEqual([]);
});

test.each(['still', 'backwards', 'jump'] as const)('[V10] wrong times: %s', async (mode) => {
  const { units, failures } = start(mode, 'tcp');
  await came(units, 6);
  expect(farm.fault(mode, 'timestamps', 60, { mode })).toBe('done');
  const before = units.length;
  await came(units, before + 40);
  const late = units.slice(-10);
  for (const step of stepsOf(late)) expect(Math.abs(step - 7500)).toBeLessThan(mode === 'jump' ? 1 : 5_000);
  for (const { captureTimeMs, arrivedAtMs } of late) expect(Math.abs(captureTimeMs - arrivedAtMs)).toBeLessThan(500);
  expect(failures).toEqual([]);
});

test('packets over UDP that overtake each other cost no picture', async () => {
  expect(farm.fault('reorder', 'udp-reorder', 60, { percent: 20 })).toBe('done');
  const { units } = start('reorder', 'udp');
  await came(units, 40);
  expect(new Set(stepsOf(units))).toEqual(new Set([7500]));
});

test('[V6] another size in flight, and B-pictures in their order', async () => {
  const { units } = start('size', 'tcp');
  await came(units, 3);
  expect(farm.fault('size', 'resolution-switch', 60)).toBe('done');
  await vi.waitFor(() => expect(new Set(units.map(({ parameters }) => parameters.width)).size).toBe(2), 5_000);
  expect(units.find(({ parameters }) => parameters.width !== units[0]!.parameters.width)?.keyFrame).toBe(true);
  expect(farm.fault('b-frames', 'b-frames', 60)).toBe('done');
  const reordered = start('b-frames', 'tcp');
  await came(reordered.units, 30);
  expect(stepsOf(reordered.units).some((step) => step < 0)).toBe(true);
  const shown = [...reordered.units].sort((a, b) => a.ptsTicks - b.ptsTicks).slice(2, -4);
  expect(new Set(stepsOf(shown))).toEqual(new Set([7500]));
});
