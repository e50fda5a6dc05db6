import { alarmLaneMetrics } from '@kuzet/contracts/metrics.ts';
import type { SiteDevice, SiteFile } from '@kuzet/contracts/site-file.ts';
import { parseReadingTopic } from '@kuzet/contracts/topics.ts';
import { type DeadLetterItem, type Lane, maxDeadLetterBytes, type UplinkItem } from '@kuzet/contracts/uplink.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Profile, ProfileItem } from '../profiles/profile.ts';

export type TakenIn = (err: Error | null) => void;

/** Where items go: the spool. */
export interface ItemSink {
  append(lane: Lane, items: readonly UplinkItem[], done: TakenIn): void;
}

export interface SensorMessage {
  topic: string;
  payload: Buffer;
  /** The broker kept it from before: not news. Only what a foreign broker hands out at a subscription is that. */
  stale?: boolean;
}

export interface Intake {
  /** `done` comes when all that the message held is on disk, or with why not. */
  take(message: SensorMessage, done: TakenIn): void;
  figures(): IntakeFigures;
}

export interface IntakeFigures {
  messages: number;
  readings: number;
  deadLetters: number;
  ignored: number;
}

export interface IntakeDeps {
  site: Pick<SiteFile, 'devices'>;
  profiles: Readonly<Record<string, Profile>>;
  sink: ItemSink;
  clock: Clock;
  log: Log;
  /** A payload above this becomes a dead letter unread. */
  maxPayloadBytes: number;
}

/** So many lines about dead letters in so long; the next line after says how many were left out. */
const maxTold = 50;
const tellWithinMs = 60_000;

interface Route {
  device: SiteDevice;
  profile: Profile;
  kind: string;
}

/** Topic and payload to items in the spool. Whatever comes in is kept: as what it says, or as a dead letter. */
export function createIntake({ site, profiles, sink, clock, log, maxPayloadBytes }: IntakeDeps): Intake {
  const routes = new Map<string, Route>();
  const devicesById = new Map(site.devices.map((device) => [device.id, device]));
  const devicesByProfile = new Map<string, SiteDevice[]>();
  for (const device of site.devices) {
    const profile = profiles[device.profile]!;
    for (const { topic, kind } of profile.topics(device)) routes.set(topic, { device, profile, kind });
    const others = devicesByProfile.get(profile.name);
    if (others) others.push(device);
    else devicesByProfile.set(profile.name, [device]);
  }

  const figures: IntakeFigures = { messages: 0, readings: 0, deadLetters: 0, ignored: 0 };
  const told = new Set<string>();
  let window = { sinceMs: Number.NEGATIVE_INFINITY, lines: 0 };
  let untold = 0;
  /** One line a topic and reason: a sensor that is wrong is wrong every ten seconds. Topics that never repeat get few. */
  function tellOnce(topic: string, reason: string): void {
    const key = `${topic}\n${reason}`;
    if (told.has(key)) return;
    if (clock.now() - window.sinceMs >= tellWithinMs) window = { sinceMs: clock.now(), lines: 0 };
    if (window.lines++ >= maxTold) {
      untold++;
      return;
    }
    if (told.size >= 10_000) told.clear();
    told.add(key);
    const more = untold > 0 ? { untold } : {};
    untold = 0;
    log.warn({ topic: topic.slice(0, 200), reason: reason.slice(0, 300), ...more }, 'message kept as a dead letter');
  }

  function deadLetter(topic: string, payload: Buffer, reason: string): DeadLetterItem {
    figures.deadLetters++;
    return {
      t: 'dead-letter',
      at: timestamp(clock.now()),
      topic,
      reason,
      payloadBase64: payload.subarray(0, maxDeadLetterBytes).toString('base64'),
      payloadBytes: payload.length,
    };
  }

  function whyNoRoute(topic: string): { ignore: true } | { reason: string; key: string } {
    const reading = parseReadingTopic(topic);
    const known = reading && devicesById.get(reading.device);
    if (known) {
      const reason =
        known.siteId === reading.site
          ? `device ${known.id} speaks ${known.profile}, not on this topic, in the site file`
          : `device ${known.id} belongs to site ${known.siteId}, not ${reading.site}`;
      return { reason, key: known.id };
    }
    for (const profile of Object.values(profiles)) {
      const devices = devicesByProfile.get(profile.name) ?? [];
      if (profile.ignores(topic, devices)) return { ignore: true };
      const id = profile.unknownDevice(topic, devices);
      if (id !== null) return { reason: `unknown device ${id}`, key: id };
    }
    return { reason: 'no device in the site file has this topic', key: topic };
  }

  return {
    take({ topic, payload, stale = false }, done) {
      figures.messages++;
      const route = routes.get(topic);
      if (!route) {
        const why = whyNoRoute(topic);
        if ('ignore' in why) {
          figures.ignored++;
          return done(null);
        }
        tellOnce(why.key, why.reason);
        return sink.append('telemetry', [deadLetter(topic, payload, why.reason)], done);
      }
      if (payload.length > maxPayloadBytes) {
        const reason = `the payload has ${payload.length} bytes; at most ${maxPayloadBytes} are read`;
        tellOnce(topic, 'the payload is too large');
        return sink.append('telemetry', [deadLetter(topic, payload, reason)], done);
      }

      const nowMs = clock.now();
      const result = route.profile.read({ kind: route.kind, payload, nowMs });
      const writes: [Lane, UplinkItem][] = [];
      for (const item of result.items) {
        if (stale && item.t === 'reading') figures.ignored++;
        else writes.push(toUplink(route.device.id, item, nowMs));
      }
      if (result.refused !== null) {
        tellOnce(topic, result.refused);
        writes.push(['telemetry', deadLetter(topic, payload, result.refused)]);
      }
      figures.readings += result.items.length;

      const [only] = writes;
      if (!only) return done(null);
      if (writes.length === 1) return sink.append(only[0], [only[1]], done);
      let open = writes.length;
      let failed: Error | null = null;
      for (const [lane, item] of writes) {
        sink.append(lane, [item], (err) => {
          failed ??= err;
          if (--open === 0) done(failed);
        });
      }
    },
    figures: () => ({ ...figures }),
  };
}

/** Thousands of messages come in one millisecond; writing the time out was the costliest step of taking one in. */
let lastAt = { ms: Number.NaN, text: '' };
function timeOf(ms: number): string {
  if (lastAt.ms !== ms) lastAt = { ms, text: timestamp(ms) };
  return lastAt.text;
}

function toUplink(device: string, item: ProfileItem, nowMs: number): [Lane, UplinkItem] {
  const at = timeOf(nowMs);
  if (item.t === 'device-status') {
    // Whether a detector is there at all is the fire side's business.
    return ['alarm', { t: 'device-status', device, online: item.online, at }];
  }
  let lane: Lane = 'telemetry';
  for (const metric in item.values) {
    if (alarmLaneMetrics.has(metric)) {
      lane = 'alarm';
      break;
    }
  }
  const observedAt = item.observedAtMs === nowMs ? at : timestamp(item.observedAtMs);
  return [lane, { t: 'reading', device, observedAt, receivedAt: at, values: item.values }];
}
