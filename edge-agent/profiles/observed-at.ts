const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Epoch ms of an RFC 3339 date-time; null when it is none (a day that does not exist, no zone, an odd shape). */
export function parseRfc3339(text: string): number | null {
  const parts = rfc3339.exec(text);
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return null;
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  // A leap second counts as the second after it, as POSIX time has no name for it.
  const plain = second === 60 ? `${text.slice(0, 17)}59${text.slice(19)}` : text;
  const ms = Date.parse(plain.replace(' ', 'T').toUpperCase());
  if (Number.isNaN(ms) || ms < 0) return null;
  return second === 60 ? ms + 1_000 : ms;
}
