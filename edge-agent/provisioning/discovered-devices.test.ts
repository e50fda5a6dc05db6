import { DiscoveredDevice } from '@kuzet/contracts/provisioning.ts';
import { profileNames } from '@kuzet/contracts/site-file.ts';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { profiles } from '../profiles/index.ts';
import { testDevice } from '../test-site.ts';
import { createDiscoveredDevices, maxDiscovered } from './discovered-devices.ts';
import { recognise } from './recognise.ts';
import { suggestKind, toId } from './suggest.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);
const smoke = { name: 'smoke', unit: '' };

describe('[E34] the list of discovered devices', () => {
  test('has an entry a device, with all that it said so far, how often and when last', () => {
    const list = createDiscoveredDevices();
    list.see(
      'zigbee2mqtt',
      { topic: 'z/a', id: 'hall/smoke 1', metrics: [{ name: 'temperature', unit: 'Cel' }] },
      nowMs,
    );
    list.see('zigbee2mqtt', { topic: 'z/b', id: 'b', metrics: [] }, nowMs + 1_000);
    list.see('zigbee2mqtt', { topic: 'z/a', id: 'hall/smoke 1', metrics: [smoke] }, nowMs + 2_000);
    const items = list.list();
    expect(items.map(({ topic }) => topic)).toEqual(['z/a', 'z/b']);
    expect(items[0]).toEqual({
      topic: 'z/a',
      profile: 'zigbee2mqtt',
      suggestedId: expect.stringMatching(/^hall-smoke-1-[0-9a-f]{6}$/),
      suggestedKind: 'smoke-detector',
      name: null,
      metrics: [{ name: 'temperature', unit: 'Cel' }, smoke],
      expectedIntervalS: null,
      firstSeenAt: '2026-11-22T12:00:00.000Z',
      lastSeenAt: '2026-11-22T12:00:02.000Z',
      count: 2,
    });
    for (const item of items) expect(Value.Check(DiscoveredDevice, item)).toBe(true);
    list.forget('zigbee2mqtt', 'z/a');
    expect(list.get('zigbee2mqtt', 'z/a')).toBe(null);
    expect(list.list()).toHaveLength(1);
  });

  test('is bounded: who has been quiet longest gives way, and so do metrics and topics without end', () => {
    const list = createDiscoveredDevices();
    const see = (n: number) => list.see('canonical', { topic: `t/${n}`, id: `d${n}`, metrics: [smoke] }, nowMs + n);
    for (let n = 0; n < maxDiscovered; n++) see(n);
    see(0);
    see(maxDiscovered);
    expect(list.list()).toHaveLength(maxDiscovered);
    expect(list.get('canonical', 't/0')).toMatchObject({ count: 2 });
    expect(list.get('canonical', 't/1')).toBe(null);
    const many = Array.from({ length: 500 }, (_, n) => ({ name: `m${n}`, unit: '' }));
    list.see('canonical', { topic: 'wide', id: 'wide', metrics: [...many, { name: 'not a name', unit: '' }] }, nowMs);
    expect(list.get('canonical', 'wide')!.metrics).toHaveLength(64);
    list.see('canonical', { topic: 'x'.repeat(2_000), id: 'long', metrics: [smoke] }, nowMs);
    expect(list.list().every(({ topic }) => topic.length <= 1_000)).toBe(true);
  });

  test.each([
    ['smoke-1', 'smoke-1'],
    ['түтін', expect.stringMatching(/^device-[0-9a-f]{6}$/)],
    ['../etc', expect.stringMatching(/^etc-[0-9a-f]{6}$/)],
    ['a'.repeat(200), expect.stringMatching(/^a{56}-[0-9a-f]{6}$/)],
  ])('a name becomes an id: %s', (name, id) => expect(toId(name)).toEqual(id));

  test('names that differ stay different as ids', () => {
    expect(new Set(['hall 1', 'hall/1', 'hall-1', 'hall  1'].map(toId)).size).toBe(4);
  });

  test('what endangers people decides the kind', () => {
    const metrics = ['temperature', 'open', 'smoke', 'power'].map((name) => ({ name, unit: '' }));
    expect(suggestKind(metrics)).toBe('smoke-detector');
    expect(suggestKind([{ name: 'temperature', unit: 'Cel' }])).toBe(null);
  });
});

describe('[E34] recognised by shape', () => {
  const shapes: [profile: (typeof profileNames)[number], topic: string, payload: unknown, expected: object][] = [
    ['canonical', 'kuzet/v1/mall/ghost/reading', { values: { smoke: false } }, { id: 'ghost', metrics: [smoke] }],
    ['zigbee2mqtt', 'zigbee2mqtt/attic', { smoke: true, linkquality: 3 }, { topic: 'zigbee2mqtt/attic', id: 'attic' }],
  ];
  test.each(shapes)('%s on %s', (name, topic, payload, expected) => {
    const message = { topic, payload: Buffer.from(JSON.stringify(payload)), nowMs };
    expect(recognise(profiles[name], message, [])).toMatchObject(expected);
    const others = profileNames.filter((other) => other !== name && recognise(profiles[other], message, []));
    expect(others).toEqual([]);
  });

  test.each(['zigbee2mqtt/bridge/state', 'zigbee2mqtt/attic/set', 'kuzet/v1/mall/ghost', 'some/where/else'])(
    'nobody takes %s',
    (topic) => {
      const message = { topic, payload: Buffer.from('{"state":"online"}'), nowMs };
      expect(profileNames.filter((name) => recognise(profiles[name], message, []))).toEqual([]);
    },
  );

  test('what hangs below a device is no device of its own', () => {
    const devices = [testDevice({ id: 'a', profile: 'zigbee2mqtt', topic: 'home/a' })];
    const message = { topic: 'home/b/c', payload: Buffer.from('{"smoke":true}'), nowMs };
    expect(recognise(profiles.zigbee2mqtt, message, devices)).toMatchObject({ topic: 'home/b/c', id: 'b/c' });
    const presence = { topic: 'home/b/availability', payload: Buffer.from('{"state":"online"}'), nowMs };
    expect(recognise(profiles.zigbee2mqtt, presence, devices)).toBe(null);
  });
});
