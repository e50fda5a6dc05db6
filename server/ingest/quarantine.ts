import { topics } from '@kuzet/contracts/topics.ts';
import { type Lane, maxDeadLetterBytes, type UplinkItem } from '@kuzet/contracts/uplink.ts';
import type { DeadLetterRow } from './ports.ts';

/** An item that came whole and well-formed but cannot be used. */
export function refusedLetter(
  edge: string,
  lane: Lane,
  at: Date,
  item: UplinkItem | unknown,
  reason: string,
): DeadLetterRow {
  const payload = Buffer.from(JSON.stringify(item));
  return letter(edge, topics.uplink(edge, lane), at, payload, reason);
}

export function letter(edgeId: string, topic: string, at: Date, payload: Buffer, reason: string): DeadLetterRow {
  return {
    edgeId,
    at,
    topic,
    reason: reason.slice(0, 1_000),
    payload: payload.subarray(0, maxDeadLetterBytes),
    payloadBytes: payload.length,
  };
}
