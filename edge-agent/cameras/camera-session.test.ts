import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, test, vi } from 'vitest';
import { IntakeError } from '../video/intake-error.ts';
import { units } from '../video/test-units.ts';
import type { IntakeEvents, IntakeSource } from '../video/video-intake.ts';
import { type CameraStatus, createCameraSession } from './camera-session.ts';
import { createConnectSlots } from './connect-slots.ts';
import { retryDelayMs } from './retry-delay.ts';
import { testCamera } from './test-camera.ts';

const source: IntakeSource = { address: 'rtsp://10.0.0.7/live', transport: 'tcp' };

function rig(own: Parameters<typeof testCamera>[0] = {}, resolveSource = async () => source) {
  const clock = createTestClock();
  const slots = createConnectSlots(1);
  const states: CameraStatus[] = [];
  const intakes: { events: IntakeEvents; stopped: boolean }[] = [];
  const log = { ...silentLog, info: vi.fn(), warn: vi.fn() };
  const session = createCameraSession({
    camera: testCamera(own),
    clock,
    log: log as unknown as typeof silentLog,
    random: () => 1,
    slots,
    onState: (status) => states.push(status),
    resolveSource,
    startIntake: (_, events) => {
      const intake = { events, stopped: false };
      intakes.push(intake);
      return {
        stop: async () => {
          intake.stopped = true;
        },
      };
    },
  });
  let frame = 0;
  return {
    clock,
    slots,
    states,
    intakes,
    session,
    log,
    lines: () => log.info.mock.calls.length + log.warn.mock.calls.length,
    /** The intake of the n-th attempt, once it has begun. */
    attempt: (n: number) => vi.waitFor(() => intakes[n] ?? expect.fail('not begun')),
    frames: (intake: { events: IntakeEvents }, count = 1) => {
      for (let i = 0; i < count; i++) intake.events.onAccessUnit(units(1, 25, frame++)[0]!);
    },
  };
}

describe('camera session', () => {
  test('is live with the first frame, stalled after 2 s without one, live again, lost after 10 s', async () => {
    const { clock, session, attempt, states, frames, intakes } = rig();
    session.start();
    const first = await attempt(0);
    first.events.onConnected();
    expect(session.status().state).toBe('lost');
    frames(first);
    expect(session.status()).toEqual({ state: 'live', lastFrameAtMs: clock.now(), lastError: null });
    clock.advance(1_900);
    expect(session.status().state).toBe('live');
    clock.advance(600);
    expect(session.status().state).toBe('stalled');
    expect(session.status().lastError).toMatch(/connected but has sent no picture for 2 s/);
    frames(first);
    expect(session.status().state).toBe('live');
    clock.advance(10_000);
    expect(intakes[0]!.stopped).toBe(true);
    expect(states.map(({ state }) => state)).toEqual(['live', 'stalled', 'live', 'stalled', 'lost']);
    await session.stop();
  });

  test('connected without ever a frame is stalled, then lost and tried again', async () => {
    const { clock, session, attempt, states } = rig({ transport: 'udp' });
    session.start();
    (await attempt(0)).events.onConnected();
    clock.advance(2_500);
    expect(session.status()).toMatchObject({ state: 'stalled', lastFrameAtMs: null });
    expect(session.status().lastError).toContain('set transport of K-0412 to tcp');
    clock.advance(8_000);
    expect(states.map(({ state }) => state)).toEqual(['stalled', 'lost']);
    clock.advance(1_000);
    await attempt(1);
    await session.stop();
  });

  test('retries after 0.5 s doubling to 5 s, one log line for them all', async () => {
    const { clock, session, attempt, lines, intakes } = rig();
    session.start();
    const delays = [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000];
    for (const [n, delayMs] of delays.entries()) {
      (await attempt(n)).events.onEnd({ kind: 'unreachable', detail: 'the connection was refused' });
      clock.advance(delayMs - 1);
      await Promise.resolve();
      expect(intakes.length).toBe(n + 1);
      clock.advance(1);
      await attempt(n + 1);
    }
    expect(lines()).toBe(1);
    expect(session.status().lastError).toBe(
      'camera cannot be reached, the connection was refused: check its power, its network and the address of K-0412 in the site file',
    );
    await session.stop();
  });

  test('a stream that held for a while starts the delays anew', async () => {
    const { clock, session, attempt, frames } = rig();
    session.start();
    for (let n = 0; n < 4; n++) {
      (await attempt(n)).events.onEnd({ kind: 'unreachable', detail: 'x' });
      clock.advance(5_000);
    }
    const good = await attempt(4);
    good.events.onConnected();
    for (let i = 0; i < 12; i++) {
      frames(good);
      clock.advance(1_000);
    }
    good.events.onEnd({ kind: 'ended', detail: 'the camera closed the connection' });
    expect(session.status().state).toBe('lost');
    clock.advance(500);
    await attempt(5);
    await session.stop();
  });

  test('a wrong password is told with its camera and tried only every 30 s', async () => {
    const { clock, session, attempt, intakes } = rig();
    session.start();
    (await attempt(0)).events.onEnd({ kind: 'credentials', detail: 'camera refused the sign-in (401)' });
    expect(session.status()).toMatchObject({
      state: 'lost',
      lastError: 'camera refused the sign-in (401): check username and password of K-0412 in the site file',
    });
    clock.advance(29_000);
    await Promise.resolve();
    expect(intakes.length).toBe(1);
    clock.advance(8_000);
    await attempt(1);
    await session.stop();
  });

  test('an address that cannot be had is a failure like any other', async () => {
    const { session, states } = rig({}, async () => {
      throw new IntakeError('unreachable', 'its ONVIF service does not answer (ECONNREFUSED)');
    });
    session.start();
    await vi.waitFor(() => expect(states.length).toBe(1));
    expect(states[0]!.lastError).toContain('its ONVIF service does not answer');
    await session.stop();
  });

  test('what a former attempt still says changes nothing', async () => {
    const { clock, session, attempt, frames } = rig();
    session.start();
    const first = await attempt(0);
    first.events.onEnd({ kind: 'ended', detail: 'x' });
    clock.advance(500);
    const second = await attempt(1);
    second.events.onConnected();
    frames(second);
    first.events.onEnd({ kind: 'ended', detail: 'late' });
    frames(first);
    expect(session.status().state).toBe('live');
    await session.stop();
  });

  test('pictures of a lost camera are not kept for players', async () => {
    const { clock, session, attempt, frames } = rig();
    session.start();
    const first = await attempt(0);
    first.events.onConnected();
    // From the first reading on segments are kept.
    session.packager.playlist();
    for (const unit of units(60, 25)) first.events.onAccessUnit(unit);
    frames(first, 0);
    expect(session.packager.playlist()).not.toBeNull();
    first.events.onEnd({ kind: 'ended', detail: 'x' });
    expect(session.packager.playlist()).not.toBeNull();
    clock.advance(10_500);
    expect(session.packager.playlist()).toBeNull();
    await session.stop();
  });

  test('a camera that is not enabled is disabled and never connected', async () => {
    const { clock, session, states, intakes } = rig({ enabled: false });
    session.start();
    clock.advance(60_000);
    expect(states.map(({ state }) => state)).toEqual(['disabled']);
    expect(intakes).toEqual([]);
    await session.stop();
  });

  test('a camera that is slow to fail gives its turn to the next', async () => {
    const slow = rig({}, () => new Promise(() => undefined));
    slow.session.start();
    await Promise.resolve();
    const next = slow.slots.acquire();
    slow.clock.advance(1_500);
    (await next)();
    await slow.session.stop();
  });

  test('after stop nothing is tried and the slot is free', async () => {
    const { clock, session, attempt, intakes } = rig();
    session.start();
    await attempt(0);
    await session.stop();
    expect(intakes[0]!.stopped).toBe(true);
    clock.advance(60_000);
    await Promise.resolve();
    expect(intakes.length).toBe(1);
    session.start();
    await attempt(1);
    await session.stop();
  });
});

test('delays are spread over their last half and never reach a minute', () => {
  expect(retryDelayMs('unreachable', 1, 0)).toBe(250);
  expect(retryDelayMs('unreachable', 1, 1)).toBe(500);
  expect(retryDelayMs('timeout', 1_000, 1)).toBe(5_000);
  expect(retryDelayMs('credentials', 1, 0)).toBe(30_000);
});

test('slots are given in order and freed once', async () => {
  const slots = createConnectSlots(1);
  const order: number[] = [];
  const first = await slots.acquire();
  const second = slots.acquire().then((release) => {
    order.push(2);
    return release;
  });
  const third = slots.acquire().then((release) => {
    order.push(3);
    return release;
  });
  first();
  first();
  await second;
  await Promise.resolve();
  expect(order).toEqual([2]);
  (await second)();
  await third;
  expect(order).toEqual([2, 3]);
});
