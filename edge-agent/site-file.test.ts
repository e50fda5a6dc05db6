import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { profiles } from './profiles/index.ts';
import { loadSiteFile } from './site-file.ts';
import { testDevice, testSite } from './test-site.ts';

const folder = mkdtempSync(join(tmpdir(), 'kuzet-site-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(change: (site: SiteFile) => void): SiteFile {
  const site = testSite();
  change(site);
  const file = join(folder, 'test.site.yaml');
  writeFileSync(file, stringify(site));
  return loadSiteFile(file, profiles, {});
}

test('a sound site file is taken', () => {
  expect(load(() => undefined).devices).toHaveLength(3);
});

test('the city that ships is sound', () => {
  const file = fileURLToPath(new URL('../config/astana.site.yaml', import.meta.url));
  expect(loadSiteFile(file, profiles, {}).devices.length).toBeGreaterThan(100);
});

test.each<[string, (site: SiteFile) => void, RegExp]>([
  [
    'an id twice',
    (s) => s.devices.push(testDevice({ id: 'smoke-1' })),
    /test\.site\.yaml: devices\.3\.id: "smoke-1" is already the id of devices\.0/,
  ],
  [
    'an unknown site',
    (s) => s.devices.push(testDevice({ id: 'x', siteId: 'nowhere' })),
    /devices\.3\.siteId: there is no site "nowhere"/,
  ],
  [
    'an unknown zone',
    (s) => Object.assign(s.cameras[0]!, { zoneId: 'attic' }),
    /cameras\.0\.zoneId: there is no zone "attic"/,
  ],
  [
    'a zone of another site',
    (s) => s.devices.push(testDevice({ id: 'x', siteId: 'park', zoneId: 'mall-f1' })),
    /devices\.3\.zoneId: zone "mall-f1" belongs to site "mall", not "park"/,
  ],
  [
    'two devices on one topic',
    (s) => s.devices.push(testDevice({ id: 'x', profile: 'zigbee2mqtt', topic: 'zigbee2mqtt/hall smoke' })),
    /devices\.3\.topic: "zigbee2mqtt\/hall smoke" is already the topic of device "zigbee-1"/,
  ],
  [
    'two datastreams on one topic',
    (s) => {
      const streams = [{ topic: 'v1.1/Datastreams(5)/Observations', metric: 'temperature' }];
      s.devices.push(testDevice({ id: 'x', profile: 'sensorthings', streams }));
      s.devices.push(testDevice({ id: 'y', profile: 'sensorthings', streams }));
    },
    /devices\.4\.topic: "v1\.1\/Datastreams\(5\)\/Observations" is already the topic of device "x"/,
  ],
  [
    'a unit that no conversion leads from',
    (s) =>
      s.devices.push(
        testDevice({
          id: 'x',
          profile: 'sensorthings',
          streams: [
            { topic: 'a', metric: 'temperature', unit: '[degF]' },
            { topic: 'b', metric: 'temperature', unit: 'W' },
          ],
        }),
      ),
    /devices\.3\.streams\.1\.unit: temperature is kept in Cel; there is no way there from W/,
  ],
  [
    'a wildcard in a datastream',
    (s) =>
      s.devices.push(testDevice({ id: 'x', profile: 'sensorthings', streams: [{ topic: 'v1.1/#', metric: 'level' }] })),
    /devices\.3\.streams\.0\.topic: .* holds no \+ or #/,
  ],
  [
    'radio codes of another profile',
    (s) => s.devices.push(testDevice({ id: 'x', codes: { A1: { smoke: true } } })),
    /devices\.3\.codes: only profile tasmota has them, not canonical/,
  ],
  [
    'a radio code that is none',
    (s) => s.devices.push(testDevice({ id: 'x', profile: 'tasmota', codes: { smoke: { smoke: true } } })),
    /devices\.3\.codes: "smoke" is no radio code/,
  ],
  [
    'a wildcard topic',
    (s) => s.devices.push(testDevice({ id: 'x', topic: 'a/+/b' })),
    /devices\.3\.topic: .*no \+ or #/,
  ],
  [
    'a camera without an address',
    (s) => Object.assign(s.cameras[0]!, { rtsp: undefined, enabled: true }),
    /cameras\.0: a camera needs/,
  ],
  [
    'an ONVIF address that is none',
    (s) => Object.assign(s.cameras[0]!, { onvif: { address: '192.0.2.21' } }),
    /cameras\.0\.onvif\.address: not an address such as/,
  ],
  [
    'events of a camera without ONVIF',
    (s) => Object.assign(s.cameras[0]!, { events: true }),
    /cameras\.0\.events: .*onvif\.address/,
  ],
  [
    'events of a camera whose device would have no id',
    (s) => Object.assign(s.cameras[0]!, { id: 'c'.repeat(60), events: true, onvif: { address: 'http://192.0.2.1/' } }),
    /cameras\.0\.id: .*57 characters/,
  ],
  [
    'events of a camera whose device is there already',
    (s) => {
      Object.assign(s.cameras[0]!, { id: 'c', events: true, onvif: { address: 'http://192.0.2.1/' } });
      s.devices.push(testDevice({ id: 'c.events' }));
    },
    /cameras\.0\.events: there is a device "c\.events" already/,
  ],
])('[E1] %s is refused with file and key path', (_, change, message) => {
  expect(() => load(change)).toThrow(StartError);
  expect(() => load(change)).toThrow(message);
});
