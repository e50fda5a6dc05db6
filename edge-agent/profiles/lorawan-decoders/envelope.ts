import type { DeviceKind } from '@kuzet/contracts/device.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { parseRfc3339 } from '../observed-at.ts';

/** What kind of device it is decides what its bytes mean: the topic's kind carries it, `up/smoke-detector`. */
export const uplinkKind = (device: SiteDevice): string => `up/${device.kind}`;
export const deviceKindOf = (kind: string): DeviceKind => kind.slice(kind.indexOf('/') + 1) as DeviceKind;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first of these that is a time; the edge's clock when none is. */
export function senderTime(said: unknown, nowMs: number, ...others: unknown[]) {
  for (const text of [said, ...others]) {
    const ms = typeof text === 'string' ? parseRfc3339(text) : null;
    if (ms !== null) return { observedAtMs: ms, ownTime: true };
  }
  return { observedAtMs: nowMs, ownTime: false };
}
