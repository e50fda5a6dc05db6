import { hash } from 'node:crypto';
import type { ProfileItem } from '../profiles/profile.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/**
 * What makes a reading the same one when its sender sends it again: 16 one-byte characters, or null where nothing does.
 * The device and the sender's own key; or the device, the time that the payload carries, and the values. Never the
 * packet id or the DUP flag, which say nothing over a reconnect: two equal readings without a time are two readings.
 *
 * SHA-256 cut to 128 bits: of a million remembered readings the chance to meet one's key by accident is 3e-33, and no
 * sensor can make one that silences another.
 * @param index place among the items of its message: two equal items of one message are two.
 * @param valuesText the item's values in JSON, where the caller has them.
 */
export function readingKey(
  device: string,
  item: ProfileItem,
  index: number,
  nowMs: number,
  valuesText?: string,
): string | null {
  if (item.t !== 'reading') return null;
  const { observedAtMs, ownTime, senderKey, values } = item;
  let what: string;
  if (senderKey !== undefined) what = `k${ownTime ? observedAtMs : ''}\n${senderKey}`;
  // A clock that nobody believes may stand still, and then every reading would look like the one before.
  else if (ownTime && observedAtMs > nowMs - dayMs && observedAtMs <= nowMs + minuteMs) {
    what = `t${observedAtMs}\n${valuesText ?? JSON.stringify(values)}`;
  } else return null;
  return hash('sha256', `${device}\n${index}\n${what}`, 'binary').slice(0, 16);
}
