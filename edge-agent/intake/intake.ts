import { alarmLaneMetrics } from '@kuzet/contracts/metrics.ts';
import type { SiteDevice, SiteFile } from '@kuzet/contracts/site-file.ts';
import { type DeadLetterItem, type DeviceStatusItem, type Lane, maxDeadLetterBytes } from '@kuzet/contracts/uplink.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Profile, ProfileItem, ReaderItem, ReaderMemory, ReaderResult } from '../profiles/profile.ts';
import type { DiscoveredDevices } from '../provisioning/discovered-devices.ts';
import { recognise } from '../provisioning/recognise.ts';
import { readingKey } from './reading-key.ts';
import { createRouting, type Route } from './routing.ts';

export type TakenIn = (err: Error | null) => void;

/** Where items go: the spool. `text` is an UplinkItem in JSON; `key` tells one that comes again (reading-key.ts). */
export interface ItemSink {
  appendText(lane: Lane, text: string, done: TakenIn, key: string | null): void;
}

/** An item on its way to the spool; without a key it is kept however often it comes. */
interface Write {
  lane: Lane;
  text: string;
  key: string | null;
}

export interface SensorMessage {
  topic: string;
  payload: Buffer;
  /** The broker kept it from before: not news. Only what a foreign broker hands out at a subscription is that. */
  stale?: boolean;
  /** Publishes to the broker that the message came from. */
  reply?: (topic: string, payload: Buffer | string) => void;
}

export interface Intake {
  /** `done` comes when all that the message held is on disk, or with why not. */
  take(message: SensorMessage, done: TakenIn): void;
  /**
   * A dead letter once more. Its readings are history: under the time of the first receipt, in the telemetry lane, marked
   * `replayed`; of presence and of what a profile would answer nothing is taken. `done` comes when they are on disk, with
   * why the letter was not taken whole, or null.
   */
  replay(letter: { topic: string; payload: Buffer; receivedMs: number }, done: (refused: string | null) => void): void;
  /** The devices from now on, a new one among them. */
  setDevices(devices: readonly SiteDevice[]): void;
  /** Cancels what readers of profiles still wait for. */
  close(): void;
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
  /** Where devices that nobody declared are listed; nowhere when left out. */
  discovered?: DiscoveredDevices;
  /** What a profile with state keeps over a restart; nothing when left out. */
  memoryOf?(profile: Profile): ReaderMemory;
}

/** So many lines about dead letters in so long; the next line after says how many were left out. */
const maxTold = 50;
const tellWithinMs = 60_000;

/** Recognising reads a message as every profile might; so many a second are tried. */
const maxRecognisedPerS = 200;
const noMemory: ReaderMemory = { entries: () => [], set: () => undefined };

/** Topic and payload to items in the spool. Whatever comes in is kept: as what it says, or as a dead letter. */
export function createIntake(deps: IntakeDeps): Intake {
  const { site, profiles, sink, clock, log, maxPayloadBytes, discovered, memoryOf = () => noMemory } = deps;
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

  function deadLetter(topic: string, payload: Buffer, reason: string, nowMs = clock.now()): Write {
    figures.deadLetters++;
    const item: DeadLetterItem = {
      t: 'dead-letter',
      at: timestamp(nowMs),
      topic,
      reason,
      payloadBase64: payload.subarray(0, maxDeadLetterBytes).toString('base64'),
      payloadBytes: payload.length,
    };
    return { lane: 'telemetry', text: JSON.stringify(item), key: null };
  }

  /** One answer for several items, when the last of them is on disk. */
  function write(writes: readonly Write[], done: TakenIn): void {
    if (writes.length === 0) done(null);
    else if (writes.length === 1) writeOne(writes[0]!, done);
    else writeAll(writes, done);
  }
  function writeAll(writes: readonly Write[], done: TakenIn): void {
    let open = writes.length;
    let failed: Error | null = null;
    const one = (err: Error | null) => {
      failed ??= err;
      if (--open === 0) done(failed);
    };
    for (const item of writes) writeOne(item, one);
  }
  const writeOne = ({ lane, text, key }: Write, done: TakenIn) => sink.appendText(lane, text, done, key);

  let lostOwn = 0;
  const routing = createRouting({
    profiles,
    clock,
    memoryOf,
    emit(profile, items) {
      const nowMs = clock.now();
      const writes = items.map((item) => ownItem(profile, item.device, item, nowMs)).filter((own) => own !== null);
      figures.readings += writes.length;
      // No sender waits who would send it again: what the spool refuses is gone.
      write(writes, (err) => {
        if (err && lostOwn++ === 0)
          log.warn({ err, profile: profile.name }, 'what time changed is lost while the spool cannot write');
      });
    },
  });
  routing.setDevices(site.devices);

  /** The item as the uplink has it; null, and told, when a reader speaks for a device that is not of its profile. */
  function ownItem(
    profile: Profile,
    device: string | undefined,
    item: ProfileItem,
    nowMs: number,
    index: number | null = null,
  ): Write | null {
    if (device !== undefined && routing.belongs(device, profile)) return toWrite(device, item, nowMs, index);
    log.error({ profile: profile.name, device }, 'a profile named a device that is not its own; the item was dropped');
    return null;
  }

  let recognised = { sinceMs: Number.NEGATIVE_INFINITY, count: 0 };
  function lookFor(topic: string, payload: Buffer): void {
    if (!discovered || payload.length > maxPayloadBytes) return;
    const nowMs = clock.now();
    if (nowMs - recognised.sinceMs >= 1_000) recognised = { sinceMs: nowMs, count: 0 };
    if (recognised.count++ >= maxRecognisedPerS) return;
    for (const profile of Object.values(profiles)) {
      const sighting = guarded(profile, topic, () =>
        recognise(profile, { topic, payload, nowMs }, routing.devicesOf(profile)),
      );
      if (!sighting) continue;
      discovered.see(profile.name, sighting, nowMs);
      return;
    }
  }

  function takeUnrouted({ topic, payload }: SensorMessage, done: TakenIn): void {
    const why = routing.whyNoRoute(topic);
    if ('ignore' in why) {
      figures.ignored++;
      done(null);
      return;
    }
    if (why.stranger) lookFor(topic, payload);
    tellOnce(why.key, why.reason);
    writeOne(deadLetter(topic, payload, why.reason), done);
  }

  /** A profile that fails is a fault of ours. Thrown on, it would end the process, and again when the sensor repeats. */
  const failed = new Set<string>();
  function guarded<T>(profile: Profile, topic: string, run: () => T): T | null {
    try {
      return run();
    } catch (err) {
      if (!failed.has(profile.name))
        log.error({ err, profile: profile.name, topic: topic.slice(0, 200) }, 'a profile failed');
      failed.add(profile.name);
      return null;
    }
  }

  return {
    take(message, done) {
      const { topic, payload, stale = false } = message;
      figures.messages++;
      const route = routing.route(topic);
      if (!route) return takeUnrouted(message, done);
      if (payload.length > maxPayloadBytes) {
        const reason = `the payload has ${payload.length} bytes; at most ${maxPayloadBytes} are read`;
        tellOnce(topic, 'the payload is too large');
        return writeOne(deadLetter(topic, payload, reason), done);
      }

      const nowMs = clock.now();
      const { items, refused } = read(route, message, nowMs);
      const writes: Write[] = [];
      for (let index = 0; index < items.length; index++) {
        const item = items[index]!;
        if (stale && item.t === 'reading') {
          figures.ignored++;
          continue;
        }
        const own = route.reader
          ? ownItem(route.profile, item.device ?? route.device?.id, item, nowMs, index)
          : toWrite(route.device!.id, item, nowMs, index);
        if (own) writes.push(own);
      }
      if (refused !== null) {
        tellOnce(topic, refused);
        // The time of the readings beside it: a replay is known by it.
        writes.push(deadLetter(topic, payload, refused, nowMs));
      }
      figures.readings += items.length;
      write(writes, done);
    },
    replay({ topic, payload, receivedMs }, done) {
      const route = routing.route(topic);
      if (!route) {
        const why = routing.whyNoRoute(topic);
        return done('ignore' in why ? 'no readings are taken from this topic' : why.reason);
      }
      if (payload.length > maxPayloadBytes)
        return done(`the payload has ${payload.length} bytes; at most ${maxPayloadBytes} are read`);
      const { items, refused } = read(route, { topic, payload, stale: true }, receivedMs, true);
      const writes: Write[] = [];
      for (const item of items) {
        if (item.t !== 'reading') continue;
        const history = { ...item, historical: true } as const;
        const own = route.reader
          ? ownItem(route.profile, item.device ?? route.device?.id, history, receivedMs)
          : toWrite(route.device!.id, history, receivedMs, null);
        if (own) writes.push(own);
      }
      figures.readings += writes.length;
      write(writes, (err) => done(err ? `the spool cannot write: ${err.message}` : refused));
    },
    setDevices: routing.setDevices,
    close: routing.close,
    figures: () => ({ ...figures }),
  };

  function read(
    { reader, profile, kind, device }: Route,
    { topic, payload, stale = false, reply }: SensorMessage,
    nowMs: number,
    replayed = false,
  ): { items: ReaderItem[]; refused: string | null } {
    const message = { kind, payload, nowMs };
    const result: ReaderResult = guarded(profile, topic, () =>
      reader ? reader.read({ ...message, topic, device, stale, replayed }) : profile.read(message),
    ) ?? { items: [], refused: `the profile ${profile.name} failed on it` };
    for (const sighting of result.sightings ?? []) discovered?.see(profile.name, sighting, nowMs);
    for (const said of result.publish ?? []) reply?.(said.topic, said.payload);
    return result;
  }
}

/** Thousands of messages come in one millisecond; writing the time out was the costliest step of taking one in. */
let lastAt = { ms: Number.NaN, text: '' };
function timeOf(ms: number): string {
  if (lastAt.ms !== ms) lastAt = { ms, text: timestamp(ms) };
  return lastAt.text;
}

/** @param index place among the items of its message; null: whatever was there before, this is kept. */
function toWrite(device: string, item: ProfileItem, nowMs: number, index: number | null): Write {
  const at = timeOf(nowMs);
  if (item.t === 'device-status') {
    const status: DeviceStatusItem = { t: 'device-status', device, online: item.online, at };
    // Whether a detector is there at all is the fire side's business.
    return { lane: 'alarm', text: JSON.stringify(status), key: null };
  }
  const observedAt = item.observedAtMs === nowMs ? at : timestamp(item.observedAtMs);
  const values = JSON.stringify(item.values);
  // A ReadingItem, written by hand at a third of the cost; an id has nothing to escape (idPattern).
  const text = `{"t":"reading","device":"${device}","observedAt":"${observedAt}","receivedAt":"${at}","values":${values}${item.historical ? ',"replayed":true}' : '}'}`;
  const key = index === null ? null : readingKey(device, item, index, nowMs, values);
  return { lane: item.historical ? 'telemetry' : laneOf(item.values), text, key };
}

function laneOf(values: Record<string, unknown>): Lane {
  for (const metric in values) if (alarmLaneMetrics.has(metric)) return 'alarm';
  return 'telemetry';
}
