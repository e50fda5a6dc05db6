import type { Metric } from '@kuzet/contracts/device.ts';
import type { DiscoveredDevice } from '@kuzet/contracts/provisioning.ts';
import type { ProfileName } from '@kuzet/contracts/site-file.ts';
import { timestamp } from '@kuzet/lib/clock.ts';
import { metricName } from '../profiles/metric-value.ts';
import type { Sighting } from '../profiles/profile.ts';
import { suggestKind, toId } from './suggest.ts';

export const maxDiscovered = 1_000;
const maxMetrics = 64;
const maxTopicLength = 1_000;

export interface DiscoveredDevices {
  see(profile: ProfileName, sighting: Sighting, nowMs: number): void;
  /** Under the topic of its site file's entry. */
  get(profile: ProfileName, topic: string): DiscoveredDevice | null;
  /** It was adopted. */
  forget(profile: ProfileName, topic: string): void;
  /** The last that spoke first. */
  list(): DiscoveredDevice[];
}

interface Entry {
  sighting: Sighting;
  profile: ProfileName;
  metrics: Map<string, Metric>;
  firstMs: number;
  lastMs: number;
  count: number;
}

/** Devices that speak and are in no site file, at most 1,000: the one that has been quiet longest gives way. */
export function createDiscoveredDevices(): DiscoveredDevices {
  /** In the order in which they spoke last. */
  const entries = new Map<string, Entry>();
  const keyOf = (profile: string, topic: string) => `${profile}\n${topic}`;

  const shown = ({ sighting, profile, metrics, firstMs, lastMs, count }: Entry): DiscoveredDevice => {
    const list = [...metrics.values()];
    return {
      topic: sighting.topic,
      profile,
      suggestedId: toId(sighting.id),
      suggestedKind: sighting.kind ?? suggestKind(list),
      name: sighting.name?.slice(0, 200) || null,
      metrics: list,
      expectedIntervalS: sighting.expectedIntervalS ?? null,
      firstSeenAt: timestamp(firstMs),
      lastSeenAt: timestamp(lastMs),
      count,
    };
  };

  return {
    see(profile, sighting, nowMs) {
      if (sighting.topic.length > maxTopicLength) return;
      const key = keyOf(profile, sighting.topic);
      const before = entries.get(key);
      const entry: Entry = before ?? { sighting, profile, metrics: new Map(), firstMs: nowMs, lastMs: nowMs, count: 0 };
      entry.sighting = { ...entry.sighting, ...sighting };
      // A dead letter that is replayed is older than what was heard since.
      entry.lastMs = Math.max(entry.lastMs, nowMs);
      entry.count++;
      for (const metric of sighting.metrics) {
        if (entry.metrics.size >= maxMetrics && !entry.metrics.has(metric.name)) continue;
        if (metricName.test(metric.name)) entry.metrics.set(metric.name, metric);
      }
      entries.delete(key);
      entries.set(key, entry);
      if (entries.size > maxDiscovered) entries.delete(entries.keys().next().value as string);
    },
    get(profile, topic) {
      const entry = entries.get(keyOf(profile, topic));
      return entry ? shown(entry) : null;
    },
    forget: (profile, topic) => void entries.delete(keyOf(profile, topic)),
    list: () => [...entries.values()].reverse().map(shown),
  };
}
