import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../scripts/find-chromium.mjs';

export const chromiumPath: string | null = findChromium();
if (!chromiumPath) console.warn('SKIPPED: browser tests. No Chromium found; install one or set CHROME_PATH.');

/** Headless, with WebGL in software: what every machine without a graphics card has. */
export function launchBrowser(): Promise<Browser> {
  if (!chromiumPath) throw new Error('no Chromium: install one or set CHROME_PATH');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
    ],
  });
}

export interface OpenPage {
  page: Page;
  /** Errors of the page itself: exceptions, and what WebGL calls invalid. */
  faults: string[];
  close(): Promise<void>;
}

/** Opens a page of the hub in a context of its own, signed in as `username`. */
export async function openPage(
  browser: Browser,
  hub: string,
  path: string,
  {
    username,
    password,
    width = 1920,
    height = 1080,
  }: { username: string; password: string; width?: number; height?: number },
): Promise<OpenPage> {
  const context: BrowserContext = await browser.newContext({ viewport: { width, height } });
  const signedIn = await context.request.post(`${hub}/api/v1/session`, { data: { username, password } });
  if (!signedIn.ok()) throw new Error(`sign-in of ${username}: ${signedIn.status()} ${await signedIn.text()}`);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/GL_INVALID|INVALID_OPERATION/.test(message.text())) faults.push(message.text());
  });
  await page.goto(hub + path);
  return { page, faults, close: () => context.close() };
}
