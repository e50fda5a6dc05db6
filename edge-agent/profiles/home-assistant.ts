import type { MetricValue } from '@kuzet/contracts/device.ts';
import { isConfigTopic, readAnnouncement } from './home-assistant-config.ts';
import {
  configTopicOf,
  createRegistry,
  type KnownDevice,
  type KnownEntity,
  topicOfKey,
} from './home-assistant-registry.ts';
import { isNoValue, isSaid, type TemplateInput, templateInput } from './home-assistant-template.ts';
import { maxTextLength, maxValues, toMetricValue } from './metric-value.ts';
import {
  type Profile,
  type ProfileReader,
  type ReaderContext,
  type ReaderItem,
  type ReaderMessage,
  type ReaderResult,
  readsWithState,
  type Sighting,
} from './profile.ts';

const nothing: ReaderResult = { items: [], refused: null };
const shortest = (reasons: readonly string[]) => (reasons.length > 0 ? reasons.slice(0, 3).join('; ') : null);

/**
 * What an entity says in a message: a value, nothing, or why it cannot be taken.
 */
function readValue(entity: KnownEntity, input: TemplateInput): { value: MetricValue } | { refused: string } | null {
  const said = entity.template(input);
  if (said === undefined) return null;
  const { metric } = entity;
  if (metric.isYesNo) {
    if (isSaid(said, entity.on)) return { value: true };
    if (isSaid(said, entity.off)) return { value: false };
    return isNoValue(said) ? null : { refused: `${entity.ownName}: neither its payload_on nor its payload_off` };
  }
  if (isNoValue(said)) return null;
  const isNumeral = typeof said === 'string' && /^[+-]?(?:\d{1,300}\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(said);
  const plain = isNumeral ? Number(said) : said;
  if (metric.isNumber && typeof plain !== 'number') return { refused: `${entity.ownName}: a number is expected` };
  if (typeof plain === 'string' && plain.length > maxTextLength) return null;
  return toMetricValue(entity.name, metric.convert(plain));
}

const sightingOf = (device: KnownDevice): Sighting => {
  const expireMs = device.entities.flatMap(({ expireAfterMs }) => expireAfterMs ?? []);
  return {
    topic: topicOfKey(device.key),
    id: device.key,
    name: device.name,
    metrics: device.entities.map(({ name, metric }) => ({ name, unit: metric.unit })),
    ...(expireMs.length > 0 && { expectedIntervalS: Math.min(...expireMs) / 1_000 }),
  };
};

function openReader({ clock, emit, memory }: ReaderContext): ProfileReader {
  const registry = createRegistry((topic, text) => memory.set(topic, text));
  for (const [topic, text] of [...memory.entries()]) {
    const announcement = readAnnouncement(topic, Buffer.from(text));
    if (!('refused' in announcement)) registry.set(topic, text, announcement);
  }

  function onConfig({ topic, payload, replayed }: ReaderMessage): ReaderResult {
    const announcement = payload.length === 0 ? null : readAnnouncement(topic, payload);
    // What cannot be read takes nothing away: the detector behind it still speaks.
    if (announcement && 'refused' in announcement) return { items: [], refused: announcement.refused };
    if (replayed) return { items: [], refused: shortest(announcement?.faults ?? []) };
    const gone = registry.set(topic, payload.toString('utf8'), announcement);
    const items: ReaderItem[] = gone?.site ? [{ t: 'device-status', device: gone.site.id, online: false }] : [];
    const device = announcement && registry.device(announcement.deviceKey);
    return {
      items,
      refused: shortest(announcement?.faults ?? []),
      ...(device && !device.site && { sightings: [sightingOf(device)] }),
    };
  }

  /** By the device's own mode: the last word, all of its topics, or any. */
  function presence(device: KnownDevice, latest: boolean): boolean | null {
    const mode = device.entities[0]?.availabilityMode ?? 'latest';
    const said = [...device.isAvailable.values()];
    if (mode === 'latest') return latest;
    if (mode === 'any') return said.includes(true);
    if (said.includes(false)) return false;
    const topics = new Set(device.entities.flatMap(({ availability }) => availability.map(({ topic }) => topic)));
    return said.length >= topics.size ? true : null;
  }

  function onAvailability(
    topic: string,
    input: TemplateInput,
    result: Required<Pick<ReaderResult, 'sightings'>> & ReaderResult,
    faults: string[],
  ): void {
    for (const [device, source] of registry.availabilityAt(topic)) {
      const said = source.template(input);
      const isThere = isSaid(said, source.available) ? true : isSaid(said, source.notAvailable) ? false : null;
      if (isThere === null) {
        if (!isNoValue(said) && device.site)
          faults.push('availability is neither payload_available nor payload_not_available');
        continue;
      }
      device.isAvailable.set(topic, isThere);
      const online = presence(device, isThere);
      if (!device.site) result.sightings.push(sightingOf(device));
      else if (online !== null) result.items.push({ t: 'device-status', device: device.site.id, online });
    }
  }

  /** Several that say the same yes/no: yes when one does, no when all have said no. Null: not known. */
  function together(entity: KnownEntity): boolean | null {
    if (entity.twins.some(({ last }) => last === true)) return true;
    return entity.twins.every(({ last }) => last === false) ? false : null;
  }

  /** By entity; what is declared anew meanwhile still falls back. */
  const offTimers = new Map<string, () => void>();
  function fallBack(key: string, id: string): void {
    offTimers.delete(id);
    const entity = registry.device(key)?.entities.find((own) => own.id === id);
    if (!entity) return;
    entity.last = false;
    const value = together(entity);
    const { site } = entity.device;
    if (site && value !== null)
      emit([{ t: 'reading', device: site.id, observedAtMs: clock.now(), values: { [entity.name]: value } }]);
  }

  function watchExpiry(device: KnownDevice, nowMs: number): void {
    const expireMs = device.entities.flatMap(({ expireAfterMs }) => expireAfterMs ?? []);
    if (expireMs.length === 0 || !device.site) return;
    const isWatched = device.expireAtMs !== null;
    device.expireAtMs = Math.max(device.expireAtMs ?? 0, nowMs + Math.max(...expireMs));
    if (!isWatched) waitForExpiry(device.key, device.expireAtMs - nowMs);
  }
  const expiries = new Map<string, () => void>();
  /** One timer a device, which looks again when it was heard meanwhile. */
  function waitForExpiry(key: string, delayMs: number): void {
    expiries.get(key)?.();
    expiries.set(
      key,
      clock.after(delayMs, () => {
        expiries.delete(key);
        const device = registry.device(key);
        if (!device || device.expireAtMs === null) return;
        const leftMs = device.expireAtMs - clock.now();
        if (leftMs > 0) {
          waitForExpiry(key, leftMs);
          return;
        }
        device.expireAtMs = null;
        if (device.site) emit([{ t: 'device-status', device: device.site.id, online: false }]);
      }),
    );
  }

  function onMessage({ topic, payload, nowMs, stale, replayed }: ReaderMessage): ReaderResult {
    const input = templateInput(payload);
    const result = { ...nothing, items: [] as ReaderItem[], sightings: [] as Sighting[] };
    const faults: string[] = [];
    if (!replayed) onAvailability(topic, input, result, faults);
    if (payload.length === 0) return result;

    /** They spoke, and what they said is not known while others that say the same have not spoken. */
    const withheld = new Set<KnownDevice>();
    const byDevice = new Map<KnownDevice, Record<string, MetricValue>>();
    for (const entity of registry.entitiesAt(topic)) {
      const { device } = entity;
      const values = byDevice.get(device) ?? {};
      byDevice.set(device, values);
      const said = readValue(entity, input);
      if (!said) continue;
      if ('refused' in said) {
        if (device.site) faults.push(said.refused);
        continue;
      }
      if (typeof said.value === 'boolean' && entity.metric.isYesNo && !replayed) {
        entity.last = said.value;
        offTimers.get(entity.id)?.();
        offTimers.delete(entity.id);
        if (said.value && entity.offDelayMs !== null) {
          const { id, offDelayMs } = entity;
          offTimers.set(
            id,
            clock.after(offDelayMs, () => fallBack(device.key, id)),
          );
        }
        const value = together(entity);
        if (value !== null) values[entity.name] = value;
        else withheld.add(device);
      } else values[entity.name] = said.value;
    }

    const strangers: KnownDevice[] = [];
    for (const [device, values] of byDevice) {
      const count = Object.keys(values).length;
      if (!device.site) strangers.push(device);
      else if (count > maxValues) faults.push(`${count} values in one message; at most ${maxValues}`);
      else if (count > 0) {
        if (!stale) watchExpiry(device, nowMs);
        result.items.push({ t: 'reading', device: device.site.id, observedAtMs: nowMs, values });
      } else if (withheld.has(device)) result.items.push({ t: 'device-status', device: device.site.id, online: true });
    }
    result.sightings.push(...strangers.map(sightingOf));
    const isOnlyStrangers = strangers.length > 0 && strangers.length === byDevice.size;
    const unknown = isOnlyStrangers ? [`unknown device ${strangers[0]!.name.slice(0, 100)}`] : [];
    return { ...result, refused: shortest([...unknown, ...faults]) };
  }

  return {
    devices: registry.devices,
    route: (topic) => (isConfigTopic(topic) ? 'config' : registry.has(topic) ? 'message' : null),
    read: (message) => (message.kind === 'config' ? onConfig(message) : onMessage(message)),
    close() {
      for (const cancel of expiries.values()) cancel();
      for (const cancel of offTimers.values()) cancel();
    },
  };
}

/**
 * Home Assistant's MQTT discovery: devices that say themselves what they are and where they speak. A device of the site
 * file has the topic `homeassistant/device/<identifier>/config`, whichever form its messages have; /discovered lists it.
 */
export const homeAssistant: Profile = {
  name: 'home-assistant',
  topics: (device) => [{ topic: configTopicOf(device), kind: 'config' }],
  unknownDevice: () => null,
  // Its own birth and last will, and what it tells devices.
  ignores: (topic) => topic === 'homeassistant/status',
  read: readsWithState,
  open: openReader,
};
