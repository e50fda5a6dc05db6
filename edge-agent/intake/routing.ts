import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { parseReadingTopic } from '@kuzet/contracts/topics.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Profile, ProfileReader, ReaderContext, ReaderMemory } from '../profiles/profile.ts';

export interface Route {
  /** Null on a topic that its reader knows and no device has to itself. */
  device: SiteDevice | null;
  profile: Profile;
  kind: string;
  /** Null for a profile without state. */
  reader: ProfileReader | null;
}

export interface Routing {
  /** Replaces the devices; readers keep their state. */
  setDevices(devices: readonly SiteDevice[]): void;
  route(topic: string): Route | null;
  /** What to keep a message for that nothing routes; `stranger`: the topic is of no device of the site file. */
  whyNoRoute(topic: string): { ignore: true } | { reason: string; key: string; stranger: boolean };
  devicesOf(profile: Profile): readonly SiteDevice[];
  /** Whether a reader of this profile may speak for the device. */
  belongs(deviceId: string, profile: Profile): boolean;
  close(): void;
}

export interface RoutingDeps {
  profiles: Readonly<Record<string, Profile>>;
  clock: Clock;
  memoryOf(profile: Profile): ReaderMemory;
  emit(profile: Profile, items: Parameters<ReaderContext['emit']>[0]): void;
}

const none: readonly SiteDevice[] = [];

/** Which profile reads a topic, and for which device. */
export function createRouting({ profiles, clock, memoryOf, emit }: RoutingDeps): Routing {
  const all = Object.values(profiles);
  const readers = new Map<Profile, ProfileReader>();
  for (const profile of all) {
    const reader = profile.open?.({ clock, memory: memoryOf(profile), emit: (items) => emit(profile, items) });
    if (reader) readers.set(profile, reader);
  }
  let routes = new Map<string, Route>();
  let byId = new Map<string, SiteDevice>();
  let byProfile = new Map<string, SiteDevice[]>();

  return {
    setDevices(devices) {
      byId = new Map(devices.map((device) => [device.id, device]));
      routes = new Map();
      byProfile = new Map();
      for (const device of devices) {
        const profile = profiles[device.profile]!;
        const reader = readers.get(profile) ?? null;
        for (const { topic, kind } of profile.topics(device)) routes.set(topic, { device, profile, kind, reader });
        const others = byProfile.get(profile.name);
        if (others) others.push(device);
        else byProfile.set(profile.name, [device]);
      }
      for (const [profile, reader] of readers) reader.devices(byProfile.get(profile.name) ?? none);
    },
    route(topic) {
      const route = routes.get(topic);
      if (route) return route;
      for (const [profile, reader] of readers) {
        const kind = reader.route(topic);
        if (kind !== null) return { device: null, profile, kind, reader };
      }
      return null;
    },
    whyNoRoute(topic) {
      const reading = parseReadingTopic(topic);
      const known = reading && byId.get(reading.device);
      if (known) {
        const reason =
          known.siteId === reading.site
            ? `device ${known.id} speaks ${known.profile}, not on this topic, in the site file`
            : `device ${known.id} belongs to site ${known.siteId}, not ${reading.site}`;
        return { reason, key: known.id, stranger: false };
      }
      for (const profile of all) {
        const devices = byProfile.get(profile.name) ?? none;
        if (profile.ignores(topic, devices)) return { ignore: true };
        const id = profile.unknownDevice(topic, devices);
        if (id !== null) return { reason: `unknown device ${id}`, key: id, stranger: true };
      }
      return { reason: 'no device in the site file has this topic', key: topic, stranger: true };
    },
    devicesOf: (profile) => byProfile.get(profile.name) ?? none,
    belongs: (deviceId, profile) => byId.get(deviceId)?.profile === profile.name,
    close() {
      for (const reader of readers.values()) reader.close?.();
    },
  };
}
