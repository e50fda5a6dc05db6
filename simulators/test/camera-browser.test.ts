import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeFrameStamp, readFrameStamp } from '@kuzet/contracts/frame-stamp.ts';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { openClipLibrary } from '../camera/clip-library.ts';
import { writeBlackSlice, writeStampSlice } from '../camera/h264/clip.ts';
import { joinAnnexB } from '../camera/h264/nal.ts';

const chrome = [process.env.CHROME_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);
if (!chrome) console.warn('SKIPPED: frame stamps in a browser, no Chromium found (CHROME_PATH)');

describe.skipIf(!chrome)('frame stamp in Chromium', () => {
  it('is read from screenshots of tiles of several sizes, in real and in black pictures', async () => {
    const clip = openClipLibrary().clip('night-crossing');
    const startMs = Date.UTC(2026, 10, 22, 18, 32, 7);
    const units = clip.frames.slice(0, 24).map((frame, i) => {
      const stamp = writeStampSlice(clip, frame, encodeFrameStamp({ camera: 412, epochMs: startMs + i * 83 }));
      const body = i >= 18 ? writeBlackSlice(clip, frame) : frame.slice;
      return Buffer.from(joinAnnexB(i % 12 === 0 ? [clip.sps, clip.pps, stamp, body] : [stamp, body])).toString(
        'base64',
      );
    });
    // WebCodecs needs a secure context, which about:blank is not and loopback is.
    const server = createServer((_, response) =>
      response.setHeader('Content-Type', 'text/html').end('<!doctype html>'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath: chrome!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      for (const last of [12, 17, 23]) {
        await page.evaluate(`(${showFrame})(${JSON.stringify(units.slice(0, last + 1))})`);
        const shot = PNG.sync.read(await page.screenshot());
        for (const rect of tiles) {
          expect(readFrameStamp(shot, rect), `frame ${last}, tile ${rect.width} wide`).toEqual({
            camera: 412,
            epochMs: startMs + last * 83,
          });
        }
      }
    } finally {
      await browser.close();
      server.close();
    }
  }, 60_000);
});

const tiles = [
  { x: 0, y: 0, width: 640, height: 360 },
  { x: 650, y: 3, width: 376, height: 211.5 },
  { x: 650.5, y: 300.25, width: 282, height: 158.6 },
];

/** Runs in the page, as text: decodes all units and shows the last frame in each tile. */
const showFrame = `async (units) => {
  const canvas = document.createElement('canvas');
  let failed = null;
  const decoder = new VideoDecoder({
    output(frame) {
      canvas.width = frame.displayWidth;
      canvas.height = frame.displayHeight;
      canvas.getContext('2d').drawImage(frame, 0, 0);
      frame.close();
    },
    error(error) { failed = error; },
  });
  decoder.configure({ codec: 'avc1.42C01F', optimizeForLatency: true });
  units.forEach((unit, i) => decoder.decode(new EncodedVideoChunk({
    type: i % 12 === 0 ? 'key' : 'delta',
    timestamp: i * 83333,
    data: Uint8Array.from(atob(unit), (c) => c.charCodeAt(0)),
  })));
  await decoder.flush();
  if (failed) throw failed;
  const url = canvas.toDataURL();
  document.body.replaceChildren(...${JSON.stringify(tiles)}.map(({ x, y, width, height }) => {
    const image = new Image(width, height);
    image.src = url;
    Object.assign(image.style, { position: 'absolute', left: x + 'px', top: y + 'px', width: width + 'px', height: height + 'px' });
    return image;
  }));
  await Promise.all([...document.images].map((image) => image.decode()));
}`;
