/** Camera events against the simulated camera: from the camera's word to the item that is handed to the spool. */
import type { Lane, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { type CameraEvents, createCameraEvents } from '../cameras/camera-events.ts';
import { createOnvifClient } from '../cameras/onvif-client.ts';
import {
  type SimulatedOnvif,
  type SimulatedOptions,
  simulatedPassword,
  simulatedUser,
  startSimulatedOnvif,
} from './simulated-onvif.ts';

interface Told {
  lane: Lane;
  item: UplinkItem;
  atMs: number;
}
let camera: SimulatedOnvif | null = null;
let events: CameraEvents | null = null;
afterEach(async () => {
  await events?.stop();
  await camera?.stop();
  events = null;
  camera = null;
});

async function rig(options: SimulatedOptions = {}) {
  const at = await startSimulatedOnvif(options);
  camera = at;
  const told: Told[] = [];
  const onvif = createOnvifClient({ address: at.address, username: simulatedUser, password: simulatedPassword });
  events = createCameraEvents({
    cameras: [{ id: 'K-1', onvif }],
    clock: systemClock,
    log: silentLog,
    tell: (lane, items) => told.push(...items.map((item) => ({ lane, item, atMs: performance.now() }))),
    random: () => 1,
  });
  const readings = () => told.flatMap(({ item }) => (item.t === 'reading' ? [item] : []));
  const clockErrors = () =>
    readings().flatMap(({ values }) => (typeof values.clockError === 'number' ? [values.clockError] : []));
  const values = () => readings().flatMap((reading) => ('clockError' in reading.values ? [] : [reading.values]));
  const online = () => told.flatMap(({ item }) => (item.t === 'device-status' ? [item.online] : []));
  const state = (metric: string) => values().findLast((some) => metric in some)?.[metric];
  await vi.waitFor(() => expect(state('tamper')).toBe(false), 5_000);
  return { at, told, readings, values, clockErrors, online, state };
}
const soon = (check: () => void, timeout = 5_000) => vi.waitFor(check, { timeout, interval: 20 });

test.each<[string, SimulatedOptions]>([
  ['a plain camera', {}],
  ['HTTP Digest', { quirks: { signIn: 'digest' } }],
  ['https', { secure: true }],
  ['a clock that is an hour ahead', { quirks: { signIn: 'token', clockErrorMs: 3_600_000 } }],
  ['a clock that is half a minute behind', { quirks: { clockErrorMs: -30_000 } }],
  ['times in +00:00', { quirks: { offsetTimestamps: true } }],
  ['a subscription named in the query of its address', { quirks: { subscriptionBy: 'query' } }],
  ['a subscription named in reference parameters', { quirks: { subscriptionBy: 'reference' } }],
])('[O5] motion, tamper, input and line crossing are readings: %s', async (_, options) => {
  const { at, told, readings, values, clockErrors, online } = await rig(options);
  expect(clockErrors()).toHaveLength(1);
  expect(Math.abs(clockErrors()[0]! * 1_000 - (options.quirks?.clockErrorMs ?? 0))).toBeLessThan(1_500);
  expect(online()).toEqual([true]);
  expect(values()).toEqual([{ motion: false }, { digitalInput: false }, { tamper: false }]);
  at.events.set('motion', true);
  await soon(() => expect(values().at(-1)).toEqual({ motion: true }));
  at.events.set('motion', false);
  at.events.set('digital-input', true);
  at.events.cross();
  at.events.cross();
  at.events.set('tamper', true);
  await soon(() =>
    expect(values().slice(4)).toEqual([
      { motion: false },
      { digitalInput: true },
      { lineCrossing: true },
      { lineCrossing: true },
      { tamper: true },
    ]),
  );
  for (const { device, observedAt, receivedAt } of readings()) {
    expect(device).toBe('K-1.events');
    expect(Math.abs(Date.parse(observedAt) - Date.now())).toBeLessThan(10_000);
    expect(Date.parse(observedAt)).toBeLessThanOrEqual(Date.parse(receivedAt));
  }
  const lanes = told.flatMap(({ lane, item }) => (item.t === 'reading' && 'tamper' in item.values ? [lane] : []));
  expect(new Set(lanes)).toEqual(new Set(['alarm']));
});

test('[O6] a restarted camera is subscribed anew within 15 s of its return, and its state is told again', async () => {
  const { at, state, online } = await rig();
  at.events.set('motion', true);
  await soon(() => expect(state('motion')).toBe(true));
  at.reachable = false;
  at.events.restart(60_000);
  // It is asked for in vain while it starts.
  const { requests } = at;
  await soon(() => expect(at.requests).toBeGreaterThan(requests + 2), 10_000);
  at.reachable = true;
  const returnedMs = performance.now();
  await soon(() => expect(state('motion')).toBe(false), 15_000);
  console.log(`resubscribed ${Math.round(performance.now() - returnedMs)} ms after the camera's return`);
  at.events.set('motion', true);
  await soon(() => expect(state('motion')).toBe(true));
  expect(state('restarted')).toBe(true);
  // Back within its grace: nobody was told that it was gone.
  expect(online()).toEqual([true]);
}, 30_000);

test('[O6] a subscription that ran out is made anew at once', async () => {
  const { at, state } = await rig();
  at.events.expire();
  at.events.set('motion', true);
  const sinceMs = performance.now();
  await soon(() => expect(state('motion')).toBe(true));
  expect(performance.now() - sinceMs).toBeLessThan(2_000);
  expect(state('restarted')).toBeUndefined();
});

test('[O6] one that lives 4 s only is kept alive', async () => {
  const { at, state } = await rig({ quirks: { longestLifeMs: 4_000 } });
  const subscribed = vi.spyOn(at.events, 'subscribe');
  const renewed = vi.spyOn(at.events, 'renew');
  await soon(() => expect(renewed.mock.calls.length).toBeGreaterThan(2), 15_000);
  at.events.set('motion', true);
  await soon(() => expect(state('motion')).toBe(true));
  expect(subscribed).not.toHaveBeenCalled();
}, 20_000);

test('[O6] a pull point that does not answer is left within 13 s', async () => {
  const { at, state } = await rig();
  at.device.quirks.pullPoint = 'hangs';
  at.events.set('motion', true);
  await soon(() => expect(state('motion')).toBe(true));
  at.events.set('motion', false);
  const sinceMs = performance.now();
  const subscribed = vi.spyOn(at.events, 'subscribe');
  await soon(() => expect(subscribed).toHaveBeenCalled(), 15_000);
  expect(performance.now() - sinceMs).toBeLessThan(15_000);
  at.device.quirks.pullPoint = 'works';
  await soon(() => expect(state('motion')).toBe(false), 15_000);
}, 40_000);

test('[O7] 100 events, from the camera to the spool: p95 within 1 s', async () => {
  const { at, told } = await rig();
  const sentMs: number[] = [];
  for (let n = 0; n < 100; n++) {
    const before = told.length;
    sentMs.push(performance.now());
    at.events.set('motion', n % 2 === 0);
    await vi.waitFor(() => expect(told.length).toBe(before + 1), { timeout: 5_000, interval: 1 });
  }
  const heard = told.filter(({ item }) => item.t === 'reading' && 'motion' in item.values).slice(1);
  const takenMs = heard.map(({ atMs }, n) => atMs - sentMs[n]!).sort((a, b) => a - b);
  console.log(
    `events: p50 ${takenMs[50]!.toFixed(1)} ms, p95 ${takenMs[95]!.toFixed(1)} ms, max ${takenMs[99]!.toFixed(1)} ms`,
  );
  expect(takenMs[95]).toBeLessThan(1_000);
});

test('[O6] what is stopped gives its pull point back', async () => {
  const { at } = await rig();
  const given = vi.spyOn(at.events, 'unsubscribe');
  const sinceMs = performance.now();
  await events!.stop();
  expect(given.mock.results.map(({ value }) => value)).toEqual([true]);
  expect(performance.now() - sinceMs).toBeLessThan(3_000);
});

test('[O6] forty cameras that are started anew together are all subscribed within 15 s of their return', async () => {
  const cameras = await Promise.all(
    Array.from({ length: 40 }, () => startSimulatedOnvif({ quirks: { signIn: 'digest' } })),
  );
  const moving = new Map<string, boolean>();
  events = createCameraEvents({
    cameras: cameras.map(({ address }, at) => ({
      id: `K-${at}`,
      onvif: createOnvifClient({ address, username: simulatedUser, password: simulatedPassword }),
    })),
    clock: systemClock,
    log: silentLog,
    tell(_lane, items) {
      for (const item of items) {
        if (item.t === 'reading' && typeof item.values.motion === 'boolean')
          moving.set(item.device, item.values.motion);
      }
    },
  });
  const all = (value: boolean) => expect([...moving.values()].filter((one) => one === value)).toHaveLength(40);
  try {
    await soon(() => all(false), 15_000);
    for (const one of cameras) one.events.set('motion', true);
    await soon(() => all(true));
    for (const one of cameras) {
      one.reachable = false;
      one.events.restart();
      one.requests = 0;
    }
    // The first of the tries in vain, and one after a pause.
    await soon(() => expect(Math.min(...cameras.map(({ requests }) => requests))).toBeGreaterThan(1), 15_000);
    for (const one of cameras) one.reachable = true;
    const returnedMs = performance.now();
    await soon(() => all(false), 15_000);
    console.log(`40 cameras resubscribed ${Math.round(performance.now() - returnedMs)} ms after their return`);
  } finally {
    await events.stop();
    await Promise.all(cameras.map((one) => one.stop()));
  }
}, 60_000);
