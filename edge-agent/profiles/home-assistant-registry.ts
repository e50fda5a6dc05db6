import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Announcement, AvailabilitySource, Entity } from './home-assistant-config.ts';

/** A device that discovery messages declared, of the site or a stranger. */
export interface KnownDevice {
  key: string;
  name: string;
  /** In the order of their ids, so that names given to twins hold over restarts. */
  entities: KnownEntity[];
  site: SiteDevice | null;
  /** By topic; a topic that said nothing yet is not in it. */
  isAvailable: Map<string, boolean>;
  expireAtMs: number | null;
}

export interface KnownEntity extends Entity {
  device: KnownDevice;
  /** The metric's name: a second number of the same kind in a device carries its own name with it. */
  name: string;
  /** Other entities of the device that say the same yes/no. */
  twins: KnownEntity[];
  /** What a yes/no said last. */
  last: boolean | null;
}

export interface Registry {
  /** Replaces what the config topic declared; the device that lost its last entity by that is returned. */
  set(topic: string, text: string, announcement: Announcement | null): KnownDevice | null;
  devices(list: readonly SiteDevice[]): void;
  device(key: string): KnownDevice | null;
  entitiesAt(topic: string): readonly KnownEntity[];
  availabilityAt(topic: string): ReadonlyMap<KnownDevice, AvailabilitySource>;
  has(topic: string): boolean;
}

/** Strangers beyond these give way, the oldest first; devices of the site never do. */
const maxStrangerConfigs = 5_000;
const maxStrangerBytes = 8 * 1024 * 1024;
/** Strangers on one topic: each message there is read for each of them. */
const maxStrangersAtTopic = 100;
const maxEntities = 200;

export const configTopicOf = (device: SiteDevice): string => device.topic ?? `homeassistant/device/${device.id}/config`;
export const topicOfKey = (key: string): string => `homeassistant/device/${key}/config`;

interface Config {
  text: string;
  key: string;
  name: string;
  entities: Entity[];
}

const none: ReadonlyMap<KnownDevice, AvailabilitySource> = new Map();

/**
 * What discovery messages declared, by device and by topic. `keep` is told what must outlive a restart: the messages of
 * the site's devices.
 */
export function createRegistry(keep: (configTopic: string, text: string | null) => void): Registry {
  const configs = new Map<string, Config>();
  const strangers = new Set<string>();
  let strangerBytes = 0;
  const byKey = new Map<string, KnownDevice>();
  const byState = new Map<string, Set<KnownEntity>>();
  const byAvailability = new Map<string, Map<KnownDevice, AvailabilitySource>>();
  let siteByKey = new Map<string, SiteDevice>();

  function unlink(device: KnownDevice): void {
    for (const entity of device.entities) {
      const there = byState.get(entity.stateTopic);
      there?.delete(entity);
      if (there?.size === 0) byState.delete(entity.stateTopic);
      for (const { topic } of entity.availability) {
        const heard = byAvailability.get(topic);
        heard?.delete(device);
        if (heard?.size === 0) byAvailability.delete(topic);
      }
    }
  }

  /** Puts a device together anew from what its config topics say. */
  function relink(key: string, topics: readonly string[]): KnownDevice | null {
    const before = byKey.get(key);
    if (before) unlink(before);
    const own = topics.flatMap((topic) => configs.get(topic) ?? []);
    const declared = own.flatMap((config) => config.entities).sort((a, b) => (a.id < b.id ? -1 : 1));
    const entities = declared.slice(0, maxEntities);
    if (entities.length === 0) {
      byKey.delete(key);
      return null;
    }
    const device: KnownDevice = {
      key,
      name: own.at(-1)?.name ?? key,
      entities: [],
      site: siteByKey.get(key) ?? null,
      isAvailable: before?.isAvailable ?? new Map(),
      expireAtMs: before?.expireAtMs ?? null,
    };
    const taken = new Map<string, KnownEntity[]>();
    for (const entity of entities) {
      const { metric, isYesNo } = entity.metric;
      const same = taken.get(metric) ?? [];
      const old = before?.entities.find(({ id, stateTopic }) => id === entity.id && stateTopic === entity.stateTopic);
      const known: KnownEntity = {
        ...entity,
        device,
        name:
          isYesNo || same.length === 0
            ? metric
            : `${metric}.${entity.ownName.replace(/[^A-Za-z0-9_.-]/g, '_')}`.slice(0, 64),
        twins: same,
        last: old?.last ?? null,
      };
      same.push(known);
      taken.set(metric, same);
      device.entities.push(known);
    }
    for (const entity of device.entities) {
      const there = byState.get(entity.stateTopic) ?? new Set();
      if (device.site || there.size < maxStrangersAtTopic) byState.set(entity.stateTopic, there.add(entity));
      for (const source of entity.availability) {
        const heard = byAvailability.get(source.topic) ?? new Map<KnownDevice, AvailabilitySource>();
        if (device.site || heard.size < maxStrangersAtTopic)
          byAvailability.set(source.topic, heard.set(device, source));
      }
    }
    byKey.set(key, device);
    return device;
  }

  const topicsByKey = new Map<string, Set<string>>();
  const topicsOf = (key: string) => [...(topicsByKey.get(key) ?? [])];

  function forget(topic: string): string | null {
    const config = configs.get(topic);
    if (!config) return null;
    configs.delete(topic);
    if (strangers.delete(topic)) strangerBytes -= config.text.length;
    const topics = topicsByKey.get(config.key);
    topics?.delete(topic);
    if (topics?.size === 0) topicsByKey.delete(config.key);
    return config.key;
  }

  return {
    set(topic, text, announcement) {
      const key = announcement?.deviceKey ?? null;
      const formerKey = forget(topic);
      const former = formerKey === null ? null : (byKey.get(formerKey) ?? null);
      if (announcement && key !== null && announcement.entities.length > 0) {
        configs.set(topic, { text, key, name: announcement.deviceName, entities: announcement.entities });
        const topics = topicsByKey.get(key) ?? new Set();
        topicsByKey.set(key, topics.add(topic));
        if (siteByKey.has(key)) keep(topic, text);
        else {
          keep(topic, null);
          strangers.add(topic);
          strangerBytes += text.length;
        }
      } else if (former?.site) keep(topic, null);
      if (key !== null && topicsByKey.has(key)) relink(key, topicsOf(key));
      const isGone = formerKey !== null && formerKey !== key && relink(formerKey, topicsOf(formerKey)) === null;
      while (strangers.size > maxStrangerConfigs || strangerBytes > maxStrangerBytes) {
        const oldest = forget(strangers.values().next().value as string);
        if (oldest !== null) relink(oldest, topicsOf(oldest));
      }
      if (formerKey !== null && formerKey === key && !topicsByKey.has(key)) {
        relink(key, []);
        return former;
      }
      return isGone ? former : null;
    },
    devices(list) {
      siteByKey = new Map(
        list
          .map((device) => [configTopicOf(device), device] as const)
          .flatMap(([topic, device]) => {
            const key = /^homeassistant\/device\/([^/]+)\/config$/.exec(topic)?.[1];
            return key === undefined ? [] : [[key, device] as const];
          }),
      );
      for (const key of [...byKey.keys()]) {
        const site = siteByKey.get(key) ?? null;
        const known = byKey.get(key)!;
        if ((known.site?.id ?? null) === (site?.id ?? null)) {
          known.site = site;
          if (!site) for (const topic of topicsOf(key)) keep(topic, null);
          continue;
        }
        for (const topic of topicsOf(key)) {
          const { text } = configs.get(topic)!;
          keep(topic, site ? text : null);
          if (site && strangers.delete(topic)) strangerBytes -= text.length;
        }
        relink(key, topicsOf(key));
      }
    },
    device: (key) => byKey.get(key) ?? null,
    entitiesAt: (topic) => [...(byState.get(topic) ?? [])],
    availabilityAt: (topic) => byAvailability.get(topic) ?? none,
    has: (topic) => byState.has(topic) || byAvailability.has(topic),
  };
}
