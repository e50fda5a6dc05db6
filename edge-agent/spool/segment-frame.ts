import { crc32 } from 'node:zlib';

/** A record on disk: length (u32 LE), CRC-32 of the text (u32 LE), then the text in UTF-8. */
export const frameHeaderBytes = 8;

/** A length beyond this is not a record but a torn or foreign one. */
export const maxRecordBytes = 8 * 1024 * 1024;

/** All texts as one buffer, so that a group is one write. */
export function frameRecords(texts: readonly string[]): Buffer {
  let total = 0;
  for (const text of texts) total += frameHeaderBytes + Buffer.byteLength(text);
  const buffer = Buffer.allocUnsafe(total);
  let at = 0;
  for (const text of texts) {
    const length = buffer.write(text, at + frameHeaderBytes);
    buffer.writeUInt32LE(length, at);
    buffer.writeUInt32LE(crc32(buffer.subarray(at + frameHeaderBytes, at + frameHeaderBytes + length)), at + 4);
    at += frameHeaderBytes + length;
  }
  return buffer;
}

export interface ParsedRecords {
  texts: string[];
  /** Bytes of the buffer that those records fill. */
  bytes: number;
  /** `cut`: the next record goes beyond the buffer. `broken`: what comes next is not a record. */
  ending: 'clean' | 'cut' | 'broken' | 'limit';
}

/** Reads whole records from the front of a buffer, up to `maxItems` and about `maxBytes` of text, at least one. */
export function parseRecords(buffer: Buffer, maxItems: number, maxBytes: number): ParsedRecords {
  const texts: string[] = [];
  let at = 0;
  let textBytes = 0;
  while (at < buffer.length) {
    if (texts.length >= maxItems || textBytes >= maxBytes) return { texts, bytes: at, ending: 'limit' };
    if (buffer.length - at < frameHeaderBytes) return { texts, bytes: at, ending: 'cut' };
    const length = buffer.readUInt32LE(at);
    if (length === 0 || length > maxRecordBytes) return { texts, bytes: at, ending: 'broken' };
    const start = at + frameHeaderBytes;
    if (buffer.length - start < length) return { texts, bytes: at, ending: 'cut' };
    const body = buffer.subarray(start, start + length);
    if (crc32(body) !== buffer.readUInt32LE(at + 4)) return { texts, bytes: at, ending: 'broken' };
    texts.push(body.toString('utf8'));
    textBytes += length;
    at = start + length;
  }
  return { texts, bytes: at, ending: 'clean' };
}
