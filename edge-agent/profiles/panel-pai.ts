import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { byDevices } from './by-devices.ts';
import { createGathering, readPresence } from './gathering.ts';
import {
  type Profile,
  type ProfileMessage,
  type ProfileReader,
  type ProfileResult,
  type ProfileTopic,
  refuse,
} from './profile.ts';
import { sightingOf } from './sighting.ts';

type Properties = Readonly<Record<string, string>>;

/**
 * Properties of zones as PAI publishes them, by panel family: EVO says `presently_in_alarm` and `low_battery` where
 * Spectra and Magellan say `alarm` and `rf_low_battery_trouble`.
 */
const zone: Properties = {
  open: 'open',
  alarm: 'alarm',
  presently_in_alarm: 'alarm',
  fire_alarm: 'fire',
  fire: 'fire',
  tamper: 'tamper',
  low_battery: 'batteryLow',
  rf_low_battery_trouble: 'batteryLow',
  supervision_trouble: 'fault',
  rf_supervision_trouble: 'fault',
  bypassed: 'bypassed',
};

/** A partition's `alarm` may be a burglar as well: only its fire alarms are fires. */
const partition: Properties = {
  fire_alarm: 'fire',
  pulse_fire_alarm: 'fire',
  alarm: 'intrusionAlarm',
  audible_alarm: 'audibleAlarm',
  silent_alarm: 'silentAlarm',
  panic_alarm: 'panicAlarm',
  paramedic_alarm: 'medicalAlarm',
  trouble: 'fault',
  zone_tamper_trouble: 'tamper',
  zone_low_battery_trouble: 'batteryLow',
  arm: 'armed',
};

const dscZone = { state: 'DSC zone state', condition: 'DSC zone condition' } as const;
const dscPartition = { state: 'DSC partition state' } as const;

type Element = { base: string; name: string; properties: Properties };

/** What a topic is the beginning of; null: the panel itself. */
function elementOf(topic: string): Element | null {
  const [, paiBase, paiType, paiName] = /^(.+)\/states\/(zones|partitions)\/([^/]+)$/.exec(topic) ?? [];
  if (paiBase !== undefined && paiName !== undefined) {
    return { base: paiBase, name: paiName, properties: paiType === 'zones' ? zone : partition };
  }
  const [, dscBase, dscType, dscName] = /^(.+)\/(zone|partition)\/(\d+)$/.exec(topic) ?? [];
  if (dscBase === undefined || dscName === undefined) return null;
  return { base: dscBase, name: `${dscType} ${dscName}`, properties: dscType === 'zone' ? dscZone : dscPartition };
}

function read({ kind, payload, nowMs }: ProfileMessage): ProfileResult {
  if (payload.length === 0) return { items: [], refused: null };
  const said = payload.toString('utf8', 0, 32).trim().toLowerCase();
  const into = createGathering();
  if (kind === dscZone.state) {
    if (said !== 'open' && said !== 'closed') return refuse('the zone is neither open nor closed');
    into.take('open', said === 'open');
  } else if (kind === dscZone.condition) {
    if (said === 'secure') for (const metric of ['alarm', 'tamper', 'fault', 'open']) into.take(metric, false);
    else if (said === 'violated') into.take('open', true);
    else if (said === 'alarm' || said === 'tamper' || said === 'fault') into.take(said, true);
    else return refuse('the condition is none of alarm, violated, secure, tamper, fault');
  } else if (kind === dscPartition.state) {
    if (!/^[a-z_]{1,32}$/.test(said)) return refuse('the state of the partition is no word');
    into.take('intrusionAlarm', said === 'alarm');
    into.take('partitionState', said);
  } else if (said === 'true' || said === '1') into.take(kind, true);
  else if (said === 'false' || said === '0') into.take(kind, false);
  else return refuse('the state is neither True nor False');
  return into.result({ observedAtMs: nowMs });
}

const parentOf = (topic: string): string => topic.slice(0, Math.max(0, topic.lastIndexOf('/')));
const topicOf = (device: SiteDevice): string => device.topic ?? `paradox/states/zones/${device.id}`;
const baseOf = (device: SiteDevice): string => elementOf(topicOf(device))?.base ?? topicOf(device);

const placesOf = byDevices((devices) => ({
  bases: new Set(devices.map(baseOf)),
  elements: new Set(devices.map(topicOf)),
}));

/** The element that a topic is a property of, when its panel is of the site file. */
function knownElement(topic: string, devices: readonly SiteDevice[]): (Element & { declared: boolean }) | null {
  const parent = parentOf(topic);
  const element = elementOf(parent);
  const { bases, elements } = placesOf(devices);
  if (!element || !bases.has(element.base)) return null;
  return Object.hasOwn(element.properties, topic.slice(parent.length + 1))
    ? { ...element, declared: elements.has(parent) }
    : null;
}

/** A bridge that is gone takes every zone behind it along: none of them can say so itself. */
function openReader(): ProfileReader {
  const behind = new Map<string, string[]>();
  return {
    devices(devices) {
      behind.clear();
      for (const device of devices) {
        const base = baseOf(device);
        for (const topic of [`${base}/interface/availability`, `${base}/availability`]) {
          const ids = behind.get(topic);
          if (ids) ids.push(device.id);
          else behind.set(topic, [device.id]);
        }
      }
    },
    route: (topic) => (behind.has(topic) ? 'availability' : null),
    read(message) {
      if (message.kind !== 'availability') return read(message);
      const { items, refused } = readPresence(message.payload, 'online', 'offline');
      const ids = behind.get(message.topic) ?? [];
      return { items: items.flatMap((item) => ids.map((device) => ({ ...item, device }))), refused };
    },
  };
}

/**
 * Alarm panels by their bridges: Paradox by PAI, `paradox/states/zones/<zone>/<property>` and `…/partitions/…`, and DSC
 * by it100-mqtt, `<prefix>/zone/<number>/<property>`. `topic` is a zone's or partition's, or the bridge's own prefix.
 */
export const panelPai: Profile = {
  name: 'panel-pai',
  topics(device): ProfileTopic[] {
    const topic = topicOf(device);
    const properties = elementOf(topic)?.properties ?? {};
    return Object.entries(properties).map(([property, kind]) => ({ topic: `${topic}/${property}`, kind }));
  },
  unknownDevice(topic, devices) {
    const element = knownElement(topic, devices);
    return element && !element.declared ? element.name : null;
  },
  // Outputs, users, keypads, events, commands; and what else a zone is, such as its delays.
  ignores(topic, devices) {
    const levels = topic.split('/');
    const { bases } = placesOf(devices);
    const known = levels.some((_, at) => at > 0 && bases.has(levels.slice(0, at).join('/')));
    return known && knownElement(topic, devices) === null;
  },
  read,
  recognise({ topic, payload, nowMs }) {
    const parent = parentOf(topic);
    const element = elementOf(parent);
    const property = topic.slice(parent.length + 1);
    const kind = element && Object.hasOwn(element.properties, property) ? element.properties[property] : undefined;
    if (!element || kind === undefined) return null;
    return sightingOf({ topic: parent, id: element.name }, read({ kind, payload, nowMs }));
  },
  open: openReader,
};
