import { plainTimeMs } from '@kuzet/lib/plain-time.ts';

const rfc3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Epoch ms of an RFC 3339 date-time; null when it is none (a day that does not exist, no zone, an odd shape). */
export function parseRfc3339(text: string): number | null {
  const plain = plainTimeMs(text);
  if (plain >= 0) return plain;
  if (!rfc3339.test(text)) return null;
  const day = Number(text.slice(8, 10));
  if (day > 28 && day > new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()) {
    return null;
  }
  // A leap second counts as the second after it, as POSIX time has no name for it.
  const leap = text.slice(17, 19) === '60';
  const regular = leap ? `${text.slice(0, 17)}59${text.slice(19)}` : text;
  const ms = Date.parse(regular.replace(' ', 'T').toUpperCase());
  if (Number.isNaN(ms) || ms < 0) return null;
  return leap ? ms + 1_000 : ms;
}
