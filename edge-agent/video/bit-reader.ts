export interface BitReader {
  /** @throws RangeError past the end. */
  read(count: number): number;
  /** @throws RangeError past the end. */
  skip(count: number): void;
  /** Exp-Golomb. @throws RangeError past the end or beyond 32 bits. */
  ue(): number;
}

export function createBitReader(bytes: Buffer): BitReader {
  let at = 0;
  const bit = () => {
    const byte = bytes[at >> 3];
    if (byte === undefined) throw new RangeError('past the end');
    return (byte >> (7 - (at++ & 7))) & 1;
  };
  const read = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + bit();
    return value;
  };
  return {
    read,
    skip(count) {
      at += count;
      if (at > bytes.length * 8) throw new RangeError('past the end');
    },
    ue() {
      let zeros = 0;
      while (bit() === 0) if (++zeros > 31) throw new RangeError('not an Exp-Golomb code');
      return 2 ** zeros - 1 + read(zeros);
    },
  };
}

/** What `read` makes of the bits; null where they end too early or hold no code. */
export function readBits<T>(bytes: Buffer, read: (bits: BitReader) => T | null): T | null {
  try {
    return read(createBitReader(withoutEscapes(bytes)));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Takes out the emulation prevention bytes of H.264 and H.265: 00 00 03 → 00 00. */
export function withoutEscapes(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    out[length++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, length);
}
