import type { ArrayParam, Column, Rows } from './database.ts';

/** From so many on COPY is quicker than arrays; below, its round of messages costs more than it saves (measured). */
const worthACopy = 2_000;
const epochMs = Date.UTC(2000, 0, 1);
const signature = 'PGCOPY\n\xff\r\n\0';

/** How rows go into their table: by COPY with all of them in its binary form, or by one statement with an array a column. */
export type PreparedRows = Rows & ({ copy: string; data: Buffer } | { copy: null; sql: string; params: ArrayParam[] });

/** @param copies whether the database takes COPY. */
export function prepareRows(table: string, columns: readonly Column[], copies: boolean): PreparedRows {
  const count = columns[0]?.values.length ?? 0;
  const names = columns.map(({ name }) => name).join(', ');
  if (copies && count >= worthACopy)
    return { count, copy: `copy ${table} (${names}) from stdin (format binary)`, data: encodeRows(columns, count) };
  // One statement whatever the number of rows, so that it is prepared once; arrays beat VALUES lists.
  const taken = columns.map(({ name, type }) => (type === 'timestamptz' ? `to_timestamp(${name} / 1000)` : name));
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type === 'text' ? 'text' : 'float8'}[]`);
  return {
    count,
    copy: null,
    sql: `insert into ${table} (${names}) select ${taken.join(', ')} from unnest(${arrays.join(', ')}) as t (${names})`,
    params: columns.map(({ type, values }) => ({ arrayOf: type === 'text' ? 'text' : 'float8', values }) as ArrayParam),
  };
}

/** PostgreSQL's binary form of COPY: a header, each row as its fields with their lengths, and an end. */
function encodeRows(columns: readonly Column[], count: number): Buffer {
  let most = 32 + count * (2 + columns.length * 12);
  for (const column of columns) {
    if (column.type === 'text') for (const value of column.values) most += (value?.length ?? 0) * 3;
  }
  const buffer = Buffer.allocUnsafe(most);
  let at = buffer.write(signature, 'latin1');
  at = buffer.writeInt32BE(0, at);
  at = buffer.writeInt32BE(0, at);
  for (let row = 0; row < count; row++) {
    at = buffer.writeInt16BE(columns.length, at);
    for (const { type, values } of columns) {
      const value = values[row] ?? null;
      if (value === null) at = buffer.writeInt32BE(-1, at);
      else if (type === 'text') {
        const bytes = writeText(buffer, value as string, at + 4);
        at = buffer.writeInt32BE(bytes, at) + bytes;
      } else {
        at = buffer.writeInt32BE(8, at);
        at = type === 'float8' ? buffer.writeDoubleBE(value as number, at) : writeTime(buffer, value as number, at);
      }
    }
  }
  at = buffer.writeInt16BE(-1, at);
  return buffer.subarray(0, at);
}

/** Microseconds since 2000. */
function writeTime(buffer: Buffer, ms: number, at: number): number {
  const us = Math.round((ms - epochMs) * 1_000);
  const high = Math.floor(us / 2 ** 32);
  buffer.writeInt32BE(high, at);
  return buffer.writeUInt32BE(us - high * 2 ** 32, at + 4);
}

/** Ids and metrics are short and ASCII, and a call into the runtime for each costs more than their bytes. */
function writeText(buffer: Buffer, text: string, at: number): number {
  const { length } = text;
  if (length > 40) return buffer.write(text, at);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return buffer.write(text, at);
    buffer[at + i] = code;
  }
  return length;
}
