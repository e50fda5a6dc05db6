/**
 * A page of tests and benches, no part of what is built: it opens tiles as the pages do, and says what was on the screen
 * (the stamp in the pixels that were presented) and what the tile said of it at that time.
 */
import { readFrameStamp, stampBandHeight } from '@kuzet/contracts/frame-stamp.ts';
import { createDomBackend } from '../tiles/dom-backend.ts';
import { createSizedTile } from '../tiles/sized-tile.ts';
import { createVideoTile } from '../tiles/video-tile.ts';
import type { ProbeOptions, ProbeReport, SeenFrame, SeenTruth } from './probe-report.ts';

/** As often as the wall looks. */
const lookEveryMs = 250;
/** What is displayed, whole, and wide enough for its stamp. */
const composed = { width: 320, height: 180 };
const darkBelow = 12;
const openTiles = new Map<
  string,
  { take(): ProbeReport; resize(width: number, height: number): void; close(): void }
>();

function open(name: string, cameraId: string, options: ProbeOptions = {}): void {
  const { way, sized = false, width = 640, height = 360 } = options;
  const host = document.createElement('div');
  host.style.cssText = `position:relative;display:inline-block;width:${width}px;height:${height}px`;
  document.body.append(host);
  const makeTile = () =>
    createVideoTile(
      () => createDomBackend(host),
      // The tile alone: no word of the hub helps it.
      { nowMs: () => Date.now(), camera: () => undefined, linkLive: () => false },
      undefined,
      way,
    );
  const tile = sized ? createSizedTile(makeTile) : makeTile();
  tile.place({ x: 0, y: 0, width, height }, 1);
  tile.show(cameraId);
  let frames: SeenFrame[] = [];
  let truths: SeenTruth[] = [];
  const saw = (frame: SeenFrame) => void frames.push(frame);
  const stopWatching = sized ? watchDisplay(host, saw) : watchFrames(host, width, height, saw);
  const looking = setInterval(() => truths.push({ atMs: Date.now(), kind: tile.truth().kind }), lookEveryMs);
  openTiles.set(name, {
    take() {
      const report = { frames, truths, way: tile.way(), stream: tile.stream() };
      frames = [];
      truths = [];
      return report;
    },
    resize(nextWidth, nextHeight) {
      Object.assign(host.style, { width: `${nextWidth}px`, height: `${nextHeight}px` });
      tile.place({ x: 0, y: 0, width: nextWidth, height: nextHeight }, 1);
    },
    close() {
      stopWatching();
      clearInterval(looking);
      tile.destroy();
      host.remove();
    },
  });
}

/** Each frame that the tile's video presents. */
function watchFrames(host: HTMLElement, width: number, height: number, saw: (frame: SeenFrame) => void): () => void {
  const video = host.querySelector('video') as HTMLVideoElement;
  const canvas = new OffscreenCanvas(width, Math.max(2, Math.round(height * stampBandHeight)));
  const pen = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  let closed = false;
  const onFrame: VideoFrameRequestCallback = (_now, { expectedDisplayTime, width: w, height: h }) => {
    if (closed) return;
    video.requestVideoFrameCallback(onFrame);
    pen.drawImage(video, 0, 0, w, h * stampBandHeight, 0, 0, canvas.width, canvas.height);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const stamp = readFrameStamp(
      { width: canvas.width, height: canvas.height, data },
      { x: 0, y: 0, width: canvas.width, height: canvas.height / stampBandHeight },
    );
    saw({
      displayedAtMs: Date.now() + Math.max(0, expectedDisplayTime - performance.now()),
      stampMs: stamp?.epochMs ?? null,
      camera: stamp?.camera ?? null,
    });
  };
  video.requestVideoFrameCallback(onFrame);
  return () => {
    closed = true;
  };
}

/** Each frame of the page: those of the tile's videos that may be seen, one over the other, over black. */
function watchDisplay(host: HTMLElement, saw: (frame: SeenFrame) => void): () => void {
  const canvas = new OffscreenCanvas(composed.width, composed.height);
  const pen = canvas.getContext('2d', { willReadFrequently: true, alpha: false }) as OffscreenCanvasRenderingContext2D;
  let handle = 0;
  const onFrame = () => {
    handle = requestAnimationFrame(onFrame);
    pen.fillRect(0, 0, composed.width, composed.height);
    for (const video of host.querySelectorAll('video'))
      if (video.style.visibility === 'visible') pen.drawImage(video, 0, 0, composed.width, composed.height);
    const { data } = pen.getImageData(0, 0, composed.width, composed.height);
    const stamp = readFrameStamp({ ...composed, data });
    let dark = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
      if (red + green + blue < 3 * darkBelow) dark++;
    }
    saw({
      displayedAtMs: Date.now(),
      stampMs: stamp?.epochMs ?? null,
      camera: stamp?.camera ?? null,
      blackPart: dark / (composed.width * composed.height),
    });
  };
  handle = requestAnimationFrame(onFrame);
  return () => cancelAnimationFrame(handle);
}

declare global {
  interface Window {
    kuzetProbe?: {
      open: typeof open;
      resize(name: string, width: number, height: number): void;
      /** What was seen since it was last asked. */
      take(name: string): ProbeReport;
      close(name: string): void;
    };
  }
}
window.kuzetProbe = {
  open,
  resize: (name, width, height) => openTiles.get(name)?.resize(width, height),
  take: (name) => openTiles.get(name)?.take() ?? { frames: [], truths: [], way: null, stream: null },
  close(name) {
    openTiles.get(name)?.close();
    openTiles.delete(name);
  },
};
