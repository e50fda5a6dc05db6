import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { layOut, reference, type TilePlan } from '../wall/layout.ts';
// Brings the declaration of window.kuzetWall.
import type {} from '../wall/wall-page.tsx';
import { buildPage } from './build-pages.ts';
import { type MockHub, startMockHub } from './mock-hub.ts';
import { createMockStream } from './mock-stream.ts';
import { sampleSnapshot } from './sample-city.ts';

const chromePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const haveChrome = existsSync(chromePath);
if (!haveChrome)
  console.warn(`SKIPPED: pixels of pictures in a browser. No Chromium at ${chromePath}; set CHROME_PATH.`);

const clip = (name: string) => createMockStream(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)));
/** By the order of the quiet tiles: frames come in all of them, ten a second. */
const clips = ['black', 'still', 'static-noisy', 'moving-1', 'moving-2', 'moving-3'].map(clip);
const words = { black: 'Камера қара сурет беріп тұр', unchanged: 'Сурет өзгермейді' };

describe.skipIf(!haveChrome)('what a tile says of the pixels it shows', { timeout: 120_000 }, () => {
  let pages: string;
  let browser: Browser;
  let hub: MockHub;
  let page: Page;

  beforeAll(async () => {
    pages = mkdtempSync(join(tmpdir(), 'kuzet-content-'));
    await buildPage('wall', pages);
    browser = await chromium.launch({
      executablePath: chromePath,
      args: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--no-sandbox', '--mute-audio'],
    });
    const snapshot = sampleSnapshot();
    const order = quietTiles().map((tile) => tile.cameraId);
    hub = await startMockHub({
      pagesFolder: pages,
      snapshot,
      stream: (id) => clips[order.indexOf(id) % clips.length] as (typeof clips)[number],
    });
    page = await browser.newPage({ viewport: { width: 960, height: 540 } });
    // Words are drawn as SVG, where they can be read; the drawing is the same.
    await page.goto(`${hub.url}/wall/main/1?overlay=svg#user=screen&password=x`);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
    rmSync(pages, { recursive: true, force: true });
  });

  function quietTiles(): TilePlan[] {
    const { wall, camera } = sampleSnapshot();
    const cameras = new Map(camera.map((one) => [one.id, one]));
    return layOut({ wall: wall[0] as (typeof wall)[number], screenId: '1', incidents: [], cameras, previous: null })
      .tiles;
  }
  const truths = () => page.evaluate(() => window.kuzetWall?.report().map((tile) => tile.truth) ?? []);
  const said = async (text: string) => {
    const drawn = await page.locator('.tiles-host svg text').allTextContents();
    return drawn.filter((one) => one === text).length;
  };
  /** Of the middle of a tile's picture, where the word for black stands. */
  async function lightShareInMiddle({ picture }: TilePlan): Promise<number> {
    const image = PNG.sync.read(await page.screenshot());
    const scale = image.width / reference.width;
    const [midX, midY] = [(picture.x + picture.width / 2) * scale, (picture.y + picture.height / 2) * scale];
    let light = 0;
    let all = 0;
    for (let y = Math.ceil(midY - 4); y < midY + 4; y++) {
      for (let x = Math.ceil(midX - 40); x < midX + 40; x++) {
        all++;
        if ((image.data[(y * image.width + x) * 4] ?? 0) > 200) light++;
      }
    }
    return light / all;
  }
  const sixLive = Array.from({ length: 6 }, () => 'live');

  it('[V51] [V52] names black and never-changing pictures, which stay live, and no static scene', async () => {
    await vi.waitFor(async () => expect(await truths()).toEqual(sixLive), { timeout: 40_000, interval: 200 });
    await vi.waitFor(async () => expect(await said(words.black)).toBe(1), { timeout: 10_000, interval: 200 });
    const [black] = quietTiles() as [TilePlan];
    expect(await lightShareInMiddle(black)).toBeGreaterThan(0.4);
    await vi.waitFor(async () => expect(await said(words.unchanged)).toBe(1), { timeout: 20_000, interval: 200 });

    // The static scene has now been there as long as the one that never changes: from here on it is looked at closely.
    for (let look = 0; look < 60; look++) {
      expect([await said(words.black), await said(words.unchanged)]).toEqual([1, 1]);
      expect((await truths())[2]).toBe('live');
      await page.waitForTimeout(200);
    }
  });

  it('[V52] says nothing of the pixels of a picture that no longer comes', async () => {
    const [black] = quietTiles() as [TilePlan];
    hub.setStream(black.cameraId as string, 'stalled');
    await vi.waitFor(async () => expect((await truths())[0]).toBe('stalled'), { timeout: 20_000, interval: 100 });
    await vi.waitFor(async () => expect(await said(words.black)).toBe(0), { timeout: 2_000, interval: 100 });
  });
});
