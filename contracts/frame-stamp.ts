/**
 * The frame stamp: a barcode that the camera simulator lays over the top edge of every frame it sends, so that a test
 * can prove from pixels alone that a tile shows this camera, now. Its geometry is relative to the picture, so it can be
 * read from a screenshot of a tile of any size: a band `stampBandHeight` of the picture high, across the full width,
 * `stampCellCount` cells of equal width, the first cell at the left, a light cell being 1.
 *
 *     cells  0..3   start marker 1010
 *     cells  4..15  camera number, most significant bit first
 *     cells 16..56  epoch milliseconds of sending, most significant bit first
 *     cells 57..72  CRC-16/CCITT-FALSE over cells 4..56 (zero-padded on the right to whole bytes)
 *     cells 73..79  end marker 1100101
 */
export interface FrameStamp {
  /** The camera's number, 0..4095. */
  camera: number;
  /** When the frame was sent, by the clock of the machine that sent it. */
  epochMs: number;
}

export const stampCellCount = 80;
/** Height of the band, as a part of the picture's height: 8 of 360 lines, 16 of 720. */
export const stampBandHeight = 1 / 45;
/** Luma (limited range) of a dark and of a light cell as the simulator sends them. */
export const stampLuma = { dark: 24, light: 64 } as const;
export const stampMaxCamera = 4095;

const startMarker = [1, 0, 1, 0] as const;
const endMarker = [1, 1, 0, 0, 1, 0, 1] as const;
const cameraBits = 12;
const timeBits = 41;
const crcBits = 16;
const payloadStart = startMarker.length;
const crcStart = payloadStart + cameraBits + timeBits;
const endStart = crcStart + crcBits;
/** Light and dark cells must differ by this much of 0..255 to count as a barcode at all. */
const minContrast = 12;

/**
 * The cells of one stamp, 0 dark and 1 light.
 * @throws RangeError when the camera number or the time does not fit.
 */
export function encodeFrameStamp(stamp: FrameStamp): Uint8Array {
  if (!Number.isInteger(stamp.camera) || stamp.camera < 0 || stamp.camera > stampMaxCamera) {
    throw new RangeError(`camera number ${stamp.camera} is not a whole number of 0..${stampMaxCamera}`);
  }
  if (!Number.isInteger(stamp.epochMs) || stamp.epochMs < 0 || stamp.epochMs >= 2 ** timeBits) {
    throw new RangeError(`epochMs ${stamp.epochMs} does not fit ${timeBits} bits`);
  }
  const cells = new Uint8Array(stampCellCount);
  cells.set(startMarker, 0);
  writeBits(cells, payloadStart, cameraBits, stamp.camera);
  writeBits(cells, payloadStart + cameraBits, timeBits, stamp.epochMs);
  writeBits(cells, crcStart, crcBits, crcOfCells(cells));
  cells.set(endMarker, endStart);
  return cells;
}

/** Reads cells back; null unless both markers and the check bits are right. */
export function decodeFrameStamp(cells: ArrayLike<number>): FrameStamp | null {
  if (cells.length !== stampCellCount) return null;
  if (startMarker.some((bit, i) => cells[i] !== bit)) return null;
  if (endMarker.some((bit, i) => cells[endStart + i] !== bit)) return null;
  if (readBits(cells, crcStart, crcBits) !== crcOfCells(cells)) return null;
  return {
    camera: readBits(cells, payloadStart, cameraBits),
    epochMs: readBits(cells, payloadStart + cameraBits, timeBits),
  };
}

/** Pixels with their own size: a screenshot, a canvas, a decoded frame. */
export interface StampImage {
  width: number;
  height: number;
  /** `channels` bytes a pixel, row after row; the first three are red, green and blue (or all luma). */
  data: ArrayLike<number>;
  /** 4 for RGBA (default), 3 for RGB, 1 for grey. */
  channels?: 1 | 3 | 4;
}

/** Where the whole picture lies in the image, in pixels; fractions are welcome. */
export interface StampRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Reads the stamp of the picture that fills `rect` (default: the whole image). Needs about two pixels a cell, i.e. a
 * picture 160 pixels wide or more. Null when no valid stamp is there: hidden, black, covered, torn or too small.
 */
export function readFrameStamp(image: StampImage, rect?: StampRect): FrameStamp | null {
  const area = rect ?? { x: 0, y: 0, width: image.width, height: image.height };
  const bandHeight = area.height * stampBandHeight;
  // A scaled band bleeds at both edges, and a tile may lie a fraction of a pixel off: the middle first, then around it.
  for (const depth of [0.5, 0.35, 0.65, 0.2]) {
    for (const shift of [0, 0.2, -0.2]) {
      const stamp = readRow(image, area, area.y + bandHeight * depth, shift);
      if (stamp) return stamp;
    }
  }
  return null;
}

function readRow(image: StampImage, area: StampRect, y: number, shift: number): FrameStamp | null {
  const cellWidth = area.width / stampCellCount;
  const levels = new Float64Array(stampCellCount);
  for (let i = 0; i < stampCellCount; i++) {
    const level = sample(image, area.x + (i + 0.5 + shift) * cellWidth, y, cellWidth * 0.25);
    if (level === null) return null;
    levels[i] = level;
  }
  const threshold = thresholdFromMarkers(levels);
  if (threshold === null) return null;
  return decodeFrameStamp(Array.from(levels, (level) => (level > threshold ? 1 : 0)));
}

/** The markers tell what light and dark are in this picture, whatever was done to its brightness. */
function thresholdFromMarkers(levels: Float64Array): number | null {
  let light = Number.POSITIVE_INFINITY;
  let dark = Number.NEGATIVE_INFINITY;
  const look = (bit: number, level: number) => {
    if (bit === 1) light = Math.min(light, level);
    else dark = Math.max(dark, level);
  };
  startMarker.forEach((bit, i) => {
    look(bit, levels[i]!);
  });
  endMarker.forEach((bit, i) => {
    look(bit, levels[endStart + i]!);
  });
  return light - dark < minContrast ? null : (light + dark) / 2;
}

/** Mean brightness of the pixels within `reach` of (x, y) along the row, or null outside the image. */
function sample(image: StampImage, x: number, y: number, reach: number): number | null {
  const row = Math.floor(y);
  const from = Math.floor(x - reach);
  const to = Math.floor(x + reach);
  if (row < 0 || row >= image.height || from < 0 || to >= image.width) return null;
  const channels = image.channels ?? 4;
  let sum = 0;
  for (let column = from; column <= to; column++) {
    const at = (row * image.width + column) * channels;
    sum +=
      channels === 1
        ? image.data[at]!
        : 0.2126 * image.data[at]! + 0.7152 * image.data[at + 1]! + 0.0722 * image.data[at + 2]!;
  }
  return sum / (to - from + 1);
}

function writeBits(cells: Uint8Array, start: number, count: number, value: number): void {
  let rest = value;
  for (let i = count - 1; i >= 0; i--) {
    cells[start + i] = rest % 2;
    rest = Math.floor(rest / 2);
  }
}

function readBits(cells: ArrayLike<number>, start: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 2 + cells[start + i]!;
  return value;
}

function crcOfCells(cells: ArrayLike<number>): number {
  let crc = 0xffff;
  for (let at = payloadStart; at < crcStart; at += 8) {
    let byte = 0;
    for (let i = 0; i < 8; i++) byte = byte * 2 + (at + i < crcStart ? cells[at + i]! : 0);
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
