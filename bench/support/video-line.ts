import { fileURLToPath } from 'node:url';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { type CameraFarm, createCameraFarm } from '../../simulators/camera/camera-farm.ts';
import type { ClipLibrary } from '../../simulators/camera/clip-library.ts';
import { launchBrowser } from '../../test/browser.ts';
import type { ProbeOptions, ProbeReport } from '../../wall-client/probe/probe-report.ts';
import { type Line, startLine } from './line.ts';

export type Way = 'webcodecs' | 'mse' | 'hls';

export interface VideoLine {
  farm: CameraFarm;
  line: Line;
  rtspPort: number;
  cameras: readonly string[];
  /** @returns when it was asked for, epoch milliseconds. */
  openTile(name: string, cameraId: string, options?: ProbeOptions): Promise<number>;
  /** What was seen since it was last asked. */
  take(name: string): Promise<ProbeReport>;
  resizeTile(name: string, width: number, height: number): Promise<void>;
  closeTile(name: string): Promise<void>;
  page: Page;
  /** Addresses of the live sockets that the page has opened. */
  sockets: readonly string[];
  stop(): Promise<void>;
}

const json = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join();
export const farmAccount = { username: 'kuzet', password: 'bench-camera' };
const name = (text: string) => ({ kk: text, ru: text, en: text });

/** Simulated cameras, edge agent and hub as people run them, and tiles in a headless Chromium. */
export async function startVideoLine({
  count,
  clip = 'plaza',
  library,
  makeSite = cameraSite,
}: {
  count: number;
  clip?: string;
  library?: ClipLibrary;
  makeSite?: typeof cameraSite;
}): Promise<VideoLine> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const { farm, cameras, rtspPort } = await startFarm({ count, clip, ...(library && { library }) });
    stops.push(farm.stop);
    const line = await startLine({ databaseUrl: null, site: makeSite(cameras, rtspPort) });
    stops.push(async () => {
      await line.stop();
      line.clean();
    });
    const { browser, page, sockets } = await openProbe(line);
    stops.push(() => browser.close());
    return {
      farm,
      line,
      rtspPort,
      cameras,
      page,
      sockets,
      openTile: (tile, cameraId, options = {}) =>
        page.evaluate(
          `(() => { const at = Date.now(); kuzetProbe.open(${json(tile, cameraId, options)}); return at })()`,
        ),
      take: (tile) => page.evaluate(`kuzetProbe.take(${json(tile)})`),
      resizeTile: (tile, width, height) => page.evaluate(`kuzetProbe.resize(${json(tile, width, height)})`),
      closeTile: (tile) => page.evaluate(`kuzetProbe.close(${json(tile)})`),
      stop,
    };
  } catch (err) {
    await stop();
    throw err;
  }
}

/** Simulated cameras alone. */
export async function startFarm({
  count,
  clip = 'plaza',
  library,
}: {
  count: number;
  clip?: string;
  library?: ClipLibrary;
}): Promise<{ farm: CameraFarm; cameras: readonly string[]; rtspPort: number }> {
  const cameras = Array.from({ length: count }, (_, i) => `K-${String(i + 1).padStart(4, '0')}`);
  const farm = createCameraFarm({
    cameras: cameras.map((id, i) => ({ id, number: i + 1, name: id, clip, ...farmAccount, ptz: false })),
    rtspPort: 0,
    onvifPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    discovery: false,
    ...(library && { library }),
  });
  const { rtspPort } = await farm.start();
  return { farm, cameras, rtspPort };
}

/** A site with these cameras of the farm. */
export function cameraSite(cameras: readonly string[], rtspPort: number): SiteFile {
  const position = { lon: 71.43, lat: 51.13 };
  return {
    sites: [
      { id: 'site', name: name('Site'), kind: 'office', address: name('Street'), district: name('Bench'), position },
    ],
    zones: [],
    devices: [],
    cameras: cameras.map((id) => ({
      id,
      siteId: 'site',
      name: name(id),
      position,
      bearingDeg: 0,
      rtsp: { address: `rtsp://127.0.0.1:${rtspPort}/${id}/main` },
      ...farmAccount,
    })),
  } as unknown as SiteFile;
}

/** The probe's page, as if it were one of the hub's own. */
async function openProbe(line: Line): Promise<{ browser: Browser; page: Page; sockets: string[] }> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../../wall-client/probe/tile-probe.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome120',
  });
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  const signedIn = await page.request.post(`${line.hubUrl}/api/v1/session`, {
    data: { username: 'admin', password: line.adminPassword },
  });
  if (!signedIn.ok()) throw new Error(`sign-in: ${signedIn.status()}`);
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  // An answer that the hub truly gave: to a page that is made up the browser opens no socket of this machine.
  await page.goto(`${line.hubUrl}/healthz`);
  await page.evaluate("document.body.innerHTML = ''; document.body.style = 'margin:0;background:#000'");
  await page.evaluate(bundle.outputFiles[0]!.text);
  return { browser, page, sockets };
}
