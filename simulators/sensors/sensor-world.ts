import type { MetricValue } from '@kuzet/contracts/device.ts';
import { expectedIntervalOf } from '@kuzet/contracts/expected-interval.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { type DeviceFaultKind, faultRefusal, faultyValues, spoil } from './device-fault.ts';
import { createFire, type Fire, type FirePlan } from './fire.ts';
import type { Values, WireMessage } from './formats/device-format.ts';
import { formatOf } from './formats/format-of.ts';
import { createNormalLife, type NormalLife } from './normal-life.ts';
import { seedOf } from './random.ts';

export type Undo = () => void;

export interface SensorWorld {
  start(): void;
  stop(): void;
  /** Lights a fire; detectors of its site follow it until the returned function ends it. */
  startFire(plan: FirePlan): Undo;
  /** Holds a device's metrics at these values until undone; a number moves there within `overS` seconds. */
  hold(deviceId: string, values: Values, overS?: number): Undo;
  /** Breaks a device until undone. @throws UnknownDevice, or Error when the device cannot have this fault. */
  breakDevice(deviceId: string, kind: DeviceFaultKind): Undo;
  /** Why a fault cannot be, or null. */
  refusal(deviceId: string, kind: DeviceFaultKind): string | null;
  has(deviceId: string): boolean;
  /** What a device shows now. */
  values(deviceId: string): Values;
}

export class UnknownDevice extends Error {
  override name = 'UnknownDevice';
}

interface Held {
  values: Values;
  from: Values;
  sinceMs: number;
  overMs: number;
}

interface Simulated {
  device: SiteDevice;
  life: NormalLife;
  held: Held[];
  fault: { kind: DeviceFaultKind; sinceMs: number } | null;
  dueMs: number;
  /** The yes/no values last sent: a change is sent at once, as devices do that report by exception. */
  sentFlags: string;
}

const tickMs = 250;
/** A detector that feels a fire reports this often at the least, seconds. */
const excitedIntervalS = 4;

export interface SensorWorldDeps {
  devices: readonly SiteDevice[];
  clock: Clock;
  seed: number;
  publish(device: SiteDevice, message: WireMessage): void;
}

/** All devices of the city: their normal life, and over it fires, scripted values and faults, sent when due. */
export function createSensorWorld({ devices, clock, seed, publish }: SensorWorldDeps): SensorWorld {
  const simulated = new Map<string, Simulated>(
    devices.map((device) => [
      device.id,
      { device, life: createNormalLife(device, seed), held: [], fault: null, dueMs: 0, sentFlags: '' },
    ]),
  );
  const fires = new Set<Fire>();
  let cancelTick: (() => void) | null = null;

  const find = (deviceId: string): Simulated => {
    const one = simulated.get(deviceId);
    if (!one) throw new UnknownDevice(`no device ${deviceId} in the site file`);
    return one;
  };

  /** `excited`: something other than its normal life moves it. */
  function sense(one: Simulated, nowMs: number): { values: Values; excited: boolean } {
    const normal = one.life(nowMs);
    let values = normal;
    let excited = false;
    for (const fire of fires) {
      const felt = fire.felt(one.device, normal, nowMs);
      if (felt) {
        excited = true;
        values = { ...values, ...felt };
      }
    }
    for (const held of one.held) {
      excited = true;
      values = { ...values, ...moved(held, nowMs) };
    }
    return { values, excited };
  }

  /** A panel signals fire at two detectors in alarm, or one call point: type B dependency of EN 54-2. */
  function panelAlarm(siteId: string, alarms: ReadonlyMap<string, { detectors: number; callPoints: number }>): boolean {
    const found = alarms.get(siteId);
    return found !== undefined && (found.detectors >= 2 || found.callPoints >= 1);
  }

  function tick(): void {
    const nowMs = clock.now();
    const alarms = new Map<string, { detectors: number; callPoints: number }>();
    const panels: { one: Simulated; values: Values; excited: boolean }[] = [];
    for (const one of simulated.values()) {
      const sensed = sense(one, nowMs);
      if (one.device.kind === 'fire-panel') {
        panels.push({ one, ...sensed });
        continue;
      }
      countAlarm(alarms, one.device, sensed.values);
      send(one, sensed.values, sensed.excited, nowMs);
    }
    for (const { one, values, excited } of panels) {
      const alarm = panelAlarm(one.device.siteId, alarms);
      send(one, alarm ? { ...values, alarm } : values, excited || alarm, nowMs);
    }
  }

  function send(one: Simulated, sensed: Values, excited: boolean, nowMs: number): void {
    const { device, fault } = one;
    const values = fault ? faultyValues(device, fault.kind, sensed, nowMs - fault.sinceMs) : sensed;
    if (!values) return;
    const flags = flagsOf(values);
    if (nowMs < one.dueMs && flags === one.sentFlags) return;
    const usualS = expectedIntervalOf(device);
    const intervalS = excited ? Math.min(excitedIntervalS, usualS) : usualS;
    one.dueMs = nowMs + intervalS * 1000;
    one.sentFlags = flags;
    const message = formatOf(device).reading(device, values, nowMs);
    publish(device, fault?.kind === 'rubbish' ? spoil(message) : message);
  }

  const presence = (one: Simulated, online: boolean) => {
    const message = formatOf(one.device).presence(one.device, online);
    if (message) publish(one.device, message);
  };

  return {
    start() {
      const nowMs = clock.now();
      for (const one of simulated.values()) {
        // Everybody says hello within five seconds, and keeps a phase of its own from then on.
        one.dueMs =
          nowMs +
          createRandom(seedOf(one.device.id, seed ^ 0x51ed))() * Math.min(5, expectedIntervalOf(one.device)) * 1000;
        one.sentFlags = flagsOf(sense(one, nowMs).values);
      }
      cancelTick = clock.every(tickMs, tick);
    },
    stop() {
      cancelTick?.();
      cancelTick = null;
    },
    startFire(plan) {
      const fire = createFire(plan, clock.now());
      fires.add(fire);
      return () => void fires.delete(fire);
    },
    hold(deviceId, values, overS = 0) {
      const one = find(deviceId);
      const nowMs = clock.now();
      const held: Held = { values, from: sense(one, nowMs).values, sinceMs: nowMs, overMs: overS * 1000 };
      one.held.push(held);
      one.dueMs = Math.min(one.dueMs, nowMs);
      return () => {
        one.held = one.held.filter((other) => other !== held);
        one.dueMs = Math.min(one.dueMs, clock.now());
      };
    },
    breakDevice(deviceId, kind) {
      const one = find(deviceId);
      const why = faultRefusal(one.device, kind);
      if (why) throw new Error(why);
      const fault = { kind, sinceMs: clock.now() };
      one.fault = fault;
      one.dueMs = Math.min(one.dueMs, clock.now());
      if (kind === 'offline') presence(one, false);
      return () => {
        if (one.fault !== fault) return;
        one.fault = null;
        one.dueMs = Math.min(one.dueMs, clock.now());
        if (kind === 'offline') presence(one, true);
      };
    },
    refusal: (deviceId, kind) => faultRefusal(find(deviceId).device, kind),
    has: (deviceId) => simulated.has(deviceId),
    values: (deviceId) => sense(find(deviceId), clock.now()).values,
  };
}

function moved({ values, from, sinceMs, overMs }: Held, nowMs: number): Values {
  const part = overMs <= 0 ? 1 : Math.min(1, (nowMs - sinceMs) / overMs);
  return Object.fromEntries(
    Object.entries(values).map(([name, to]): [string, MetricValue] => {
      const start = from[name];
      if (typeof to !== 'number' || typeof start !== 'number' || part >= 1) return [name, to];
      return [name, Math.round((start + (to - start) * part) * 1000) / 1000];
    }),
  );
}

function countAlarm(
  alarms: Map<string, { detectors: number; callPoints: number }>,
  device: SiteDevice,
  values: Values,
): void {
  if (values.test === true) return;
  const detector = values.smoke === true || (device.kind === 'heat-detector' && values.alarm === true);
  const callPoint = device.kind === 'manual-call-point' && values.alarm === true;
  if (!detector && !callPoint) return;
  const found = alarms.get(device.siteId) ?? { detectors: 0, callPoints: 0 };
  alarms.set(device.siteId, {
    detectors: found.detectors + (detector ? 1 : 0),
    callPoints: found.callPoints + (callPoint ? 1 : 0),
  });
}

const flagsOf = (values: Values): string =>
  Object.entries(values)
    .filter(([, value]) => typeof value === 'boolean')
    .map(([name, value]) => `${name}=${value}`)
    .join();
