/** The whole edge agent with sealed and plain passwords, against simulated cameras; nothing of them in its log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@kuzet/lib/clock.ts';
import { createLifecycle } from '@kuzet/lib/lifecycle.ts';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startEdgeAgent } from '../app.ts';
import { sealSecret, secretKeyFileName } from '../cameras/camera-secrets.ts';
import { loadEdgeConfig } from '../config.ts';
import { createHubMemory, startHubStub } from './hub-stub.ts';
import { type SimulatedOnvif, simulatedPassword, simulatedUser, startSimulatedOnvif } from './simulated-onvif.ts';

const token = 'token-of-the-stub';
let folder: string;
const stops: (() => Promise<unknown> | unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-secrets-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const name = { kk: 'Кеңсе', ru: 'Офис', en: 'Office' };
const position = { lon: 71.4262, lat: 51.1262 };
const camera = (id: string, at: SimulatedOnvif, password: string) => ({
  id,
  siteId: 'office-1',
  name,
  position,
  bearingDeg: 0,
  ptz: true,
  events: true,
  onvif: { address: at.address },
  username: simulatedUser,
  password,
});

test('[O10] a sealed password reaches the camera, its events reach the hub, and no log holds a secret', async () => {
  const simulated = await startSimulatedOnvif({ quirks: { signIn: 'digest', clockErrorMs: 90_000 } });
  stops.push(() => simulated.stop());
  const memory = createHubMemory();
  const hub = await startHubStub(memory);
  stops.push(() => hub.close());
  const dataDir = join(folder, 'data');
  const sealed = sealSecret(simulatedPassword, join(dataDir, secretKeyFileName));
  const cameras = [
    camera('K-1', simulated, sealed),
    camera('K-2', simulated, 'plain-hunter2'),
    camera('K-3', simulated, '$' + '{OFFICE_PASSWORD}'),
  ];
  const sites = [{ id: 'office-1', kind: 'office', name, address: name, district: name, position }];
  writeFileSync(join(folder, 'office.site.yaml'), stringify({ sites, cameras }));
  writeFileSync(
    join(folder, 'edge.yaml'),
    stringify({
      id: 'edge-1',
      siteFile: 'office.site.yaml',
      dataDir,
      sensors: { broker: { enabled: false } },
      http: { port: 0 },
      uplink: { port: hub.port, token, retryMs: 50, ackTimeoutMs: 1_000 },
    }),
  );
  let lines = '';
  const write = (line: string) => {
    lines += line;
  };
  const log = pino({ level: 'trace' }, { write });
  const lifecycle = createLifecycle(log);
  stops.push(() => lifecycle.stop());
  const env = { OFFICE_PASSWORD: 'env-hunter3' };
  const config = loadEdgeConfig(join(folder, 'edge.yaml'), {});
  const { ports } = await startEdgeAgent(lifecycle, { config, clock: systemClock, log, env });

  const readings = () =>
    [...memory.committed.alarm, ...memory.committed.telemetry].flatMap(({ item }) =>
      item.t === 'reading' ? [item] : [],
    );
  await vi.waitFor(() => expect(readings().map(({ device }) => device)).toContain('K-1.events'), 10_000);
  simulated.events.set('motion', true);
  await vi.waitFor(() => expect(readings().map(({ values }) => values)).toContainEqual({ motion: true }), 5_000);
  const inventory = memory.committed.alarm.flatMap(({ item }) => (item.t === 'inventory' ? [item.inventory] : []))[0]!;
  expect(inventory.devices.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
    'K-1.events camera',
    'K-2.events camera',
    'K-3.events camera',
  ]);

  const headers = { authorization: `Bearer ${token}` };
  const get = (path: string) => fetch(`http://127.0.0.1:${ports.http}${path}`, { headers });
  expect(await (await get('/cameras/K-1/presets')).json()).toEqual({
    items: [
      { token: '007', name: 'home' },
      { token: '2', name: 'left & right' },
    ],
    nextCursor: null,
  });
  expect((await get('/cameras/K-1/snapshot.jpg')).status).toBe(200);
  expect((await get('/cameras/K-2/presets')).status).toBe(502);
  const listed = (await (await get('/cameras')).json()) as { items: { id: string; clockErrorMs: number }[] };
  expect(Math.abs(listed.items[0]!.clockErrorMs - 90_000)).toBeLessThan(1_500);
  await vi.waitFor(() => expect(lines).toContain('camera refused the ONVIF sign-in'), 5_000);

  await lifecycle.stop();
  expect(lines.match(/stand in the site file for all to read/g)).toHaveLength(1);
  expect(lines).toContain('"cameras":["K-2"]');
  const said = lines + JSON.stringify(memory.committed);
  for (const secret of [simulatedPassword, 'plain-hunter2', 'env-hunter3', sealed, sealed.slice(7)]) {
    expect(said).not.toContain(secret);
    expect(said).not.toContain(Buffer.from(secret).toString('base64'));
  }
}, 30_000);
