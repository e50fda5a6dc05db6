import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Profile, Sighting, UnroutedMessage } from '../profiles/profile.ts';
import { toId, toMetrics } from './suggest.ts';

/**
 * What device a message on a topic without one would be of this profile; null when it is not of it, or cannot be read.
 * A profile that does not say so itself is tried: the entry whose topics would hold this one is looked for, and the
 * message is read as its.
 */
export function recognise(profile: Profile, message: UnroutedMessage, devices: readonly SiteDevice[]): Sighting | null {
  if (profile.recognise) return profile.recognise(message, devices);
  const named = profile.unknownDevice(message.topic, devices);
  if (named === null || profile.open) return null;
  const levels = message.topic.split('/');
  // The shortest first: what hangs below a device's topic (its availability) is no device of its own.
  const candidates = levels.map((_, at) => levels.slice(0, at + 1).join('/'));
  for (const topic of candidates) {
    const match = profile.topics(nobody(profile, topic)).find((own) => own.topic === message.topic);
    if (!match) continue;
    const { items } = profile.read({ kind: match.kind, payload: message.payload, nowMs: message.nowMs });
    if (items.length === 0) continue;
    const names = new Set(items.flatMap((item) => (item.t === 'reading' ? Object.keys(item.values) : [])));
    return { topic, id: named, metrics: toMetrics(names) };
  }
  return null;
}

const word = { kk: '-', ru: '-', en: '-' };
const nobody = (profile: Profile, topic: string): SiteDevice => ({
  id: toId(topic),
  siteId: 'nowhere',
  kind: 'air-quality',
  name: word,
  position: { lon: 0, lat: 0 },
  metrics: [{ name: 'unknown', unit: '' }],
  expectedIntervalS: 60,
  profile: profile.name,
  topic,
});
