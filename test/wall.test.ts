/** What people look at, judged by its pixels: every frame carries its camera and the time of sending. */
import type { Camera } from '@kuzet/contracts/camera.ts';
import { readFrameStamp } from '@kuzet/contracts/frame-stamp.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchBrowser, type OpenPage, openPage } from './browser.ts';
import { type DemoCity, startDemoCity, until } from './demo-city.ts';

let city: DemoCity;
let browser: Browser;
let officer: string;
const open: OpenPage[] = [];

describe.skipIf(!chromiumPath)('pages of a running city', () => {
  beforeAll(async () => {
    city = await startDemoCity();
    browser = await launchBrowser();
    officer = await city.token('officer');
    await until(
      async () =>
        (await city.get<{ items: Camera[] }>('/api/v1/cameras?limit=100', officer)).items.filter(
          (camera) => camera.state === 'live',
        ).length >= 10,
      60_000,
      () => `cameras do not come up:\n${city.output().slice(-3000)}`,
    );
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    city?.clean();
  });

  const page = async (path: string, username: string, width?: number, height?: number): Promise<OpenPage> => {
    const opened = await openPage(browser, city.hub, path, { username, password: city.password(), width, height });
    open.push(opened);
    return opened;
  };

  it('shows at least four moving pictures, each the camera it says, over a map with devices', async () => {
    const { page: wall, faults } = await page('/wall/main/1', 'screen', 1280, 720);
    const first = await readTiles(wall, 4, 40_000);
    await wall.waitForTimeout(1_500);
    const second = await readTiles(wall, 4, 10_000);
    const moved = [...second].filter(([camera, epochMs]) => epochMs - (first.get(camera) ?? epochMs) >= 400);
    expect(moved.length).toBeGreaterThanOrEqual(4);
    for (const epochMs of second.values()) expect(Date.now() - epochMs).toBeLessThan(8_000);
    // Over live sockets, in the quickest way; that there are others is for browsers and networks without.
    const ways = (await wall.evaluate('kuzetWall.report().map(({ way }) => way)')) as string[];
    expect(ways.filter((way) => way === 'webcodecs').length).toBeGreaterThanOrEqual(4);
    expect(faults).toEqual([]);
  }, 90_000);

  it('gives the wall to a fire, unmistakably, and takes an acceptance at the desk to the console', async () => {
    const wall = open[0]?.page as Page;
    expect(redShare(await shot(wall))).toBeLessThan(0.01);
    const { page: desk } = await page('/desk?lang=ru', 'police', 1024, 640);
    const { page: console_ } = await page('/console?lang=ru', 'officer', 1280, 720);
    // Their pictures are proved on the wall; here they would only take its processor time.
    for (const one of [desk, console_]) await one.route('**/live/**', (route) => route.abort());
    await fetch(`${city.simulators}/scenarios/mall-fire/run`, { method: 'POST' });
    let fire: Incident | undefined;
    await until(
      async () => {
        fire = (await city.get<{ items: Incident[] }>('/api/v1/incidents?type=fire', officer)).items[0];
        return fire !== undefined;
      },
      60_000,
      () => 'no fire came',
    );
    await until(
      async () => redShare(await shot(wall)) > 0.06,
      20_000,
      () => 'the wall does not show the fire',
    );

    // The desk has drawn it, so the center may call it delivered, and nothing more.
    const police = () =>
      city
        .get<Incident>(`/api/v1/incidents/${fire?.id}`, officer)
        .then((incident) => incident.dispatches.find((dispatch) => dispatch.service === '102'));
    await until(
      async () => (await police())?.state === 'delivered',
      30_000,
      () => 'the desk did not confirm what it shows',
    );
    await desk.getByRole('button', { name: /^Принять/ }).click();
    await until(
      async () => (await police())?.state === 'accepted',
      15_000,
      () => 'the acceptance did not arrive',
    );
    await console_
      .locator('.service', { hasText: '102' })
      .locator('.ladder .now', { hasText: 'принято' })
      .waitFor({ timeout: 20_000 });

    await console_.keyboard.press('F2');
    await until(
      async () => (await city.get<Incident>(`/api/v1/incidents/${fire?.id}`, officer)).acknowledgedAt !== null,
      5_000,
      () => 'F2 did not acknowledge',
    );
    const tiles = await readTiles(wall, 2, 20_000);
    expect(tiles.size).toBeGreaterThanOrEqual(2);
    for (const { faults } of open) expect(faults).toEqual([]);
  }, 120_000);

  it('gives the earlier view back when the fire is closed', async () => {
    const wall = open[0]?.page as Page;
    await fetch(`${city.simulators}/scenarios/stop`, { method: 'POST' });
    const fires = (await city.get<{ items: Incident[] }>('/api/v1/incidents', officer)).items.filter(
      (item) => item.state !== 'closed',
    );
    for (const incident of fires) {
      const closed = await city.post(`/api/v1/incidents/${incident.id}/close`, officer, { disposition: 'confirmed' });
      expect(closed.status).toBe(200);
    }
    await until(
      async () => redShare(await shot(wall)) < 0.01,
      20_000,
      () => 'the band stays',
    );
    expect((await readTiles(wall, 4, 30_000)).size).toBeGreaterThanOrEqual(4);
  }, 90_000);

  it('never calls a frozen picture LIVE', async () => {
    const wall = open[0]?.page as Page;
    const camera = [...(await readTiles(wall, 4, 20_000)).keys()][0] as number;
    const cameras = (await (await fetch(`${city.simulators}/cameras`)).json()) as {
      items: { id: string; number: number }[];
    };
    const target = cameras.items.find((item) => item.number === camera)?.id;
    await fetch(`${city.simulators}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target, kind: 'freeze', seconds: 8 }),
    });
    await until(
      async () => (await city.get<Camera>(`/api/v1/cameras/${target}`, officer)).state === 'stalled',
      8_000,
      () => `${target} froze and nobody noticed`,
    );
    await until(
      async () => (await city.get<Camera>(`/api/v1/cameras/${target}`, officer)).state === 'live',
      30_000,
      () => `${target} did not come back`,
    );
  }, 60_000);
});

interface VideoBox {
  x: number;
  y: number;
  width: number;
  height: number;
  aspect: number;
}

const shot = async (page: Page): Promise<PNG> => PNG.sync.read(await page.screenshot());

/** Stamps on the screen by camera number, once at least `count` tiles can be read. */
async function readTiles(page: Page, count: number, withinMs: number): Promise<Map<number, number>> {
  let seen = new Map<number, number>();
  await until(
    async () => {
      const rects = await page.evaluate<VideoBox[]>(
        `[...document.querySelectorAll('video')].map((video) => {
          const { x, y, width, height } = video.getBoundingClientRect();
          return { x, y, width, height, aspect: video.videoWidth / video.videoHeight || 16 / 9 };
        })`,
      );
      const image = await shot(page);
      seen = new Map();
      for (const { x, y, width, height, aspect } of rects) {
        // object-fit: cover lets the picture reach beyond its tile.
        const whole = width / height > aspect ? { width, height: width / aspect } : { width: height * aspect, height };
        const picture = { x: x - (whole.width - width) / 2, y: y - (whole.height - height) / 2, ...whole };
        const stamp = readFrameStamp(image, picture);
        if (stamp) seen.set(stamp.camera, stamp.epochMs);
      }
      return seen.size >= count;
    },
    withinMs,
    () => `only ${seen.size} of ${count} tiles carry a readable stamp`,
  );
  return seen;
}

/** Part of the screen in the red of the critical band (#c81e26). */
function redShare({ data, width, height }: PNG): number {
  let red = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [r = 0, g = 0, b = 0] = [data[at], data[at + 1], data[at + 2]];
    if (Math.abs(r - 200) < 14 && Math.abs(g - 30) < 14 && Math.abs(b - 38) < 14) red++;
  }
  return red / (width * height);
}
