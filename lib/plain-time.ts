/**
 * Epoch milliseconds of a time in the form JavaScript writes (`2026-11-22T12:00:00.123Z`), which is nearly all there is;
 * NaN for any other and for a day that does not exist. Several times faster than Date.parse.
 */
export function plainTimeMs(text: string): number {
  if (text !== lastText) {
    lastText = text;
    lastMs = readPlainTime(text);
  }
  return lastMs;
}

/** What comes fast says the same millisecond many times in a row: to compare costs a tenth. */
let lastText = '';
let lastMs = Number.NaN;

function readPlainTime(text: string): number {
  if (text.length !== 24 || text.charCodeAt(10) !== 0x54 || text.charCodeAt(23) !== 0x5a) return Number.NaN;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || text.charCodeAt(19) !== 0x2e) return Number.NaN;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const milli = digits(text, 20, 3);
  // Each is NaN where it is no number, and no comparison holds for that. Date.UTC takes years below 100 for 19xx.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  if (!(hour < 24 && minute < 60 && second < 60 && milli >= 0)) return Number.NaN;
  return Date.UTC(year, month - 1, day, hour, minute, second, milli);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
