/** What the words of several vendors have in common: whose time, what a delta says, what ends an alarm. */
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, test } from 'vitest';
import { testDevice } from '../test-site.ts';
import { observedAt } from './gathering.ts';
import { profiles } from './index.ts';
import type { Profile, ProfileItem, ReaderMemory } from './profile.ts';
import { radioFallsBackMs } from './tasmota-radio.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const read = (profile: Profile, kind: string, value: unknown) => profile.read({ kind, payload: json(value), nowMs });
const readings = (items: readonly ProfileItem[]) => items.filter((item) => item.t === 'reading');

describe('[E41] a time', () => {
  test.each([
    [nowMs - 5_000, { observedAtMs: nowMs - 5_000, ownTime: true }],
    [nowMs - 0.6, { observedAtMs: nowMs - 1, ownTime: true }],
    [Date.UTC(2020, 0, 1), { observedAtMs: Date.UTC(2020, 0, 1), ownTime: true }],
    [Date.UTC(2019, 11, 31), { observedAtMs: nowMs }],
    [12_480, { observedAtMs: nowMs }],
    [-1, { observedAtMs: nowMs }],
    [1e300, { observedAtMs: nowMs }],
    [Number.NaN, { observedAtMs: nowMs }],
    [null, { observedAtMs: nowMs }],
  ])('of %s', (saidMs, expected) => expect(observedAt(saidMs, nowMs)).toEqual(expected));

  test('without a zone is not the zone of anybody', () => {
    const [one] = readings(
      read(profiles.tasmota, 'sensor', { Time: '2026-11-22T17:00:00', DHT11: { Humidity: 4 } }).items,
    );
    expect(one).toEqual({ t: 'reading', observedAtMs: nowMs, values: { humidity: 4 } });
  });

  test('a key names one reading, also where a message holds several', () => {
    const status = [1, 2, 3].map((at) => ({ code: 'smoke_sensor_value', value: at, t: nowMs - at * 1_000 }));
    const items = readings(read(profiles['tuya-fire'], 'report', { dataId: 'A1', status }).items);
    expect(new Set(items.map(({ senderKey }) => senderKey)).size).toBe(3);
    const again = readings(read(profiles['tuya-fire'], 'report', { dataId: 'A1', status }).items);
    expect(again).toEqual(items);
  });
});

test('[E42] a delta neither raises nor clears what it leaves out', () => {
  const delta = { method: 'NotifyStatus', params: { ts: nowMs / 1_000, 'smoke:0': { id: 0, mute: true } } };
  expect(readings(read(profiles.shelly, 'notification', delta).items)[0]!.values).toEqual({ muted: true });
  const report = { dataId: 'A', status: [{ code: 'battery_percentage', value: 80, t: nowMs }] };
  expect(readings(read(profiles['tuya-fire'], 'report', report).items)[0]!.values).toEqual({ battery: 80 });
});

test('[E44] each event of a fire-fighting device raises anew: the alarm before it ends first', () => {
  const event = (id: string, t: number) => ({
    dataId: id,
    status: [
      { code: 'alarm_trace_id', value: id, t },
      { code: 'fire_alarm_type', value: 'device_alarm', t },
    ],
  });
  const items = [nowMs, nowMs + 60_000].flatMap((t, at) =>
    readings(read(profiles['tuya-fire'], 'report', event(`e${at}`, t)).items),
  );
  expect(items.map(({ values }) => values.alarm)).toEqual([false, true, false, true]);
  const times = items.map(({ observedAtMs }) => observedAtMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(items.map(({ senderKey }) => senderKey)).size).toBe(4);
});

describe('[E44] a radio code', () => {
  function setUp() {
    const clock = createTestClock();
    const texts = new Map<string, string>();
    const memory: ReaderMemory = {
      entries: () => [...texts],
      set: (key, text) => void (text === null ? texts.delete(key) : texts.set(key, text)),
    };
    const emitted: unknown[] = [];
    const devices = [
      testDevice({
        id: 'gas-1',
        profile: 'tasmota',
        topic: 'tele/rf',
        codes: { A1: { gas: true, batteryLow: true }, A2: { batteryLow: false } },
      }),
    ];
    const open = () => {
      const reader = profiles.tasmota.open!({ clock, memory, emit: (items) => void emitted.push(...items) });
      reader.devices(devices);
      return reader;
    };
    const hear = (reader: ReturnType<typeof open>, code: string) =>
      reader.read({
        kind: reader.route('tele/rf/RESULT')!,
        topic: 'tele/rf/RESULT',
        device: null,
        stale: false,
        payload: json({ RfReceived: { Data: code } }),
        nowMs: clock.now(),
      });
    return { clock, texts, emitted, open, hear };
  }

  test('is over when it was not heard for its time, and only what no other code ends', () => {
    const { clock, emitted, texts, open, hear } = setUp();
    const reader = open();
    expect(hear(reader, 'A1').items).toMatchObject([{ device: 'gas-1', values: { gas: true, batteryLow: true } }]);
    clock.advance(radioFallsBackMs - 1);
    expect(emitted).toEqual([]);
    clock.advance(1);
    expect(emitted).toEqual([{ t: 'reading', device: 'gas-1', observedAtMs: clock.now(), values: { gas: false } }]);
    expect(texts.size).toBe(0);
  });

  test('that began before the edge agent started again ends on time, or at once when that is past', () => {
    const { clock, emitted, open, hear } = setUp();
    const first = open();
    hear(first, 'A1');
    first.close!();
    clock.advance(radioFallsBackMs + 1);
    expect(emitted).toEqual([]);
    open();
    clock.advance(0);
    expect(emitted).toMatchObject([{ values: { gas: false } }]);
  });
});

test('[E43] the goodbye of a receiver is one of the detectors behind it', () => {
  const device = testDevice({ id: 'gas-1', profile: 'tasmota', topic: 'tele/rf', codes: { A1: { gas: true } } });
  const memory: ReaderMemory = { entries: () => [], set: () => undefined };
  const reader = profiles.tasmota.open!({ clock: createTestClock(), memory, emit: () => undefined });
  reader.devices([device]);
  const kind = reader.route('tele/rf/LWT')!;
  const message = { kind, topic: 'tele/rf/LWT', device: null, stale: true, payload: Buffer.from('Offline'), nowMs };
  expect(reader.read(message).items).toEqual([{ t: 'device-status', online: false, device: 'gas-1' }]);
});
