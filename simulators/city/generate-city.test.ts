import { readFileSync } from 'node:fs';
import { SiteFile } from '@kuzet/contracts/site-file.ts';
import { loadConfig } from '@kuzet/lib/config.ts';
import { describe, expect, it } from 'vitest';
import { districts } from './astana-geometry.ts';
import { cityFile, generateCity, renderCity } from './generate-city.ts';
import { inside } from './geometry.ts';

describe('the demo city', () => {
  const city = generateCity();

  it('is written in config/astana.site.yaml as the generator makes it', () => {
    expect(readFileSync(cityFile, 'utf8')).toBe(renderCity());
  });

  it('fits the schema of a site file, with the ports of the environment in the addresses', () => {
    const read = loadConfig(SiteFile, {
      file: cityFile,
      env: { KUZET_SIM_ONVIF_PORT: '9091', KUZET_SIM_RTSP_PORT: '9554', KUZET_SIM_CAMERA_PASSWORD: 'other' },
    });
    expect(read.cameras.find(({ id }) => id === 'K-0412')).toMatchObject({
      onvif: { address: 'http://127.0.0.1:9091/onvif/K-0412/device_service' },
      password: 'other',
    });
    expect(read.cameras.find(({ id }) => id === 'K-1066')).toMatchObject({
      rtsp: { address: 'rtsp://127.0.0.1:9554/K-1066/main' },
      sub: { address: 'rtsp://127.0.0.1:9554/K-1066/sub' },
    });
  });

  it('[V26] has a small stream at every camera: told over ONVIF, or named in the file', () => {
    expect(city.cameras.filter(({ onvif, sub }) => !onvif && !sub).map(({ id }) => id)).toEqual([]);
  });

  it('has ids of its own everywhere, and zones of the same site', () => {
    for (const list of [city.sites, city.zones, city.devices, city.cameras]) {
      expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
    }
    for (const thing of [...city.devices, ...city.cameras]) {
      expect(city.zones.find(({ id }) => id === thing.zoneId)?.siteId).toBe(thing.siteId);
    }
    expect(city.devices.length).toBeGreaterThan(190);
    expect(city.cameras).toHaveLength(12);
  });

  it('lies inside the city, every site, zone, device and camera', () => {
    const outside = [...city.sites, ...city.zones, ...city.devices, ...city.cameras].filter(
      ({ position }) => !districts.some(({ outline }) => inside([position.lon, position.lat], outline)),
    );
    expect(outside.map(({ id }) => id)).toEqual([]);
  });

  it('sends 10 to 20 readings a second', () => {
    const perSecond = city.devices.reduce((sum, { expectedIntervalS }) => sum + 1 / expectedIntervalS, 0);
    expect(perSecond).toBeGreaterThan(10);
    expect(perSecond).toBeLessThan(20);
  });
});
