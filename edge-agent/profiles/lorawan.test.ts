import { expect, test } from 'vitest';
import { testDevice } from '../test-site.ts';
import { profiles } from './index.ts';

const { chirpstack, milesight, 'the-things-stack': theThingsStack } = profiles;
const inChirpstack = [testDevice({ id: 'a', profile: 'chirpstack', topic: 'application/17c8/device/0101/event/up' })];
const inStack = [testDevice({ id: 'b', profile: 'the-things-stack', topic: 'v3/fire@ttn/devices/dev1' })];
const inMilesight = [testDevice({ id: 'c', profile: 'milesight', topic: 'milesight/uplink/24e124136b502217' })];

test('[E45] the topic of the site file may be the device’s or that of its uplinks', () => {
  expect(chirpstack.topics(inChirpstack[0]!).map(({ topic }) => topic)).toEqual([
    'application/17c8/device/0101/event/up',
    'application/17c8/device/0101/event/join',
    'application/17c8/device/0101/event/status',
  ]);
  const withUp = testDevice({ id: 'b', profile: 'the-things-stack', topic: 'v3/fire@ttn/devices/dev1/up' });
  expect(theThingsStack.topics(withUp)).toEqual(theThingsStack.topics(inStack[0]!));
});

test.each([
  'application/17c8/device/0101/event/ack',
  'application/17c8/device/0101/event/txack',
  'application/17c8/device/0101/event/log',
  'application/17c8/device/0101/event/location',
  'application/17c8/device/0101/command/down',
  'eu868/gateway/0016c001f153a14c/event/stats',
  'eu868/gateway/0016c001f153a14c/state/conn',
])('[E45] ChirpStack’s %s is left alone', (topic) => {
  expect(chirpstack.ignores(topic, inChirpstack)).toBe(true);
});

test.each(['v3/fire@ttn/devices/dev1/down/queued', 'v3/fire@ttn/devices/dev1/service/data'])(
  '[E45] The Things Stack’s %s is left alone',
  (topic) => expect(theThingsStack.ignores(topic, inStack)).toBe(true),
);

test('[E45] devices that nobody declared are named', () => {
  expect(chirpstack.unknownDevice('application/17c8/device/0202/event/up', inChirpstack)).toBe('0202');
  expect(theThingsStack.unknownDevice('v3/fire@ttn/devices/dev2/up', inStack)).toBe('dev2');
  expect(milesight.unknownDevice('milesight/uplink/24e124136b502218', inMilesight)).toBe('24e124136b502218');
  expect(milesight.unknownDevice('elsewhere/24e124136b502218', inMilesight)).toBe(null);
  for (const profile of [chirpstack, theThingsStack, milesight]) {
    expect(profile.unknownDevice('tele/plug/SENSOR', [...inChirpstack, ...inStack, ...inMilesight])).toBe(null);
  }
});

test('[E45] the payload’s own time is said to be its own', () => {
  const read = (time: object) =>
    chirpstack.read({
      kind: 'up/smoke-detector',
      payload: Buffer.from(JSON.stringify({ deviceInfo: {}, object: { smoke: true }, ...time })),
      nowMs: 5,
    }).items[0];
  expect(read({ time: '2026-11-22T12:00:00Z' })).toMatchObject({ ownTime: true, observedAtMs: 1795348800000 });
  expect(read({})).not.toHaveProperty('ownTime');
  expect(read({ time: 'noon' })).toMatchObject({ observedAtMs: 5 });
});

test('[E45] an unknown device is offered with the kind by which its bytes can be read', () => {
  const up = (data: string, devEui = '24e124136c000001') =>
    Buffer.from(JSON.stringify({ deviceInfo: { devEui }, data: Buffer.from(data, 'hex').toString('base64') }));
  const see = (data: string, topic = 'application/17c8/device/0303/event/up') =>
    chirpstack.recognise!({ topic, payload: up(data), nowMs: 5 }, []);
  expect(see('221164001f4a')).toMatchObject({
    topic: 'application/17c8/device/0303',
    id: '0303',
    kind: 'smoke-detector',
  });
  expect(see('058E01060100')).toMatchObject({ kind: 'gas-detector' });
  expect(see('01755C050001')).toMatchObject({
    kind: 'water-leak',
    metrics: [
      { name: 'battery', unit: '%' },
      { name: 'leak', unit: '' },
    ],
  });
  expect(see('01755C03673401')).toMatchObject({ kind: null });
  expect(see('00')).toBe(null);
  expect(see('01755C', 'application/17c8/device/0303/event/join')).toBe(null);
  const milesightUp = Buffer.from(JSON.stringify({ devEUI: '24e124136b502218', data: 'AXVk' }));
  expect(milesight.recognise!({ topic: 'x/24e124136b502218', payload: milesightUp, nowMs: 5 }, [])).toMatchObject({
    topic: 'x/24e124136b502218',
  });
  expect(milesight.recognise!({ topic: 'x/all', payload: milesightUp, nowMs: 5 }, [])).toBe(null);
  const stackUp = Buffer.from(
    JSON.stringify({ end_device_ids: { dev_eui: '24e124136c000001' }, uplink_message: { frm_payload: 'AXVk' } }),
  );
  expect(theThingsStack.recognise!({ topic: 'v3/a@t/devices/d/up', payload: stackUp, nowMs: 5 }, [])).toMatchObject({
    topic: 'v3/a@t/devices/d',
    id: 'd',
    metrics: [{ name: 'battery', unit: '%' }],
  });
});
