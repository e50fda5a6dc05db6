import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Lane, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { type Log, silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { expect, test, vi } from 'vitest';
import { profiles } from '../profiles/index.ts';
import {
  type Profile,
  type ReaderContext,
  type ReaderMessage,
  type ReaderResult,
  readsWithState,
} from '../profiles/profile.ts';
import { createDiscoveredDevices } from '../provisioning/discovered-devices.ts';
import { testDevice, testSite } from '../test-site.ts';
import { createIntake, type SensorMessage } from './intake.ts';

/** A bus of two detectors that share a topic: `bus/all`, which the reader alone knows. */
function setUp(read: (message: ReaderMessage) => Partial<ReaderResult>) {
  const context: { current: ReaderContext | null } = { current: null };
  const known: string[][] = [];
  const bus: Profile = {
    name: 'home-assistant',
    topics: ({ id }) => [{ topic: `bus/${id}`, kind: 'own' }],
    unknownDevice: () => null,
    ignores: () => false,
    read: readsWithState,
    open(given) {
      context.current = given;
      return {
        devices: (devices) => void known.push(devices.map(({ id }) => id)),
        route: (topic) => (topic === 'bus/all' ? 'all' : null),
        read: (message) => ({ items: [], refused: null, ...read(message) }),
      };
    },
  };
  const devices = ['b-1', 'b-2'].map((id): SiteDevice => testDevice({ id, profile: 'home-assistant' }));
  const site = { devices: [...testSite().devices, ...devices] };
  const taken: { lane: Lane; item: UplinkItem }[] = [];
  const error = vi.fn();
  const discovered = createDiscoveredDevices();
  const clock = createTestClock();
  const intake = createIntake({
    site,
    profiles: { ...profiles, 'home-assistant': bus },
    sink: {
      appendText(lane, text, done) {
        taken.push({ lane, item: JSON.parse(text) });
        done(null);
      },
    },
    clock,
    log: { ...silentLog, error } as unknown as Log,
    maxPayloadBytes: 1_000,
    discovered,
  });
  const take = (topic: string, over: Partial<SensorMessage> = {}) => {
    const done = vi.fn();
    intake.take({ topic, payload: Buffer.from('x'), ...over }, done);
    expect(done.mock.calls).toEqual([[null]]);
  };
  return { intake, site, take, taken, error, discovered, known, emit: () => context.current!.emit, clock };
}
const smokeOf = (device: string | undefined, clockMs: number) =>
  ({ t: 'reading', observedAtMs: clockMs, values: { smoke: true }, ...(device && { device }) }) as const;

test('[E33] a reader gets its topic and kind, and speaks for one or several devices of its profile', () => {
  const heard: unknown[] = [];
  const { take, taken, known } = setUp(({ topic, kind, device, stale, nowMs }) => {
    heard.push([topic, kind, device?.id ?? null, stale]);
    if (kind === 'own') return { items: [smokeOf(undefined, nowMs)] };
    const gone = ['b-1', 'b-2'].map((id) => ({ t: 'device-status', device: id, online: false }) as const);
    return { items: [...gone, smokeOf('b-2', nowMs)] };
  });
  expect(known).toEqual([['b-1', 'b-2']]);
  take('bus/b-1');
  take('bus/all');
  expect(heard).toEqual([
    ['bus/b-1', 'own', 'b-1', false],
    ['bus/all', 'all', null, false],
  ]);
  expect(taken.map(({ lane, item }) => [lane, item.t, 'device' in item && item.device])).toEqual([
    ['alarm', 'reading', 'b-1'],
    ['alarm', 'device-status', 'b-1'],
    ['alarm', 'device-status', 'b-2'],
    ['alarm', 'reading', 'b-2'],
  ]);
});

test.each([
  ['of another profile', 'smoke-1'],
  ['of nobody', 'ghost'],
  ['without a name', undefined],
])('[E33] an item %s is dropped and told: no reader raises an alarm at a device that is not its own', (_, device) => {
  const { take, taken, error } = setUp(({ nowMs }) => ({ items: [smokeOf(device, nowMs)] }));
  take('bus/all');
  expect(taken).toEqual([]);
  expect(error).toHaveBeenCalledTimes(1);
});

test('[E33] readings that a broker had kept are no news for a reader either; what it is told of them, it hears', () => {
  const heard: boolean[] = [];
  const { take, taken } = setUp(({ stale, nowMs }) => {
    heard.push(stale);
    return { items: [smokeOf('b-1', nowMs), { t: 'device-status', device: 'b-1', online: true }] };
  });
  take('bus/all', { stale: true });
  expect(heard).toEqual([true]);
  expect(taken.map(({ item }) => item.t)).toEqual(['device-status']);
});

test('[E33] what time brings goes the same way as what a message brings', () => {
  const { taken, emit, error, clock } = setUp(() => ({}));
  emit()([smokeOf('b-1', clock.now()) as never, { ...smokeOf('smoke-1', clock.now()), device: 'smoke-1' }]);
  expect(taken).toMatchObject([{ lane: 'alarm', item: { t: 'reading', device: 'b-1', values: { smoke: true } } }]);
  expect(error).toHaveBeenCalledTimes(1);
});

test('[E33] [E34] what a reader answers goes to the broker it came from; whom it sights is listed', () => {
  const reply = vi.fn();
  const { take, taken, discovered } = setUp(() => ({
    refused: 'unknown device b-9',
    sightings: [{ topic: 'bus/b-9', id: 'b-9', metrics: [{ name: 'smoke', unit: '' }] }],
    publish: [{ topic: 'bus/again', payload: 'please' }],
  }));
  take('bus/all', { reply });
  expect(reply.mock.calls).toEqual([['bus/again', 'please']]);
  expect(taken).toMatchObject([{ lane: 'telemetry', item: { t: 'dead-letter', reason: 'unknown device b-9' } }]);
  expect(discovered.list()).toMatchObject([{ topic: 'bus/b-9', suggestedKind: 'smoke-detector', count: 1 }]);
});

test('[E34] a stranger is listed beside its dead letter, and a flood of strangers costs no more than 200 looks a second', () => {
  const { take, taken, discovered, clock } = setUp(() => ({}));
  for (let n = 0; n < 500; n++) {
    take(`kuzet/v1/mall/ghost-${n}/reading`, { payload: Buffer.from('{"values":{"smoke":true}}') });
  }
  expect(taken).toHaveLength(500);
  expect(taken.every(({ lane, item }) => lane === 'telemetry' && item.t === 'dead-letter')).toBe(true);
  expect(discovered.list()).toHaveLength(200);
  clock.advance(1_000);
  take('kuzet/v1/mall/ghost-900/reading', { payload: Buffer.from('{"values":{"smoke":true}}') });
  expect(discovered.list()[0]).toMatchObject({ suggestedId: 'ghost-900' });
  // A device of the site on a topic that is not its own is a fault of the site, not a discovery.
  take('kuzet/v1/mall/zigbee-1/reading', { payload: Buffer.from('{"values":{"smoke":true}}') });
  expect(discovered.list()).toHaveLength(201);
});

test('[E36] a device that is added is routed from then on, and readers are told', () => {
  const { intake, site, take, taken, known } = setUp(({ nowMs }) => ({ items: [smokeOf(undefined, nowMs)] }));
  const added = [testDevice({ id: 'b-3', profile: 'home-assistant' }), testDevice({ id: 'smoke-9' })];
  intake.setDevices([...site.devices, ...added]);
  expect(known.at(-1)).toEqual(['b-1', 'b-2', 'b-3']);
  take('bus/b-3');
  take('kuzet/v1/mall/smoke-9/reading', { payload: Buffer.from('{"values":{"smoke":true}}') });
  expect(taken.map(({ item }) => 'device' in item && item.device)).toEqual(['b-3', 'smoke-9']);
});

test.each([
  ['kuzet/v1/mall/smoke-1/reading', '{"values":{"smoke":true}}'],
  ['zigbee2mqtt/hall smoke', '{"smoke":true}'],
])('[E39] the same smoke said again is a reading again: on %s', (topic, payload) => {
  const { take, taken } = setUp(() => ({}));
  for (const text of [payload, payload, payload.replace('true', 'false'), payload, payload]) {
    take(topic, { payload: Buffer.from(text) });
  }
  expect(taken.map(({ item }) => item.t === 'reading' && item.values.smoke)).toEqual([true, true, false, true, true]);
});
