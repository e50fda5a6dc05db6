import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { ProfileName, SiteDevice } from '@kuzet/contracts/site-file.ts';

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
  | { t: 'reading'; observedAtMs: number; values: Record<string, MetricValue> }
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

/** One vendor's way of saying readings, without state. Never throws, whatever the payload. */
export interface Profile {
  name: ProfileName;
  topics(device: SiteDevice): ProfileTopic[];
  /** The device's name in a topic of this profile that no device of the site file has; null when not of this profile. */
  unknownDevice(topic: string, devices: readonly SiteDevice[]): string | null;
  /** Topics of this profile that hold no reading and are not worth a dead letter. */
  ignores(topic: string, devices: readonly SiteDevice[]): boolean;
  read(message: ProfileMessage): ProfileResult;
}

export const refuse = (reason: string): ProfileResult => ({ items: [], refused: reason });
