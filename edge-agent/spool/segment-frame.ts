import { crc32 } from 'node:zlib';

/**
 * A record on disk: length of the text (u32 LE), CRC-32 of what follows (u32 LE), then the text in UTF-8. With the
 * highest bit of the length set, a key and its time (u32 LE, epoch seconds) stand before the text.
 */
export const frameHeaderBytes = 8;

/** A length beyond this is not a record but a torn or foreign one. */
export const maxRecordBytes = 8 * 1024 * 1024;

/** Length of a record's key, which is text with one byte a character. */
export const keyBytes = 16;
/** A key and its time. */
export const keyEntryBytes = keyBytes + 4;
const keyed = 0x8000_0000;

/**
 * A framer makes all texts one buffer, so that a group is one write. It is the same buffer each time: what it gave is
 * good until it is called again. `keys` has an entry for each text, null where it has none.
 */
export function createFramer(): (texts: readonly string[], keys?: readonly (string | null)[], nowS?: number) => Buffer {
  let buffer = Buffer.alloc(0);
  return (texts, keys = [], nowS = 0) => {
    let needed = 0;
    // UTF-8 has at most three bytes for a UTF-16 unit. Counting them would cost a look at each text.
    for (const text of texts) needed += frameHeaderBytes + keyEntryBytes + text.length * 3;
    if (buffer.length < needed || buffer.length > Math.max(needed * 4, keptFrameBytes))
      buffer = Buffer.allocUnsafeSlow(needed);
    let at = 0;
    for (let index = 0; index < texts.length; index++) {
      const key = keys[index];
      const start = at + frameHeaderBytes;
      let textAt = start;
      if (key) {
        writeKeyEntry(buffer, start, key, nowS);
        textAt += keyEntryBytes;
      }
      const length = buffer.write(texts[index]!, textAt);
      const end = textAt + length;
      buffer.writeUInt32LE(key ? (length | keyed) >>> 0 : length, at);
      buffer.writeUInt32LE(crc32(buffer.subarray(start, end)), at + 4);
      at = end;
    }
    return buffer.subarray(0, at);
  };
}
/** A buffer of this size is kept for small groups too. */
const keptFrameBytes = 1_048_576;

export interface KeyEntry {
  key: string;
  /** Epoch seconds. */
  timeS: number;
}

export function writeKeyEntry(buffer: Buffer, at: number, key: string, timeS: number): void {
  buffer.write(key, at, keyBytes, 'latin1');
  buffer.writeUInt32LE(timeS, at + keyBytes);
}

export const readKeyEntry = (buffer: Buffer, at: number): KeyEntry => ({
  key: buffer.toString('latin1', at, at + keyBytes),
  timeS: buffer.readUInt32LE(at + keyBytes),
});

export interface ParsedRecords {
  texts: string[];
  /** Bytes of the buffer that those records fill. */
  bytes: number;
  /** `cut`: the next record goes beyond the buffer. `broken`: what comes next is not a record. */
  ending: 'clean' | 'cut' | 'broken' | 'limit';
}

/**
 * Reads whole records from the front of a buffer, up to `maxItems` and about `maxBytes` of text, at least one.
 * @param onKey gets the key of every record that has one.
 */
export function parseRecords(
  buffer: Buffer,
  maxItems: number,
  maxBytes: number,
  onKey?: (entry: KeyEntry) => void,
): ParsedRecords {
  const texts: string[] = [];
  let at = 0;
  let textBytes = 0;
  while (at < buffer.length) {
    if (texts.length >= maxItems || textBytes >= maxBytes) return { texts, bytes: at, ending: 'limit' };
    if (buffer.length - at < frameHeaderBytes) return { texts, bytes: at, ending: 'cut' };
    const word = buffer.readUInt32LE(at);
    const hasKey = word >= keyed;
    const length = hasKey ? word - keyed : word;
    if (length === 0 || length > maxRecordBytes) return { texts, bytes: at, ending: 'broken' };
    const start = at + frameHeaderBytes;
    const textAt = hasKey ? start + keyEntryBytes : start;
    const end = textAt + length;
    if (buffer.length < end) return { texts, bytes: at, ending: 'cut' };
    if (crc32(buffer.subarray(start, end)) !== buffer.readUInt32LE(at + 4))
      return { texts, bytes: at, ending: 'broken' };
    if (hasKey) onKey?.(readKeyEntry(buffer, start));
    texts.push(buffer.toString('utf8', textAt, end));
    textBytes += length;
    at = end;
  }
  return { texts, bytes: at, ending: 'clean' };
}
