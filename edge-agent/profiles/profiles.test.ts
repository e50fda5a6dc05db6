import { readFileSync } from 'node:fs';
import type { MetricValue } from '@kuzet/contracts/device.ts';
import { type ProfileName, profileNames } from '@kuzet/contracts/site-file.ts';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { describe, expect, test } from 'vitest';
import { bytesOf, variants } from '../fuzz/corpus.ts';
import { testDevice } from '../test-site.ts';
import { profiles } from './index.ts';
import { metricName } from './metric-value.ts';
import { type ProfileResult, readsWithState } from './profile.ts';

interface Fixture {
  name: string;
  kind: string;
  payload?: unknown;
  base64?: string;
  items: {
    t: string;
    observedAt?: string;
    values?: Record<string, MetricValue>;
    online?: boolean;
    ownTime?: true;
    senderKey?: string;
  }[];
  refused: string | null;
}

const nowMs = Date.UTC(2026, 10, 22, 12);
const shown = ({ items, refused }: ProfileResult) => ({
  items: items.map((item) => {
    if (item.t === 'device-status') return item;
    const { observedAtMs, ...rest } = item;
    return { ...rest, observedAt: new Date(observedAtMs).toISOString() };
  }),
  refused,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The message once for each object in it, that one filled up; as JSON. */
function withMany(original: object, many: object): string[] {
  const message = structuredClone(original);
  const filled: string[] = [];
  const walk = (part: object) => {
    const own = { ...part };
    Object.assign(part, many);
    filled.push(JSON.stringify(message));
    for (const key of Object.keys(many)) delete (part as Record<string, unknown>)[key];
    for (const inner of Object.values(own)) if (isObject(inner)) walk(inner);
  };
  walk(message);
  return filled;
}

/** Whatever comes in: no throw, and only what the uplink may carry. */
function sound(result: ProfileResult): void {
  for (const item of result.items) {
    if (item.t !== 'reading') continue;
    expect(new Date(item.observedAtMs).toISOString()).toMatch(/^\d{4}-/);
    expect(Object.keys(item.values).length).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(item.values)) {
      expect(name).toMatch(metricName);
      expect(typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)).toBe(true);
    }
  }
}

test('every profile of the contract is there under its name', () => {
  expect(Object.keys(profiles)).toEqual([...profileNames]);
  for (const name of profileNames) expect(profiles[name].name).toBe(name);
});

/** Profiles that look for the words they know and take no others. */
const closed: readonly ProfileName[] = ['shelly', 'panel-magazino', 'panel-pai', 'sensorthings', 'tuya-fire'];

// Profiles that can only be read with state: readers.test.ts.
describe.each(profileNames.filter((name) => profiles[name].read !== readsWithState))('%s', (name) => {
  const profile = profiles[name];
  const fixtures = JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as Fixture[];

  test.each(fixtures)('[E20] $name', (fixture) => {
    const { items, refused } = fixture;
    expect(shown(profile.read({ kind: fixture.kind, payload: bytesOf(fixture), nowMs }))).toEqual({ items, refused });
  });

  test('[E20] fixtures show both what is taken and what is refused, for every kind of topic', () => {
    const devices = [{}, ...(variants[name] ?? [])].map((over) => testDevice({ id: 'd', profile: name, ...over }));
    const kinds = new Set(devices.flatMap((device) => profile.topics(device).map(({ kind }) => kind)));
    expect(new Set(fixtures.map(({ kind }) => kind))).toEqual(kinds);
    for (const kind of kinds) {
      expect(fixtures.some((fixture) => fixture.kind === kind && fixture.items.length > 0)).toBe(true);
      expect(fixtures.some((fixture) => fixture.kind === kind && fixture.refused !== null)).toBe(true);
    }
  });

  test('[E21] no payload makes it throw: cut, twisted, foreign, noise', () => {
    const random = createRandom(1);
    for (const fixture of fixtures) {
      const whole = bytesOf(fixture);
      for (let cut = 0; cut <= whole.length; cut++) {
        sound(profile.read({ kind: fixture.kind, payload: whole.subarray(0, cut), nowMs }));
      }
      for (let twist = 0; twist < 50; twist++) {
        const twisted = Buffer.from(whole);
        if (twisted.length > 0) twisted[Math.floor(random() * twisted.length)] = Math.floor(random() * 256);
        sound(profile.read({ kind: fixture.kind, payload: twisted, nowMs }));
      }
    }
    for (let i = 0; i < 500; i++) {
      const payload = Buffer.from(Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)));
      for (const { kind } of fixtures) sound(profile.read({ kind, payload, nowMs }));
    }
  });

  test('[E21] hundreds of values in one message are refused, wherever the vendor puts values', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`m${i}`, i]));
    const payloads = fixtures
      .filter(({ payload }) => isObject(payload))
      .map(({ kind, payload }) => ({ kind, payload }));
    const results = [{ kind: fixtures[0]!.kind, payload: { values: {} } }, ...payloads].flatMap(({ kind, payload }) =>
      withMany(payload as object, many).map((text) => profile.read({ kind, payload: Buffer.from(text), nowMs })),
    );
    for (const { items } of results) {
      for (const item of items)
        if (item.t === 'reading') expect(Object.keys(item.values).length).toBeLessThanOrEqual(64);
    }
    if (closed.includes(name)) expect(results.some(({ refused }) => refused !== null)).toBe(true);
    else expect(results.some(({ refused }) => /3\d\d values/.test(refused ?? ''))).toBe(true);
  });

  test('[E22] topics are its own, distinct, and not called unknown or ignored', () => {
    const devices = [testDevice({ id: 'a', profile: name }), testDevice({ id: 'b', profile: name })];
    const topics = devices.flatMap((device) => profile.topics(device).map(({ topic }) => topic));
    expect(new Set(topics).size).toBe(topics.length);
    for (const topic of topics) expect(profile.ignores(topic, devices)).toBe(false);
  });
});

describe('zigbee2mqtt topics', () => {
  const devices = [
    testDevice({ id: 'a', profile: 'zigbee2mqtt', topic: 'zigbee2mqtt/hall/smoke 1' }),
    testDevice({ id: 'b', profile: 'zigbee2mqtt' }),
  ];
  const { ignores, unknownDevice } = profiles.zigbee2mqtt;

  test.each([
    'zigbee2mqtt/bridge/state',
    'zigbee2mqtt/bridge/devices',
    'zigbee2mqtt/bridge/response/device/rename',
    'zigbee2mqtt/b/set',
    'zigbee2mqtt/b/set/state',
    'zigbee2mqtt/b/get',
  ])('[E22] %s is ignored', (topic) => expect(ignores(topic, devices)).toBe(true));
  test.each([
    ['zigbee2mqtt/attic', 'attic'],
    ['zigbee2mqtt/attic/availability', 'attic'],
    ['zigbee2mqtt/hall/smoke 2', 'hall/smoke 2'],
    ['tele/plug/SENSOR', null],
    ['zigbee2mqtt', null],
  ])('[E22] %s names the unknown device %s', (topic, id) => {
    expect(ignores(topic, devices)).toBe(false);
    expect(unknownDevice(topic, devices)).toBe(id);
  });
});
