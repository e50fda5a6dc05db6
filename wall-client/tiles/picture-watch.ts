import { createContentJudge, type PictureContent, type PictureSample } from './picture-content.ts';

export interface PictureWatch {
  /** Looks at the picture once a second at most; in between the last answer stands. */
  look(video: HTMLVideoElement, framesShown: number): PictureContent;
}

const lookEveryMs = 1_000;
const grid = { width: 16, height: 9 };
const patchPx = 32;
/** Where patches are cut, in parts of the picture: off the corners, where dates and names are written. */
const patchesAt = [
  { x: 0.25, y: 0.3 },
  { x: 0.75, y: 0.3 },
  { x: 0.5, y: 0.5 },
  { x: 0.3, y: 0.75 },
  { x: 0.7, y: 0.75 },
];

/** Looks at the pixels a video shows. Small enough to be read back from a graphics card once a second for every tile. */
export function createPictureWatch(): PictureWatch {
  const canvas = new OffscreenCanvas(patchPx * patchesAt.length, grid.height + patchPx);
  const pen = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  const judge = createContentJudge();
  let content: PictureContent = 'ordinary';
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  function sample(video: HTMLVideoElement): PictureSample | null {
    const { videoWidth: width, videoHeight: height } = video;
    if (!pen || width < patchPx || height < patchPx || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
      return null;
    pen.imageSmoothingQuality = 'medium';
    pen.drawImage(video, 0, 0, grid.width, grid.height);
    // Averages hide a camera's noise; pixels as they are do not.
    for (const [i, { x, y }] of patchesAt.entries()) {
      const left = Math.round((width - patchPx) * x);
      const top = Math.round((height - patchPx) * y);
      pen.drawImage(video, left, top, patchPx, patchPx, i * patchPx, grid.height, patchPx, patchPx);
    }
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const coarse = new Uint8Array(grid.width * grid.height);
    for (let y = 0; y < grid.height; y++) {
      for (let x = 0; x < grid.width; x++) {
        const at = (y * canvas.width + x) * 4;
        const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
        coarse[y * grid.width + x] = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      }
    }
    return { coarse, fingerprint: fnv1a(new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4)) };
  }

  return {
    look(video, framesShown) {
      const nowMs = performance.now();
      if (nowMs - lookedAtMs < lookEveryMs) return content;
      const seen = sample(video);
      if (!seen) return content;
      lookedAtMs = nowMs;
      content = judge.look(seen, framesShown, nowMs);
      return content;
    },
  };
}

/** FNV-1a over whole pixels: not for adversaries, only for telling two pictures apart. */
function fnv1a(words: Uint32Array): number {
  let hash = 0x811c_9dc5;
  for (const word of words) hash = Math.imul(hash ^ word, 0x0100_0193);
  return hash >>> 0;
}
