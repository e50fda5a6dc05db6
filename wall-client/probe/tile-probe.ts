/**
 * A page of tests and benches, no part of what is built: it opens tiles as the pages do, and says what was on the screen
 * (the stamp in the pixels that were presented) and what the tile said of it at that time.
 */
import { readFrameStamp, stampBandHeight } from '@kuzet/contracts/frame-stamp.ts';
import { createDomBackend } from '../tiles/dom-backend.ts';
import { createVideoTile } from '../tiles/video-tile.ts';
import type { ProbeOptions, ProbeReport, SeenFrame, SeenTruth } from './probe-report.ts';

/** As often as the wall looks. */
const lookEveryMs = 250;
const openTiles = new Map<string, { take(): ProbeReport; close(): void }>();

function open(name: string, cameraId: string, { way, width = 640, height = 360 }: ProbeOptions = {}): void {
  const host = document.createElement('div');
  host.style.cssText = `position:relative;display:inline-block;width:${width}px;height:${height}px`;
  document.body.append(host);
  const tile = createVideoTile(
    () => createDomBackend(host),
    // The tile alone: no word of the hub helps it.
    { nowMs: () => Date.now(), camera: () => undefined, linkLive: () => false },
    undefined,
    way,
  );
  tile.place({ x: 0, y: 0, width, height });
  tile.show(cameraId);
  const video = host.querySelector('video') as HTMLVideoElement;
  const canvas = new OffscreenCanvas(width, Math.max(2, Math.round(height * stampBandHeight)));
  const pen = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  let frames: SeenFrame[] = [];
  let truths: SeenTruth[] = [];
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
    frames.push({
      displayedAtMs: Date.now() + Math.max(0, expectedDisplayTime - performance.now()),
      stampMs: stamp?.epochMs ?? null,
      camera: stamp?.camera ?? null,
    });
  };
  video.requestVideoFrameCallback(onFrame);
  const looking = setInterval(() => truths.push({ atMs: Date.now(), kind: tile.truth().kind }), lookEveryMs);
  openTiles.set(name, {
    take() {
      const report = { frames, truths, way: tile.way() };
      frames = [];
      truths = [];
      return report;
    },
    close() {
      closed = true;
      clearInterval(looking);
      tile.destroy();
      host.remove();
    },
  });
}

declare global {
  interface Window {
    kuzetProbe?: {
      open: typeof open;
      /** What was seen since it was last asked. */
      take(name: string): ProbeReport;
      close(name: string): void;
    };
  }
}
window.kuzetProbe = {
  open,
  take: (name) => openTiles.get(name)?.take() ?? { frames: [], truths: [], way: null },
  close(name) {
    openTiles.get(name)?.close();
    openTiles.delete(name);
  },
};
