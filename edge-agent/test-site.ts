import type { SiteDevice, SiteFile } from '@kuzet/contracts/site-file.ts';

const word = (en: string) => ({ kk: en, ru: en, en });
const position = { lon: 71.43, lat: 51.13 };

export const testDevice = (over: Partial<SiteDevice> & { id: string }): SiteDevice => ({
  siteId: 'mall',
  kind: 'smoke-detector',
  name: word(over.id),
  position,
  metrics: [{ name: 'smoke', unit: '' }],
  expectedIntervalS: 20,
  profile: 'canonical',
  ...over,
});

/** A small site for tests: one canonical device, one by Zigbee2MQTT, one camera that is out of service. */
export const testSite = (): SiteFile => ({
  sites: [
    { id: 'mall', name: word('Mall'), kind: 'mall', address: word('1'), district: word('Esil'), position },
    { id: 'park', name: word('Park'), kind: 'park', address: word('2'), district: word('Nura'), position },
  ],
  zones: [{ id: 'mall-f1', siteId: 'mall', name: word('Floor 1'), position }],
  devices: [
    testDevice({ id: 'smoke-1', zoneId: 'mall-f1' }),
    testDevice({ id: 'air-1', kind: 'air-quality', metrics: [{ name: 'temperature', unit: 'Cel' }] }),
    testDevice({ id: 'zigbee-1', profile: 'zigbee2mqtt', topic: 'zigbee2mqtt/hall smoke' }),
  ],
  cameras: [
    {
      id: 'cam-1',
      siteId: 'mall',
      name: word('Camera'),
      position,
      bearingDeg: 0,
      fovDeg: 70,
      ptz: false,
      enabled: false,
      rtsp: { address: 'rtsp://10.0.0.9/stream' },
      username: 'viewer',
      password: 'never-leaves',
      transport: 'tcp',
      intake: 'native',
    },
  ],
});
