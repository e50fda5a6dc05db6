import type { SiteCamera } from '@kuzet/contracts/site-file.ts';

/** A camera of a site file, for tests. */
export function testCamera(own: Partial<SiteCamera> = {}): SiteCamera {
  return {
    id: 'K-0412',
    siteId: 'S-1',
    name: { kk: 'Камера', ru: 'Камера', en: 'Camera' },
    position: { lon: 71.43, lat: 51.13 },
    bearingDeg: 0,
    fovDeg: 70,
    ptz: false,
    enabled: true,
    transport: 'tcp',
    intake: 'native',
    ...own,
  };
}
