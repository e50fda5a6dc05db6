/**
 * `npm run pictures`: starts a demo city of its own, lets it run, sets the mall on fire, and photographs every page in every
 * language into docs/pictures. The README shows them; people compare them with what the pages should look like.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { languages } from '@kuzet/contracts/common.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import type { Wall } from '@kuzet/contracts/wall.ts';
import { launchBrowser, openPage } from '../test/browser.ts';
import { startDemoCity, until } from '../test/demo-city.ts';

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
mkdirSync(folder, { recursive: true });

const city = await startDemoCity();
const browser = await launchBrowser();
const password = city.password();
const admin = await city.token('supervisor');
const say = (text: string) => process.stdout.write(`${text}\n`);

async function wallIn(lang: string): Promise<void> {
  const { name, screens } = await city.get<Wall>('/api/v1/walls/main', admin);
  const second = lang === 'kk' ? 'ru' : 'kk';
  const response = await fetch(`${city.hub}/api/v1/walls/main`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, screens, languages: [lang, second] }),
  });
  if (!response.ok) throw new Error(`PUT /walls/main: ${response.status} ${await response.text()}`);
}

/** Photographs one page when its tiles show pictures (or after a while: a lost camera stays lost). */
async function photograph(
  name: string,
  path: string,
  username: string,
  size: { width: number; height: number },
): Promise<void> {
  const { page, faults, close } = await openPage(browser, city.hub, path, { username, password, ...size });
  await page
    .waitForSelector('video', { state: 'attached', timeout: 15_000 })
    .catch(() => say(`${name}: no camera on it`));
  // Pictures, fonts and the map settle; what matters here is the look, not the moment.
  await page.waitForTimeout(8_000);
  await page.screenshot({ path: `${folder}${name}.png` });
  say(`${name}.png${faults.length > 0 ? `  FAULTS: ${faults.join(' | ')}` : ''}`);
  await close();
}

const wallSize = { width: 1920, height: 1080 };
const deskSize = { width: 1440, height: 900 };

try {
  await until(
    async () =>
      (await city.get<{ items: { state: string }[] }>('/api/v1/cameras?limit=100', admin)).items.filter(
        (camera) => camera.state === 'live',
      ).length >= 10,
    60_000,
    () => `cameras do not come up:\n${city.output().slice(-4000)}`,
  );
  for (const lang of languages) {
    await wallIn(lang);
    await photograph(`wall-quiet-${lang}`, '/wall/main/1', 'screen', wallSize);
  }
  await fetch(`${city.simulators}/scenarios/mall-fire/run`, { method: 'POST' });
  const fire = async () =>
    (await city.get<{ items: Incident[] }>('/api/v1/incidents?type=fire', admin)).items.find(
      (item) => item.state !== 'closed',
    );
  await until(
    async () => (await fire()) !== undefined,
    60_000,
    () => 'no fire came',
  );
  for (const lang of languages) {
    await photograph(`desk-${lang}`, `/desk?lang=${lang}`, 'police', deskSize);
  }
  for (const lang of languages) {
    await wallIn(lang);
    await photograph(`wall-fire-${lang}`, '/wall/main/1', 'screen', wallSize);
    await photograph(`console-${lang}`, `/console?lang=${lang}`, 'officer', deskSize);
  }
  for (const lang of languages) await photograph(`city-${lang}`, `/city?lang=${lang}`, 'supervisor', deskSize);
  await wallIn('kk');
} finally {
  await browser.close();
  await city.stop();
  city.clean();
}
