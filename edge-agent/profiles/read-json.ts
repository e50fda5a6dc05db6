import { isUtf8 } from 'node:buffer';

const byteOrderMark = 0xfeff;

/** The payload as a JSON object, or why it is none: a clause for people. */
export function readJsonObject(payload: Buffer): { object: Record<string, unknown> } | { refused: string } {
  if (payload.length === 0) return { refused: 'the payload is empty' };
  if (!isUtf8(payload)) return { refused: 'not UTF-8 text' };
  let value: unknown;
  try {
    const text = payload.toString('utf8');
    value = JSON.parse(text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text);
  } catch {
    return { refused: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { refused: `a JSON object is expected, not ${describe(value)}` };
  }
  return { object: value as Record<string, unknown> };
}

/** What a value is, in a word, without its content. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'a number too large to hold';
  if (typeof value === 'boolean') return 'true or false';
  return 'an object';
}
