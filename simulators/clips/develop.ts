import { createRandom } from '@kuzet/lib/seeded-random.ts';
import type { Picture } from './raster.ts';

/** How a surveillance camera at night shows what its lens got. */
export interface Development {
  exposure: number;
  /** 0 grey, 1 as lit. */
  saturation: number;
  /** How much darker the corners are, 0..1. */
  vignette: number;
  /** Light scattered in the lens, 0..1. */
  bloom: number;
  /** Fixed-pattern noise, levels of 255. Does not move, so that it costs bits in key frames only. */
  grain: number;
  /** Cold (below 0) or warm cast. */
  warmth: number;
}

export const nightDevelopment: Development = {
  exposure: 1,
  saturation: 0.62,
  vignette: 0.42,
  bloom: 0.22,
  grain: 2.2,
  warmth: -0.02,
};

/** Turns linear light into the RGB bytes of a frame. */
export function createDeveloper(
  width: number,
  height: number,
  settings: Development,
): (picture: Picture) => Uint8Array {
  const random = createRandom(7);
  const grain = Float32Array.from({ length: width * height }, () => (random() + random() - 1) * settings.grain);
  const shade = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = (x / width - 0.5) * 2;
      const dy = (y / height - 0.5) * 2;
      const off = Math.min(1, (dx * dx * 0.75 + dy * dy * 0.5) / 1.25);
      shade[y * width + x] = 1 - settings.vignette * off * off;
    }
  }
  const curve = Uint8Array.from({ length: 4096 }, (_, i) => Math.round(255 * (i / 4095) ** (1 / 2.2)));
  const tone = (light: number) => 1 - Math.exp(-light);

  return (picture) => {
    const soft = softened(picture);
    const scattered = settings.bloom > 0 ? bloomOf(soft, width, height) : null;
    const out = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) {
      const gain = settings.exposure * shade[i]!;
      let r = soft[i * 3]!;
      let g = soft[i * 3 + 1]!;
      let b = soft[i * 3 + 2]!;
      if (scattered) {
        r += scattered[i * 3]! * settings.bloom;
        g += scattered[i * 3 + 1]! * settings.bloom;
        b += scattered[i * 3 + 2]! * settings.bloom;
      }
      r = tone(r * gain * (1 + settings.warmth));
      g = tone(g * gain);
      b = tone(b * gain * (1 - settings.warmth));
      const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      const noise = grain[i]!;
      for (const [channel, value] of [r, g, b].entries()) {
        const level =
          curve[Math.min(4095, Math.max(0, Math.round((luma + (value - luma) * settings.saturation) * 4095)))]!;
        out[i * 3 + channel] = Math.max(0, Math.min(255, Math.round(level + noise)));
      }
    }
    return out;
  };
}

/** A lens is never as sharp as a drawing: a small cross-shaped blur. */
function softened({ width, height, rgb }: Picture): Float32Array {
  const out = new Float32Array(rgb.length);
  const rowStep = width * 3;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * rowStep + x * 3;
      const left = x > 0 ? -3 : 0;
      const right = x < width - 1 ? 3 : 0;
      const up = y > 0 ? -rowStep : 0;
      const down = y < height - 1 ? rowStep : 0;
      for (let c = at; c < at + 3; c++) {
        out[c] = rgb[c]! * 0.52 + (rgb[c + left]! + rgb[c + right]! + rgb[c + up]! + rgb[c + down]!) * 0.12;
      }
    }
  }
  return out;
}

/** Light beyond a threshold, spread widely: computed at a quarter of the size. */
function bloomOf(rgb: Float32Array, width: number, height: number): Float32Array {
  const w = Math.ceil(width / 4);
  const h = Math.ceil(height / 4);
  let small = new Float32Array(w * h * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = ((y >> 2) * w + (x >> 2)) * 3;
      const from = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) small[to + c] = small[to + c]! + Math.min(6, Math.max(0, rgb[from + c]! - 0.35)) / 16;
    }
  }
  const radius = Math.max(2, Math.round(width / 130));
  for (let pass = 0; pass < 2; pass++) small = boxBlur(boxBlur(small, w, h, radius, true), w, h, radius, false);
  const out = new Float32Array(rgb.length);
  for (let y = 0; y < height; y++) {
    const sy = Math.min(h - 1.001, Math.max(0, (y - 1.5) / 4));
    const y0 = Math.floor(sy);
    for (let x = 0; x < width; x++) {
      const sx = Math.min(w - 1.001, Math.max(0, (x - 1.5) / 4));
      const x0 = Math.floor(sx);
      const fx = sx - x0;
      const fy = sy - y0;
      for (let c = 0; c < 3; c++) {
        const at = (y0 * w + x0) * 3 + c;
        const top = small[at]! * (1 - fx) + small[at + 3]! * fx;
        const bottom = small[at + w * 3]! * (1 - fx) + small[at + w * 3 + 3]! * fx;
        out[(y * width + x) * 3 + c] = top * (1 - fy) + bottom * fy;
      }
    }
  }
  return out;
}

function boxBlur(
  source: Float32Array,
  w: number,
  h: number,
  radius: number,
  horizontal: boolean,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(source.length);
  const [lines, length, lineStep, step] = horizontal ? [h, w, w * 3, 3] : [w, h, 3, w * 3];
  for (let line = 0; line < lines; line++) {
    for (let c = 0; c < 3; c++) {
      const start = line * lineStep + c;
      let sum = 0;
      for (let i = -radius; i <= radius; i++) sum += source[start + Math.min(length - 1, Math.max(0, i)) * step]!;
      for (let i = 0; i < length; i++) {
        out[start + i * step] = sum / (2 * radius + 1);
        const enters = source[start + Math.min(length - 1, i + radius + 1) * step]!;
        sum += enters - source[start + Math.max(0, i - radius) * step]!;
      }
    }
  }
  return out;
}
