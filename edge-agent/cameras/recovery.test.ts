import { silentLog } from '@kuzet/lib/log.ts';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, test } from 'vitest';
import { units } from '../video/test-units.ts';
import type { StartIntake } from '../video/video-intake.ts';
import { createCameraSession } from './camera-session.ts';
import { createConnectSlots } from './connect-slots.ts';
import { attemptPatienceMs } from './retry-delay.ts';
import { testCamera } from './test-camera.ts';

const slotCount = 16;
const stepMs = 50;

/** Sessions over a network that can be taken away: an attempt made then fails after 0.2 to 5 s, one made after takes 0.3 s. */
function createNetwork(cameras: number, seed: number) {
  const clock = createTestClock();
  const random = createRandom(seed);
  const slots = createConnectSlots(slotCount);
  let up = true;
  let attempts: number[] = [];
  const cut = new Set<() => void>();
  const startIntake: StartIntake = (_source, events) => {
    attempts.push(clock.now());
    let over = false;
    const cancels: (() => void)[] = [];
    const end = () => {
      over = true;
      cut.delete(drop);
      for (const cancel of cancels) cancel();
    };
    const fail = (kind: 'ended' | 'timeout') => {
      if (over) return;
      end();
      events.onEnd({ kind, detail: 'x' });
    };
    const drop = () => fail('ended');
    if (!up) cancels.push(clock.after(200 + random() * 4_800, () => fail('timeout')));
    else {
      cut.add(drop);
      cancels.push(
        clock.after(300, () => {
          events.onConnected();
          let frame = 0;
          const show = () => events.onAccessUnit(units(1, 1, frame++)[0]!);
          show();
          cancels.push(clock.every(1_000, show));
        }),
      );
    }
    return { stop: async () => end() };
  };
  const sessions = Array.from({ length: cameras }, (_, n) =>
    createCameraSession({
      camera: testCamera({ id: `K-${n}` }),
      clock,
      log: silentLog,
      random,
      slots,
      onState: () => undefined,
      resolveSource: async () => ({ address: 'rtsp://10.0.0.7/live', transport: 'tcp' }),
      startIntake,
    }),
  );
  const live = () => sessions.filter((session) => session.status().state === 'live').length;
  return {
    clock,
    live,
    start: () => sessions.forEach((session) => void session.start()),
    stop: () => Promise.all(sessions.map((session) => session.stop())),
    takeAway() {
      up = false;
      for (const drop of [...cut]) drop();
    },
    restore() {
      up = true;
      attempts = [];
    },
    attempts: () => attempts,
    /** Time goes by in steps, so that what waits for a promise comes to its turn. */
    async pass(ms: number, until: () => boolean = () => false) {
      for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
        if (until()) return passedMs;
        clock.advance(stepMs);
        await new Promise(setImmediate);
      }
      return ms;
    },
  };
}

describe('recovery', () => {
  test.each([
    [40, 60_000, 1],
    [500, 30_000, 2],
    [500, 180_000, 3],
  ])(
    '[E60] %i cameras that lost their network for %i ms are live within 15 s of its return, all but one in a hundred',
    async (cameras, downMs, seed) => {
      const network = createNetwork(cameras, seed);
      network.start();
      await network.pass(60_000, () => network.live() === cameras);
      expect(network.live()).toBe(cameras);
      network.takeAway();
      await network.pass(downMs);
      expect(network.live()).toBe(0);
      network.restore();
      const tookMs = await network.pass(60_000, () => network.live() >= cameras * 0.99);
      const restMs = await network.pass(60_000, () => network.live() === cameras);
      expect(tookMs).toBeLessThanOrEqual(15_000);
      expect(restMs).toBeLessThanOrEqual(5_000);
      // Each once, and never more at a time than there are slots: 0.3 s each.
      expect(network.attempts().length).toBeLessThanOrEqual(cameras);
      for (const atMs of network.attempts()) {
        const together = network.attempts().filter((other) => other > atMs - 300 + stepMs && other <= atMs);
        expect(together.length).toBeLessThanOrEqual(slotCount);
      }
      await network.stop();
    },
    60_000,
  );

  test('[E61] after an outage of 3 s forty cameras have a picture before the alarm for their loss', async () => {
    for (let seed = 10; seed < 20; seed++) {
      const network = createNetwork(40, seed);
      network.start();
      await network.pass(20_000, () => network.live() === 40);
      network.takeAway();
      await network.pass(3_000);
      network.restore();
      const tookMs = await network.pass(20_000, () => network.live() === 40);
      expect(3_000 + tookMs).toBeLessThan(7_500);
      await network.stop();
    }
  }, 60_000);

  test('[E61] only a camera that was live a moment ago is asked in haste', () => {
    expect([null, 0, 5_000, 5_001].map(attemptPatienceMs)).toEqual([45_000, 2_500, 2_500, 45_000]);
  });
});
