import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, it } from 'vitest';
import type { FarmResult } from '../camera/camera-farm.ts';
import { generateCity } from '../city/generate-city.ts';
import { createSensorWorld } from '../sensors/sensor-world.ts';
import { loadScenarios } from './load-scenarios.ts';
import { createPerformStep } from './perform-step.ts';
import { createScenarioPlayer } from './player.ts';

/** Plays mall-fire on real sensors and a clock that is turned by hand. */
function playMallFire() {
  const site = generateCity();
  const clock = createTestClock();
  const startMs = clock.now() + 10_000;
  const raised = new Map<string, number>();
  const cleared = new Map<string, number>();
  const cameras: string[] = [];
  const say = (what: string): FarmResult => {
    cameras.push(what);
    return 'done';
  };
  const world = createSensorWorld({
    devices: site.devices,
    clock,
    seed: 1,
    publish(device, message) {
      const body = JSON.parse(message.payload) as Record<string, unknown> & { values?: Record<string, unknown> };
      const values = body.values ?? body;
      const alarm = values.smoke === true || values.alarm === true;
      const atS = (clock.now() - startMs) / 1000;
      if (alarm && !raised.has(device.id)) raised.set(device.id, atS);
      if (!alarm && raised.has(device.id) && !cleared.has(device.id)) cleared.set(device.id, atS);
      if (alarm) cleared.delete(device.id);
    },
  });
  const player = createScenarioPlayer({
    scenarios: loadScenarios(import.meta.dirname, site),
    perform: createPerformStep({
      world,
      farm: {
        fault: (camera, kind, seconds) => say(`${camera} ${kind} ${seconds}`),
        setClip: (camera, clip) => say(`${camera} ${clip}`),
      },
      usualClip: () => 'usual',
    }),
    clock,
    log: silentLog,
    seed: 1,
  });
  world.start();
  clock.advance(10_000);
  expect(player.run('mall-fire').ok).toBe(true);
  return { clock, player, raised, cleared, cameras, world };
}

describe('scenario mall-fire', () => {
  const { clock, player, raised, cleared, cameras } = playMallFire();
  clock.advance(419_000);
  const stillActive = [...raised.keys()].filter((id) => !cleared.has(id));
  clock.advance(2_000);
  const raisedWithin = (seconds: number) => [...raised].filter(([, atS]) => atS <= seconds).map(([id]) => id);

  it('starts with an alarm within five seconds, beside the seat', () => {
    expect(raisedWithin(5)).toEqual(['akku-smoke-304']);
  });

  it('spreads over the third floor within two minutes, by detectors, call point and panel', () => {
    expect(raisedWithin(120).filter((id) => /^akku-smoke-3/.test(id)).length).toBeGreaterThanOrEqual(6);
    expect(raised.get('akku-mcp-301')).toBeCloseTo(20, 0);
    expect(raised.get('akku-panel-101')).toBeLessThanOrEqual(20.5);
  });

  it('trips a heat detector while it burns', () => {
    expect(raised.get('akku-heat-301')).toBeGreaterThan(60);
    expect(raised.get('akku-heat-301')).toBeLessThan(270);
  });

  it('is felt in no other building, and on no floor below', () => {
    expect([...raised.keys()].filter((id) => !/^akku-(smoke|heat|mcp)-[34]|^akku-panel/.test(id))).toEqual([]);
  });

  it('ends by itself with every alarm cleared and every camera as before', () => {
    expect(stillActive).toEqual([]);
    expect(player.running()).toEqual([]);
    expect(cameras).toEqual([
      'K-1047 mall-atrium-fire',
      'K-1043 mall-entrance-fire',
      'K-1051 disconnect 120',
      'K-1051 disconnect 0',
      'K-1043 usual',
      'K-1047 usual',
    ]);
  });
});
