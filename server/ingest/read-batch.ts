import { isAscii } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { idPattern } from '@kuzet/contracts/common.ts';
import { type Lane, lanes, type ReadingItem, UplinkBatch, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { plainTimeMs } from '@kuzet/lib/plain-time.ts';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** 5,000 readings are about 1 MB; an inventory of 50,000 devices about 25 MB. Beyond, it is an attack or a bug. */
export const maxBatchBytes = 32 * 1024 * 1024;

const oneItem = Compile(UplinkItem);
const envelope = Compile(
  Type.Object({ ...UplinkBatch.properties, items: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 5000 }) }),
);

export interface RefusedItem {
  item: unknown;
  reason: string;
}
export type ReadBatch =
  /** `refused` items hold their place in the sequence as dead letters. */
  | { ok: true; batch: UplinkBatch; refused: number }
  /** Not even its sequence numbers can be told. */
  | { ok: false; reason: string };

/**
 * Turns a message on topics.uplink into a batch that the database can take: unpacked within a bound, checked item by
 * item, cleaned of what PostgreSQL cannot store in text (NUL, half surrogates). An item that does not fit becomes a
 * dead letter in its own place, so that it holds up nothing behind it.
 */
export function readBatch(topic: string, message: Buffer, at: string): ReadBatch {
  let text: string;
  let json: unknown;
  try {
    const bytes = gunzipSync(message, { maxOutputLength: maxBatchBytes });
    // Nearly all is ASCII, which needs no decoding.
    text = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
  } catch (cause) {
    const isTooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return { ok: false, reason: isTooLarge ? `larger than ${maxBatchBytes} bytes unpacked` : 'not gzip' };
  }
  if (text.length > usualLength && isDeep(text)) return { ok: false, reason: `nested more than ${maxDepth} deep` };
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
  // Only an escape can carry either into a string that came as UTF-8.
  if (/\\u(0000|[dD][89a-fA-F])/.test(text)) json = clean(json);
  if (!envelope.Check(json)) return { ok: false, reason: `not an uplink batch: ${firstFault(envelope, json)}` };
  const [edge, lane] = topic.split('/').slice(-2);
  if (json.edge !== edge || json.lane !== lane || !lanes.includes(json.lane as Lane)) {
    return { ok: false, reason: 'edge or lane is not the one of its topic' };
  }
  if (json.items.every(isPlainReading)) return { ok: true, batch: json as UplinkBatch, refused: 0 };

  let refused = 0;
  const items = json.items.map((item): UplinkItem => {
    if (isPlainReading(item) || (oneItem.Check(item) && hasRealTimes(item))) return item;
    refused += 1;
    const payload = Buffer.from(JSON.stringify(item));
    return {
      t: 'dead-letter',
      at,
      topic,
      reason: `not an uplink item: ${oneItem.Check(item) ? 'a time that does not exist' : firstFault(oneItem, item)}`,
      payloadBase64: payload.toString('base64'),
      payloadBytes: payload.length,
    };
  });
  return { ok: true, batch: { ...json, items } as UplinkBatch, refused };
}

/** Brackets alone pack 1,000 to 1 and keep JSON.parse busy for seconds; a batch is five deep at most. */
function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) inString = !inString;
    else if (!inString) {
      if (code === 0x5b || code === 0x7b) {
        if (++depth > maxDepth) return true;
      } else if (code === 0x5d || code === 0x7d) depth--;
    }
  }
  return false;
}
const maxDepth = 32;
/** Above what an edge agent sends unless told otherwise: what comes every few milliseconds is not looked through. */
const usualLength = 2_097_152;

/**
 * Whether an item is a reading without anything optional, as nearly all are: what this takes, the schema and
 * `hasRealTimes` take too, at ten times the cost. What it does not take is for them to judge.
 */
function isPlainReading(item: unknown): item is ReadingItem {
  if (typeof item !== 'object' || item === null) return false;
  for (const key in item) if (!plainKeys.has(key)) return false;
  const { t, device, observedAt, receivedAt, values } = item as Record<string, unknown>;
  if (t !== 'reading' || typeof device !== 'string' || !id.test(device)) return false;
  if (typeof observedAt !== 'string' || !(plainTimeMs(observedAt) > firstTimeMs)) return false;
  if (typeof receivedAt !== 'string' || !(plainTimeMs(receivedAt) > firstTimeMs)) return false;
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return false;
  for (const metric in values) {
    const value = (values as Record<string, unknown>)[metric];
    if (typeof value !== 'boolean' && typeof value !== 'string' && !Number.isFinite(value)) return false;
  }
  return true;
}
const plainKeys = new Set(['t', 'device', 'observedAt', 'receivedAt', 'values']);
const id = new RegExp(idPattern);

/** The format lets through 31 February and years that a timestamp cannot hold. */
function hasRealTimes(item: UplinkItem): boolean {
  const times =
    item.t === 'reading'
      ? [item.observedAt, item.receivedAt]
      : item.t === 'camera-status'
        ? [item.at, item.lastFrameAt]
        : [item.at];
  return times.every((time) => time === null || Date.parse(time) > firstTimeMs);
}
const firstTimeMs = Date.UTC(1900, 0, 1);

function firstFault(
  validator: { Errors(value: unknown): { instancePath: string; message: string }[] },
  value: unknown,
) {
  const [fault] = validator.Errors(value);
  return fault ? `${fault.instancePath || '(top)'} ${fault.message}` : 'does not fit its schema';
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').replace(loneSurrogate, '\ufffd');
  if (Array.isArray(value)) return value.map(clean);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), clean(inner)]));
  }
  return value;
}
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
