import { cameraDevices } from '@kuzet/contracts/camera-device.ts';
import type { SiteCamera } from '@kuzet/contracts/site-file.ts';
import { timestamp } from '@kuzet/lib/clock.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectTestEdge, startTestHub, type TestHub } from './test-hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(async () => {
  await hub?.stop();
});

const name = { kk: 'Кеңсе', ru: 'Офис', en: 'Office' };
const position = { lon: 71.43, lat: 51.128 };
const camera: SiteCamera = {
  id: 'K-1',
  siteId: 'office',
  name,
  position,
  bearingDeg: 0,
  fovDeg: 70,
  ptz: false,
  enabled: true,
  transport: 'tcp',
  intake: 'native',
  onvif: { address: 'http://192.0.2.21/onvif/device_service' },
  events: true,
};

test('[O5] what a camera notices is stored and shown, opens no incident, and tamper is a fault', async () => {
  const edge = await connectTestEdge(hub.mqttPort ?? 0);
  const token = await hub.signIn('officer');
  const at = timestamp(Date.now());
  const sites = [{ id: 'office', kind: 'office' as const, name, address: name, district: name, position }];
  await edge.send(
    { t: 'inventory', at, inventory: { sites, zones: [], devices: cameraDevices([camera]), cameras: [] } },
    { t: 'device-status', device: 'K-1.events', online: true, at },
    { t: 'reading', device: 'K-1.events', observedAt: at, receivedAt: at, values: { clockError: 3_600 } },
    { t: 'reading', device: 'K-1.events', observedAt: at, receivedAt: at, values: { motion: true } },
    { t: 'reading', device: 'K-1.events', observedAt: at, receivedAt: at, values: { lineCrossing: true } },
    { t: 'reading', device: 'K-1.events', observedAt: at, receivedAt: at, values: { tamper: true } },
  );
  await vi.waitFor(async () => {
    const { body } = await hub.call('GET', '/api/v1/devices/K-1.events', { token });
    expect(body).toMatchObject({ kind: 'camera', silentAfterS: 1_210 });
    expect(Object.keys(body.latest).sort()).toEqual(['clockError', 'lineCrossing', 'motion', 'tamper']);
  }, 10_000);
  const alarms = await hub.call('GET', '/api/v1/alarms?state=active', { token });
  expect(alarms.body.items).toEqual([
    expect.objectContaining({
      deviceId: 'K-1.events',
      condition: 'device-fault',
      priority: 'routine',
      incidentId: null,
    }),
  ]);
  expect((await hub.call('GET', '/api/v1/incidents', { token })).body.items).toEqual([]);
  await edge.close();
});
