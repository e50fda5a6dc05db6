/** `--discover` as a process, against the simulated cameras' WS-Discovery; through the loopback interface only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@kuzet/lib/clock.ts';
import pino from 'pino';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type CameraFarm, createCameraFarm } from '../../simulators/camera/camera-farm.ts';
import { profiles } from '../profiles/index.ts';
import { loadSiteFile } from '../site-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kuzet-discover-'));
/** As people run it; `npm test` builds it. */
const main = fileURLToPath(new URL('../../dist/edge-agent/main.js', import.meta.url));
const name = { kk: 'Кеңсе', ru: 'Офис', en: 'Office' };
const position = { lon: 71.4262, lat: 51.1262 };
const sites = [{ id: 'office-1', kind: 'office', name, address: name, district: name, position }];
const camera = (id: string, address: string) => ({
  id,
  siteId: 'office-1',
  name,
  position,
  bearingDeg: 0,
  onvif: { address },
});
let farm: CameraFarm | null = null;
afterEach(async () => {
  await farm?.stop();
  farm = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(cameras: object[], ...words: string[]) {
  // JSON is YAML.
  writeFileSync(join(folder, 'office.site.yaml'), JSON.stringify({ sites, cameras }));
  writeFileSync(join(folder, 'office.edge.yaml'), JSON.stringify({ siteFile: 'office.site.yaml', dataDir: 'data' }));
  const child = spawn(process.execPath, [main, '--config', join(folder, 'office.edge.yaml'), '--discover', ...words], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, text };
}

test('[E32] finds the cameras, and its entry for the site file loads', async (context) => {
  let multicast = true;
  const write = (line: string) => {
    if (line.includes('WS-Discovery is off')) multicast = false;
  };
  const log = pino({ level: 'warn' }, { write });
  farm = createCameraFarm({
    cameras: ['K-9001', 'K-9002'].map((id, index) => ({
      id,
      number: index + 1,
      name: index === 0 ? id : 'Кіреберіс: "A" # 1',
      clip: 'plaza',
      username: 'kuzet',
      password: 'secret',
      ptz: false,
    })),
    rtspPort: 0,
    onvifPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    log,
  });
  const { onvifPort } = await farm.start();
  if (!multicast) {
    console.warn('SKIPPED: --discover over the network, WS-Discovery cannot be answered on this machine');
    context.skip();
  }
  const address = (id: string) => `http://127.0.0.1:${onvifPort}/onvif/${id}/device_service`;
  const { code, text } = await run([camera('hall', address('K-9001'))], '--interface', '127.0.0.1');
  expect(code).toBe(0);
  expect(text).toMatch(new RegExp(`urn:uuid:\\S+ .*${address('K-9001')} +in the site file as hall`));
  expect(text).toContain(`${address('K-9002')}\n`);
  expect(text).not.toContain(`address: "${address('K-9001')}"`);

  const byHost = await run([], '--host', `127.0.0.1:${onvifPort},${address('K-9001')}`);
  expect(byHost.code).toBe(0);
  // The path of a usual camera is not that of the simulated ones: only the whole address finds one.
  expect(byHost.text).toContain('1 camera answered.');
  expect(byHost.text).toContain(`(no name)  ${address('K-9001')}\n`);

  // Other simulated cameras may run on this machine: ours is the entry that counts.
  const entries = text.split('mend what is marked:\n')[1] ?? '';
  const pasted = join(folder, 'pasted.site.yaml');
  writeFileSync(pasted, `sites: ${JSON.stringify(sites)}\ncameras:\n${entries}`);
  const site = loadSiteFile(pasted, profiles, { CAMERA_PASSWORD: 'x' });
  const own = site.cameras.find(({ onvif }) => onvif?.address === address('K-9002'));
  expect(own).toMatchObject({ siteId: 'office-1', name: { kk: 'Кіреберіс: "A" # 1' }, password: 'x' });
  // No spool was made.
  expect(readdirSync(folder)).not.toContain('data');
}, 40_000);

test('[E32] an address that is not this machine’s ends with 1 and one sentence', async () => {
  // Documentation address (RFC 5737): nobody's.
  const { code, text } = await run([], '--interface', '203.0.113.77');
  expect(code).toBe(1);
  expect(text.trim().split('\n').at(-1)).toMatch(
    /^cameras cannot be looked for on this network: .*--interface ADDRESS$/,
  );
}, 40_000);
