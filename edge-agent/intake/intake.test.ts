import { DeadLetterItem, type Lane, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { type Log, silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { Value } from 'typebox/value';
import { expect, test, vi } from 'vitest';
import { profiles } from '../profiles/index.ts';
import { testSite } from '../test-site.ts';
import { createIntake, type SensorMessage } from './intake.ts';

function setUp(fail: Error | null = null) {
  const taken: { lane: Lane; item: UplinkItem }[] = [];
  const warn = vi.fn();
  const clock = createTestClock();
  const intake = createIntake({
    site: testSite(),
    profiles,
    sink: {
      appendText(lane, text, done) {
        taken.push({ lane, item: JSON.parse(text) });
        done(fail);
      },
    },
    clock,
    log: { ...silentLog, warn } as unknown as Log,
    maxPayloadBytes: 1_000,
  });
  const take = (topic: string, payload: unknown, over: Partial<SensorMessage> = {}) => {
    const done = vi.fn();
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    intake.take({ topic, payload: Buffer.from(text), ...over }, done);
    expect(done).toHaveBeenCalledTimes(1);
    return done.mock.calls[0]![0] as Error | null;
  };
  const only = () => {
    expect(taken).toHaveLength(1);
    expect(Value.Check(UplinkItem, taken[0]!.item)).toBe(true);
    return taken[0]!;
  };
  return { intake, take, taken, only, warn, clock };
}
const smokeTopic = 'kuzet/v1/mall/smoke-1/reading';

test('[E23] a reading with an alarm metric travels in the alarm lane, whatever its value', () => {
  for (const smoke of [true, false]) {
    const { take, only } = setUp();
    take(smokeTopic, { values: { smoke, temperature: 20 } });
    expect(only()).toEqual({
      lane: 'alarm',
      item: {
        t: 'reading',
        device: 'smoke-1',
        observedAt: '2026-11-22T12:00:00.000Z',
        receivedAt: '2026-11-22T12:00:00.000Z',
        values: { smoke, temperature: 20 },
      },
    });
  }
});

test('[E23] other readings travel in the telemetry lane', () => {
  const { take, only } = setUp();
  take('kuzet/v1/mall/air-1/reading', { observedAt: '2026-11-22T11:00:00Z', values: { temperature: 20 } });
  expect(only()).toMatchObject({
    lane: 'telemetry',
    item: { observedAt: '2026-11-22T11:00:00.000Z', receivedAt: '2026-11-22T12:00:00.000Z' },
  });
});

test('a device by Zigbee2MQTT is known by its topic, and its availability becomes a status', () => {
  const { take, taken } = setUp();
  take('zigbee2mqtt/hall smoke', { smoke: true });
  take('zigbee2mqtt/hall smoke/availability', '{"state":"offline"}');
  expect(taken).toMatchObject([
    { lane: 'alarm', item: { t: 'reading', device: 'zigbee-1', values: { smoke: true } } },
    { lane: 'alarm', item: { t: 'device-status', device: 'zigbee-1', online: false } },
  ]);
});

test.each([
  ['kuzet/v1/mall/ghost/reading', 'unknown device ghost'],
  ['zigbee2mqtt/attic', 'unknown device attic'],
  ['kuzet/v1/park/smoke-1/reading', 'device smoke-1 belongs to site mall, not park'],
  ['kuzet/v1/mall/zigbee-1/reading', 'device zigbee-1 speaks zigbee2mqtt, not on this topic, in the site file'],
  ['tele/plug/SENSOR', 'no device in the site file has this topic'],
])('[E24] %s is kept as a dead letter: %s', (topic, reason) => {
  const { take, only } = setUp();
  expect(take(topic, { values: { x: 1 } })).toBe(null);
  const { lane, item } = only();
  expect(lane).toBe('telemetry');
  expect(item).toMatchObject({ t: 'dead-letter', topic, reason });
  expect(Buffer.from((item as DeadLetterItem).payloadBase64, 'base64').toString()).toBe('{"values":{"x":1}}');
});

test('[E24] an unknown device is told once, not once a message, and its payload is in no log', () => {
  const { take, taken, warn } = setUp();
  for (let i = 0; i < 5; i++) take('kuzet/v1/mall/ghost/reading', { values: { secretish: i } });
  take('kuzet/v1/mall/ghost-2/reading', 'x');
  expect(taken).toHaveLength(6);
  expect(warn).toHaveBeenCalledTimes(2);
  expect(JSON.stringify(warn.mock.calls)).not.toContain('secretish');
});

test('[E24] topics that never repeat do not flood the log: what was left out is counted', () => {
  const { take, taken, warn, clock } = setUp();
  for (let i = 0; i < 1_000; i++) take(`junk/${i}/${'x'.repeat(1_000)}`, 'x');
  expect(taken).toHaveLength(1_000);
  expect(warn).toHaveBeenCalledTimes(50);
  expect(warn.mock.calls[0]![0].topic).toHaveLength(200);
  clock.advance(60_000);
  take('junk/new', 'x');
  expect(warn).toHaveBeenLastCalledWith(expect.objectContaining({ topic: 'junk/new', untold: 950 }), expect.anything());
});

test('[E24] a payload that its profile does not understand is acknowledged and kept', () => {
  const { take, only, intake } = setUp();
  expect(take(smokeTopic, 'smoke!')).toBe(null);
  expect(only().item).toMatchObject({ t: 'dead-letter', reason: 'not JSON', payloadBytes: 6 });
  expect(intake.figures()).toEqual({ messages: 1, readings: 0, deadLetters: 1, ignored: 0 });
});

test('[E24] a payload too large is kept cut, unread', () => {
  const { take, only } = setUp();
  take(smokeTopic, `{"values":{"smoke":true},"x":"${'x'.repeat(40_000)}"}`);
  const { item } = only();
  expect(item).toMatchObject({
    t: 'dead-letter',
    payloadBytes: 40_032,
    reason: 'the payload has 40032 bytes; at most 1000 are read',
  });
  expect(Value.Check(DeadLetterItem, item)).toBe(true);
  expect(Buffer.from((item as DeadLetterItem).payloadBase64, 'base64')).toHaveLength(16_384);
});

test('[E24] what can be taken is taken, and the whole message is kept beside it', () => {
  const { take, taken } = setUp();
  take(smokeTopic, { values: { smoke: true, temperature: 'hot' } });
  expect(taken).toMatchObject([
    { lane: 'alarm', item: { t: 'reading', values: { smoke: true } } },
    { lane: 'telemetry', item: { t: 'dead-letter', reason: 'temperature is a text; a number is expected' } },
  ]);
});

test('[E48] a profile that fails costs its message, not the process; the error is told once', () => {
  const taken: UplinkItem[] = [];
  const error = vi.fn();
  const fails = () => {
    throw new TypeError('of undefined');
  };
  const intake = createIntake({
    site: testSite(),
    profiles: { ...profiles, canonical: { ...profiles.canonical, read: fails } },
    sink: {
      appendText(_lane, text, done) {
        taken.push(JSON.parse(text));
        done(null);
      },
    },
    clock: createTestClock(),
    log: { ...silentLog, error } as unknown as Log,
    maxPayloadBytes: 1_000,
  });
  const done = vi.fn();
  for (let i = 0; i < 3; i++) intake.take({ topic: smokeTopic, payload: Buffer.from('secretish') }, done);
  expect(done.mock.calls).toEqual([[null], [null], [null]]);
  const letter = { t: 'dead-letter', reason: 'the profile canonical failed on it' };
  expect(taken).toMatchObject([letter, letter, letter]);
  expect(error).toHaveBeenCalledTimes(1);
  expect(JSON.stringify(error.mock.calls)).not.toContain('secretish');
});

test('[E9] what the spool refuses is not acknowledged', () => {
  const full = new Error('full');
  expect(setUp(full).take(smokeTopic, { values: { smoke: true } })).toBe(full);
  expect(setUp(full).take(smokeTopic, { values: { smoke: true, temperature: 'hot' } })).toBe(full);
  expect(setUp(full).take(smokeTopic, 'nonsense')).toBe(full);
});

test('[E25] a reading that a foreign broker had kept is no news; its availability is', () => {
  const { take, taken } = setUp();
  take('zigbee2mqtt/hall smoke', { smoke: true }, { stale: true });
  take('zigbee2mqtt/hall smoke/availability', 'offline', { stale: true });
  expect(taken).toMatchObject([{ item: { t: 'device-status', online: false } }]);
});

test('bridge messages and commands are left alone', () => {
  const { take, taken, intake } = setUp();
  take('zigbee2mqtt/bridge/state', '{"state":"online"}');
  take('zigbee2mqtt/hall smoke/set', '{"state":"ON"}');
  expect(taken).toEqual([]);
  expect(intake.figures().ignored).toBe(2);
});

test('[H20] a letter is taken again as history: under the time of its first receipt, beside live telemetry', () => {
  const { intake, taken, clock } = setUp();
  clock.advance(86_400_000);
  const replay = (topic: string, payload: string) => {
    const done = vi.fn();
    const receivedMs = Date.parse('2026-11-22T12:00:00.000Z');
    intake.replay({ topic, payload: Buffer.from(payload), receivedMs }, done);
    expect(done).toHaveBeenCalledTimes(1);
    return done.mock.calls[0]![0] as string | null;
  };
  expect(replay(smokeTopic, '{"values":{"smoke":true}}')).toBe(null);
  expect(taken).toEqual([
    {
      lane: 'telemetry',
      item: {
        t: 'reading',
        device: 'smoke-1',
        observedAt: '2026-11-22T12:00:00.000Z',
        receivedAt: '2026-11-22T12:00:00.000Z',
        values: { smoke: true },
        replayed: true,
      },
    },
  ]);
  expect(Value.Check(UplinkItem, taken[0]!.item)).toBe(true);

  expect(replay('zigbee2mqtt/hall smoke/availability', '{"state":"offline"}')).toBe(null);
  expect(replay(smokeTopic, 'smoke!')).toBe('not JSON');
  expect(replay('kuzet/v1/mall/ghost/reading', '{}')).toBe('unknown device ghost');
  expect(replay(smokeTopic, 'x'.repeat(1_001))).toBe('the payload has 1001 bytes; at most 1000 are read');
  expect(taken).toHaveLength(1);
  expect(intake.figures().deadLetters).toBe(0);
});

test('[H20] a letter that the spool refuses was not taken', () => {
  const done = vi.fn();
  const { intake } = setUp(new Error('full'));
  intake.replay({ topic: smokeTopic, payload: Buffer.from('{"values":{"smoke":true}}'), receivedMs: 0 }, done);
  expect(done).toHaveBeenCalledExactlyOnceWith('the spool cannot write: full');
});
