import { existsSync, readFileSync } from 'node:fs';
import { profileNames, type SiteDevice } from '@kuzet/contracts/site-file.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, test } from 'vitest';
import { testDevice } from '../test-site.ts';
import { profiles } from './index.ts';
import { type ReaderMemory, type ReaderResult, readsWithState } from './profile.ts';

/**
 * Fixtures of a profile with state, in `<name>.stories.json`: stories, each a list of devices and steps. A step is a message, with `payload` (a
 * text as it is, anything else as JSON) or `base64`, and what is expected of it; or `advanceS`, and what time emits.
 * `kind` of a step that routes nowhere is null. Items without `device` are of the device whose topic it is.
 */
interface Story {
  name: string;
  devices?: (Partial<SiteDevice> & { id: string })[];
  steps: Step[];
}
interface Step {
  topic?: string;
  payload?: unknown;
  base64?: string;
  stale?: boolean;
  replayed?: boolean;
  advanceS?: number;
  /** The devices from here on. */
  devices?: (Partial<SiteDevice> & { id: string })[];
  /** A new reader that remembers what this one kept. */
  restart?: boolean;
  kind?: string | null;
  items?: unknown[];
  refused?: string | null;
  sightings?: unknown[];
  publish?: unknown[];
}

const file = (name: string) => new URL(`./fixtures/${name}.stories.json`, import.meta.url);
const told = profileNames.filter((name) => existsSync(file(name)));
const bytes = ({ payload = '', base64 }: Step): Buffer =>
  base64 !== undefined
    ? Buffer.from(base64, 'base64')
    : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));

function openReader(name: (typeof profileNames)[number]) {
  const profile = profiles[name];
  const clock = createTestClock();
  const emitted: unknown[] = [];
  const texts = new Map<string, string>();
  const memory: ReaderMemory = {
    entries: () => [...texts],
    set: (key, text) => void (text === null ? texts.delete(key) : texts.set(key, text)),
  };
  const open = () => profile.open!({ clock, memory, emit: (items) => void emitted.push(...items.map(shownItem)) });
  let reader = open();
  let devices: SiteDevice[] = [];
  return {
    clock,
    emitted,
    texts,
    setDevices(list: Story['devices'] = []) {
      devices = list.map((device) => testDevice({ profile: name, ...device }));
      reader.devices(devices);
    },
    restart() {
      reader.close?.();
      reader = open();
      reader.devices(devices);
    },
    /** As the intake does. */
    take(
      topic: string,
      payload: Buffer,
      { stale = false, replayed = false } = {},
    ): { kind: string | null; result: ReaderResult } {
      const device = devices.find((own) => profile.topics(own).some((its) => its.topic === topic)) ?? null;
      const kind = device ? profile.topics(device).find((its) => its.topic === topic)!.kind : reader.route(topic);
      if (kind === null) return { kind, result: { items: [], refused: null } };
      return {
        kind,
        result: reader.read({ kind, topic, payload, device, stale: stale || replayed, replayed, nowMs: clock.now() }),
      };
    },
    close: () => reader.close?.(),
  };
}

/** Times as seconds after the message where they are the edge's own, as text otherwise. */
const startMs = createTestClock().now();
function shownItem(item: ReaderResult['items'][number]): unknown {
  if (item.t === 'device-status') return item;
  const { observedAtMs, ...rest } = item;
  return observedAtMs >= startMs ? rest : { ...rest, observedAt: new Date(observedAtMs).toISOString() };
}

const stories = (name: string) => JSON.parse(readFileSync(file(name), 'utf8')) as Story[];

test('[E20] every profile that can only be read with state has stories', () => {
  const stateful = profileNames.filter((name) => profiles[name].read === readsWithState);
  expect(stateful).toContain('home-assistant');
  expect(stateful.filter((name) => !told.includes(name))).toEqual([]);
});

describe.each(told)('%s', (name) => {
  test.each(stories(name))('[E20] $name', ({ devices, steps }) => {
    const reader = openReader(name);
    reader.setDevices(devices);
    for (const [at, step] of steps.entries()) {
      if (step.devices) reader.setDevices(step.devices);
      if (step.restart) reader.restart();
      if (step.advanceS !== undefined) {
        reader.emitted.length = 0;
        reader.clock.advance(step.advanceS * 1_000);
        expect(reader.emitted, `step ${at}`).toEqual(step.items ?? []);
      }
      if (step.topic === undefined) continue;
      const { kind, result } = reader.take(step.topic, bytes(step), step);
      if (step.kind !== undefined) expect(kind, `step ${at}`).toBe(step.kind);
      expect({ items: result.items.map(shownItem), refused: result.refused }, `step ${at}: ${step.topic}`).toEqual({
        items: step.items ?? [],
        refused: step.refused ?? null,
      });
      if (step.sightings) expect(result.sightings ?? [], `step ${at}`).toMatchObject(step.sightings);
      if (step.publish) expect(result.publish ?? [], `step ${at}`).toMatchObject(step.publish);
    }
    reader.close();
  });

  test('[E20] stories show what is taken and what is refused', () => {
    const steps = stories(name).flatMap((story) => story.steps);
    expect(steps.some(({ items }) => (items ?? []).length > 0)).toBe(true);
    expect(steps.some(({ refused }) => typeof refused === 'string')).toBe(true);
    if (profiles[name].read === readsWithState)
      expect(steps.some(({ sightings }) => (sightings ?? []).length > 0)).toBe(true);
  });

  test('[E21] no payload makes it throw, whatever came before: cut, twisted, foreign', () => {
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    for (const { devices, steps } of stories(name)) {
      const reader = openReader(name);
      reader.setDevices(devices);
      for (const step of steps) {
        if (step.topic === undefined) continue;
        const whole = bytes(step);
        for (let at = 0; at <= whole.length; at += 1 + Math.floor(whole.length / 40)) {
          reader.take(step.topic, whole.subarray(0, at));
        }
        for (let twist = 0; twist < 25; twist++) {
          const twisted = Buffer.from(whole);
          if (twisted.length > 0) twisted[Math.floor(random() * twisted.length)] = Math.floor(random() * 256);
          const { items } = reader.take(step.topic, twisted).result;
          for (const item of items)
            if (item.t === 'reading') expect(Object.keys(item.values).length).toBeGreaterThan(0);
        }
        reader.take(step.topic, whole);
      }
      reader.clock.advance(86_400_000);
      reader.close();
    }
  });
});
