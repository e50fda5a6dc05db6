import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { profiles } from '../profiles/index.ts';
import { loadSite } from '../site-file.ts';
import { testDevice, testSite } from '../test-site.ts';
import { saveAdopted } from './adopted-file.ts';
import { createAdoption } from './adoption.ts';

let folder: string;
let files: { file: string; adoptedFile: string };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-adopted-'));
  files = { file: join(folder, 'test.site.yaml'), adoptedFile: join(folder, 'data', 'adopted.site.yaml') };
  writeFileSync(files.file, stringify(testSite()));
});
afterEach(() => rmSync(folder, { recursive: true }));

const attic = testDevice({ id: 'attic-1', profile: 'zigbee2mqtt', topic: 'zigbee2mqtt/attic: "1"', zoneId: 'mall-f1' });
const load = () => loadSite(files, profiles, {});
const save = (...devices: SiteDevice[]) => saveAdopted(files.adoptedFile, devices);

test('[E36] what was adopted is merged with the site file at the start', async () => {
  expect(load()).toMatchObject({ adopted: [], moved: [] });
  await save(attic);
  const { site, adopted } = load();
  expect(adopted).toEqual([attic]);
  expect(site.devices.map(({ id }) => id)).toEqual(['smoke-1', 'air-1', 'zigbee-1', 'attic-1']);
});

test('[E36] a device that was moved into the site file since counts as it stands there', async () => {
  await save(attic);
  const moved = { ...attic, kind: 'heat-detector' as const };
  writeFileSync(files.file, stringify({ ...testSite(), devices: [...testSite().devices, moved] }));
  const { site, adopted, moved: ids } = load();
  expect([adopted, ids]).toEqual([[], ['attic-1']]);
  expect(site.devices.at(-1)).toEqual(moved);
});

test.each<[string, Partial<SiteDevice>, RegExp]>([
  ['an id of another device', { id: 'air-1' }, /adopted\.site\.yaml: devices\.0\.id: "air-1" is already the id/],
  [
    'a topic of another device',
    { topic: 'zigbee2mqtt/hall smoke' },
    /adopted\.site\.yaml: devices\.0\.topic: .*"zigbee-1"/,
  ],
  ['a zone that is gone', { zoneId: 'attic' }, /adopted\.site\.yaml: devices\.0\.zoneId: there is no zone "attic"/],
])('[E1] [E36] %s stops the start with file and key path', async (_, over, message) => {
  await save({ ...attic, ...over });
  expect(load).toThrow(StartError);
  expect(load).toThrow(message);
});

test('[E36] a file that is not whole, or not ours, stops the start', async () => {
  await save(attic);
  writeFileSync(files.adoptedFile, 'devices: [{ id: x }]');
  expect(load).toThrow(/adopted\.site\.yaml.*devices\.0/);
});

const asked = { ...attic, topic: 'zigbee2mqtt/attic', metrics: [{ name: 'smoke', unit: '' }] };
function adoption(over: Partial<Parameters<typeof createAdoption>[0]> = {}) {
  const onAdopted = vi.fn();
  const deps = {
    site: testSite(),
    adopted: [],
    profiles,
    discovered: () => null,
    save: vi.fn(async () => undefined),
    announce: vi.fn(async () => undefined),
    onAdopted,
    log: silentLog,
    ...over,
  };
  return { ...createAdoption(deps), ...deps };
}

test('[E35] what cannot be written is not adopted', async () => {
  const { adopt, onAdopted, announce } = adoption({ save: vi.fn().mockRejectedValueOnce(new Error('full')) });
  await expect(adopt(asked)).rejects.toThrow('full');
  expect(onAdopted).not.toHaveBeenCalled();
  expect(announce).not.toHaveBeenCalled();
  expect(await adopt(asked)).toMatchObject({ ok: true, changed: true });
  expect(onAdopted).toHaveBeenCalledTimes(1);
});

test('[E36] an inventory that could not be told is told when the same is adopted again', async () => {
  const announce = vi.fn().mockRejectedValueOnce(new Error('full')).mockResolvedValue(undefined);
  const { adopt, onAdopted } = adoption({ announce });
  await expect(adopt(asked)).rejects.toThrow('full');
  expect(onAdopted).toHaveBeenCalledTimes(1);
  expect(await adopt(asked)).toMatchObject({ ok: true, changed: false });
  expect(await adopt(asked)).toMatchObject({ ok: true, changed: false });
  expect(announce).toHaveBeenCalledTimes(2);
});

test('[E35] the same id with anything else is a clash; the site file’s own device is no change', async () => {
  const { adopt } = adoption();
  expect(await adopt(asked)).toMatchObject({ ok: true, changed: true });
  expect(await adopt({ ...asked, kind: 'heat-detector' })).toMatchObject({ ok: false, code: 'conflict' });
  const own = testSite().devices.find(({ id }) => id === 'zigbee-1')!;
  expect(await adopt({ ...own, topic: own.topic! })).toMatchObject({ ok: true, changed: false });
});
