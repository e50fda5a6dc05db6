import type { DeviceKind, Metric, MetricValue } from '@kuzet/contracts/device.ts';
import type { ProfileName, SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Clock } from '@kuzet/lib/clock.ts';

/** Where a device speaks, and what kind of message it is there; a profile names its own kinds. */
export interface ProfileTopic {
  topic: string;
  kind: string;
}

export interface ProfileMessage {
  kind: string;
  payload: Buffer;
  /** The edge's clock, epoch ms. */
  nowMs: number;
}

export type ProfileItem =
  | {
      t: 'reading';
      observedAtMs: number;
      values: Record<string, MetricValue>;
      /** The payload carried `observedAtMs`; left out: it is the edge's clock. */
      ownTime?: true;
      /** The sender's own id or sequence number of this reading, unlike that of any other reading of the device. */
      senderKey?: string;
      /** The sender kept it while it was cut off, and says so: it is stored and raises and clears nothing. */
      historical?: true;
    }
  | { t: 'device-status'; online: boolean };

/**
 * What a message held. Both may be there at once: a smoke alarm is not lost for a broken value beside it, and the
 * broken value is not lost either. Neither: a message that is rightly empty.
 */
export interface ProfileResult {
  items: ProfileItem[];
  /** Why the message, or part of it, was not taken: a clause for people. */
  refused: string | null;
}

/**
 * One vendor's way of saying readings. Never throws, whatever the payload.
 *
 * A stateless profile is `topics`, `unknownDevice`, `ignores` and `read`, and no more. Two things may be added, each by
 * itself: `recognise`, so that devices that nobody declared are offered for adoption with a kind and metrics, and
 * `open`, for a vendor whose messages mean nothing without those before them.
 */
export interface Profile {
  name: ProfileName;
  /**
   * Topics that are one device's alone (two devices on one topic are a fault of the site file). Topics that several
   * devices share, or that are known only from messages, are a reader's: `ProfileReader.route`.
   */
  topics(device: SiteDevice): ProfileTopic[];
  /** The device's name in a topic of this profile that no device of the site file has; null when not of this profile. */
  unknownDevice(topic: string, devices: readonly SiteDevice[]): string | null;
  /** Topics of this profile that hold no reading and are not worth a dead letter. */
  ignores(topic: string, devices: readonly SiteDevice[]): boolean;
  /** Not called where there is `open`: give `readsWithState` there. */
  read(message: ProfileMessage): ProfileResult;
  /**
   * Whether a message on a topic that no device has is of this profile, by its shape, and what device it would be. Left
   * out: what `unknownDevice` names is offered, with the metrics that `read` finds in the message.
   */
  recognise?(message: UnroutedMessage, devices: readonly SiteDevice[]): Sighting | null;
  /** A reader with state of its own; the edge process opens one and gives it every message of the profile. */
  open?(context: ReaderContext): ProfileReader;
}

export interface UnroutedMessage {
  topic: string;
  payload: Buffer;
  nowMs: number;
}

/** A device that nobody declared, as a profile understands it: what a person who adopts it is offered. */
export interface Sighting {
  /** `topic` of the site file's entry that would make it a device; its name in the list, one entry a topic. */
  topic: string;
  /** Any text of the vendor's; it is made to fit an id. */
  id: string;
  /** Null or left out: guessed from the metrics. */
  kind?: DeviceKind | null;
  /** With units as in knownMetrics; what was seen so far, in any order. */
  metrics: Metric[];
  /** The vendor's own name for it. */
  name?: string;
  /** Seconds, where the vendor says how often it speaks. */
  expectedIntervalS?: number;
}

export interface ReaderContext {
  /** For timers too: what `after` does goes out through `emit`. */
  clock: Clock;
  /** Items that time brings and no message (a value that falls back, a device not heard); each names its device. */
  emit(items: readonly (ProfileItem & { device: string })[]): void;
  /**
   * Texts that outlive a restart of the edge agent, by key, for what a vendor says once and a broker may not say again.
   * Bounded; a full one forgets the oldest.
   */
  memory: ReaderMemory;
}

export interface ReaderMemory {
  entries(): Iterable<readonly [key: string, text: string]>;
  /** Null forgets. Written to the disk in the background. */
  set(key: string, text: string | null): void;
}

export interface ReaderMessage extends ProfileMessage {
  topic: string;
  /** The device whose own topic it is; null when `route` named the kind. */
  device: SiteDevice | null;
  /** A broker kept it from before. Readings of it are dropped by the intake; what it declares holds. */
  stale: boolean;
  /** A dead letter that is read once more, `stale` too: what it says is history and must change no state. */
  replayed?: boolean;
}

/** An item of the device whose topic it came on, unless it names another of the same profile by its id. */
export type ReaderItem = ProfileItem & { device?: string };

export interface ReaderResult {
  /** A death certificate of a node is a `device-status` for each device behind it. */
  items: ReaderItem[];
  /** As ProfileResult; `unknown device NAME` for a device that is not in `devices`. */
  refused: string | null;
  /** Devices in this message that are not in the site file. */
  sightings?: Sighting[];
  /** What to say back to the broker that the message came from, QoS 1 (a rebirth request). */
  publish?: { topic: string; payload: Buffer | string }[];
}

/**
 * The state of one profile in one edge process: aliases, sequence numbers, discovery. Messages come one at a time, in
 * the order of each connection. Never throws. What it remembers of strangers must be bounded.
 */
export interface ProfileReader {
  /** The devices of this profile: called before the first message, and again when one is adopted. */
  devices(devices: readonly SiteDevice[]): void;
  /**
   * The kind of a topic that is no device's own (shared by several, or known from messages only); null when it is none
   * of this profile's. Called for every message without a device, so it must be quick.
   */
  route(topic: string): string | null;
  read(message: ReaderMessage): ReaderResult;
  /** Cancels timers. */
  close?(): void;
}

export const refuse = (reason: string): ProfileResult => ({ items: [], refused: reason });

/** `read` of a profile with `open`. */
export const readsWithState = (): ProfileResult => refuse('this profile is read with state');
