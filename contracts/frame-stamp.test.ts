import { describe, expect, it } from 'vitest';
import {
  decodeFrameStamp,
  encodeFrameStamp,
  readFrameStamp,
  stampBandHeight,
  stampCellCount,
  stampMaxCamera,
} from './frame-stamp.ts';

const stamp = { camera: 412, epochMs: Date.UTC(2026, 10, 22, 18, 32, 7, 123) };

/** A grey screenshot with the stamped picture drawn into `rect`, antialiased across, as a browser scales it. */
function screenshot(cells: ArrayLike<number>, rect: { x: number; y: number; width: number; height: number }) {
  const width = 500;
  const height = 320;
  const data = new Uint8Array(width * height).fill(90);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const down = (y + 0.5 - rect.y) / rect.height;
      if (down < 0 || down >= stampBandHeight) continue;
      let sum = 0;
      let inside = 0;
      for (let part = 0; part < 8; part++) {
        const across = (x + (part + 0.5) / 8 - rect.x) / rect.width;
        if (across < 0 || across >= 1) continue;
        inside++;
        sum += cells[Math.floor(across * stampCellCount)] ? 56 : 9;
      }
      if (inside > 0) data[y * width + x] = sum / inside;
    }
  }
  return { width, height, data, channels: 1 as const };
}

describe('frame stamp', () => {
  it('comes back from its cells', () => {
    expect(decodeFrameStamp(encodeFrameStamp(stamp))).toEqual(stamp);
    const largest = { camera: stampMaxCamera, epochMs: 2 ** 41 - 1 };
    expect(decodeFrameStamp(encodeFrameStamp(largest))).toEqual(largest);
  });

  it('refuses what does not fit', () => {
    expect(() => encodeFrameStamp({ camera: 4096, epochMs: 0 })).toThrow(RangeError);
    expect(() => encodeFrameStamp({ camera: 1, epochMs: 2 ** 41 })).toThrow(RangeError);
    expect(() => encodeFrameStamp({ camera: 1, epochMs: 1.5 })).toThrow(RangeError);
  });

  it('does not decode when any one cell is wrong', () => {
    const cells = encodeFrameStamp(stamp);
    for (let i = 0; i < stampCellCount; i++) {
      const torn = Uint8Array.from(cells);
      torn[i] = 1 - torn[i]!;
      expect(decodeFrameStamp(torn), `cell ${i}`).toBeNull();
    }
  });

  it.each([
    { x: 10, y: 20, width: 376, height: 212 },
    { x: 3.4, y: 7.7, width: 281.5, height: 158.3 },
    { x: 0, y: 0, width: 480, height: 270 },
    { x: 100.5, y: 40.5, width: 213, height: 120 },
  ])('is read from a screenshot of a tile at $x,$y of $width x $height', (rect) => {
    expect(readFrameStamp(screenshot(encodeFrameStamp(stamp), rect), rect)).toEqual(stamp);
  });

  it('is not read where there is none', () => {
    const rect = { x: 10, y: 20, width: 376, height: 212 };
    const shot = screenshot(encodeFrameStamp(stamp), rect);
    expect(readFrameStamp(shot, { ...rect, y: 120 })).toBeNull();
    expect(readFrameStamp(shot, { ...rect, x: 60 })).toBeNull();
    expect(readFrameStamp({ ...shot, data: new Uint8Array(shot.data.length) }, rect)).toBeNull();
    expect(readFrameStamp(shot, { x: 400, y: 300, width: 376, height: 212 })).toBeNull();
  });
});
