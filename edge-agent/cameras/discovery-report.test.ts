import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { FoundCamera } from './discovery.ts';
import { discoveryReport } from './discovery-report.ts';
import { testCamera } from './test-camera.ts';

const found = (own: Partial<FoundCamera>): FoundCamera => ({
  urn: 'urn:uuid:1',
  name: 'Door',
  xaddr: 'http://192.0.2.21/onvif/device_service',
  hardware: 'Model 7',
  location: '',
  ...own,
});
const name = { kk: 'Кеңсе', ru: 'Офис', en: 'Office' };
const siteWith = (cameras: SiteFile['cameras']): SiteFile => ({
  sites: [{ id: 'office-1', kind: 'office', name, address: name, district: name, position: { lon: 71.5, lat: 51.2 } }],
  zones: [],
  devices: [],
  cameras,
});
const report = (cameras: FoundCamera[], site: SiteFile | null = siteWith([])) =>
  discoveryReport(cameras, { site, siteFile: 'office.site.yaml' });
// biome-ignore lint/suspicious/noExplicitAny: entries of a site file, looked into by key
const entries = (text: string): any[] => parse(text.split('what is marked:\n')[1] ?? '') ?? [];

test('[E32] nothing found says what to try', () => {
  expect(report([])).toMatch(/No camera answered.*--interface ADDRESS/s);
});

test('[E32] a camera is told with name, urn, hardware and address, and an entry to paste', () => {
  const text = report([found({})]);
  expect(text).toContain('Door  urn:uuid:1  Model 7  http://192.0.2.21/onvif/device_service\n');
  expect(entries(text)).toEqual([
    expect.objectContaining({
      id: 'Door',
      siteId: 'office-1',
      position: { lon: 71.5, lat: 51.2 },
      onvif: { address: 'http://192.0.2.21/onvif/device_service' },
      password: '$' + '{CAMERA_PASSWORD}',
    }),
  ]);
});

test('[E32] who is in the site file already, by address or by the host of its stream, gets no entry', () => {
  const site = siteWith([
    testCamera({ id: 'a', onvif: { address: 'http://192.0.2.21:80/onvif/device_service' } }),
    testCamera({ id: 'b', rtsp: { address: 'rtsp://192.0.2.22:554/stream1' } }),
  ]);
  const both = [found({}), found({ urn: 'urn:uuid:2', xaddr: 'http://192.0.2.22/onvif/device_service' })];
  const text = report(both, site);
  expect(text.match(/in the site file as (a|b)$/gm)).toHaveLength(2);
  expect(text).toMatch(/All of them are in office\.site\.yaml\.\n$/);
  expect(entries(report([...both, found({ xaddr: 'http://192.0.2.21:81/x' })], site))).toHaveLength(1);
});

test('[E32] ids are given once, also where names are no ids or taken', () => {
  const site = siteWith([testCamera({ id: 'Door', onvif: { address: 'http://192.0.2.99/' } })]);
  const text = report(
    ['Door', 'Кіреберіс', '', 'Gate'].map((own, at) => found({ name: own, xaddr: `http://192.0.2.21/${at}` })),
    site,
  );
  expect(entries(text).map(({ id }) => id)).toEqual([
    'camera-192-0-2-21',
    'camera-192-0-2-21-2',
    'camera-192-0-2-21-3',
    'Gate',
  ]);
});

test('[E32] a camera’s own words steer no terminal and stay one value', () => {
  const bad = `x"\n  - id: evil # \u001b[2J\u202e $` + '{HOME}';
  const text = report([found({ name: bad, hardware: bad, urn: bad })]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  const [entry, ...more] = entries(text);
  expect(more).toEqual([]);
  expect(entry.name.kk).toBe('x"  - id: evil # [2J $ {HOME}');
});

test('[E32] without a site file all are new', () => {
  expect(entries(report([found({})], null))).toEqual([expect.objectContaining({ siteId: 'my-site' })]);
});
