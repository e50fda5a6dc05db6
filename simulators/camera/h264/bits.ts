/** Writes an H.264 raw byte sequence payload bit by bit. */
export interface BitWriter {
  bits(value: number, count: number): void;
  /** Unsigned Exp-Golomb (9.1). */
  ue(value: number): void;
  /** Signed Exp-Golomb (9.1.1). */
  se(value: number): void;
  /** Stop bit and alignment zeros (7.3.2.11), and the bytes. */
  finish(): Uint8Array;
}

export function createBitWriter(capacityBytes = 1024): BitWriter {
  let bytes = new Uint8Array(capacityBytes);
  let length = 0;
  let current = 0;
  let filled = 0;

  const bit = (value: number) => {
    current = (current << 1) | value;
    filled++;
    if (filled < 8) return;
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    bytes[length++] = current;
    current = 0;
    filled = 0;
  };
  const writer: BitWriter = {
    bits(value, count) {
      for (let i = count - 1; i >= 0; i--) bit((value >>> i) & 1);
    },
    ue(value) {
      const size = 32 - Math.clz32(value + 1);
      writer.bits(0, size - 1);
      writer.bits(value + 1, size);
    },
    se(value) {
      writer.ue(value > 0 ? 2 * value - 1 : -2 * value);
    },
    finish() {
      bit(1);
      while (filled !== 0) bit(0);
      return bytes.slice(0, length);
    },
  };
  return writer;
}

/** Reads an H.264 raw byte sequence payload bit by bit; emulation prevention must be removed before. */
export interface BitReader {
  bits(count: number): number;
  ue(): number;
  se(): number;
  /** Bits read so far. */
  position(): number;
  /** Bits before the stop bit. */
  readonly length: number;
}

/** Reading past the end throws RangeError. */
export function createBitReader(rbsp: Uint8Array): BitReader {
  let at = 0;
  let last = rbsp.length - 1;
  while (last >= 0 && rbsp[last] === 0) last--;
  const length = last < 0 ? 0 : last * 8 + 7 - Math.log2(rbsp[last]! & -rbsp[last]!);

  const bit = (): number => {
    if (at >= length) throw new RangeError('read past the end of the payload');
    const value = (rbsp[at >> 3]! >> (7 - (at & 7))) & 1;
    at++;
    return value;
  };
  const reader: BitReader = {
    length,
    position: () => at,
    bits(count) {
      let value = 0;
      for (let i = 0; i < count; i++) value = value * 2 + bit();
      return value;
    },
    ue() {
      let zeros = 0;
      while (bit() === 0) zeros++;
      return 2 ** zeros - 1 + reader.bits(zeros);
    },
    se() {
      const code = reader.ue();
      return code % 2 === 1 ? (code + 1) / 2 : 0 - code / 2;
    },
  };
  return reader;
}
