import { Inventory } from '@kuzet/contracts/uplink.ts';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { toInventory } from './inventory.ts';
import { testSite } from './test-site.ts';

test('[E2] the inventory fits its schema and holds no address, user or password', () => {
  const inventory = toInventory(testSite());
  expect(Value.Check(Inventory, inventory)).toBe(true);
  expect(JSON.stringify(inventory)).not.toMatch(/rtsp|10\.0\.0\.9|viewer|never-leaves|zigbee2mqtt|profile/);
  expect(inventory.devices.map(({ id, zoneId }) => [id, zoneId])).toEqual([
    ['smoke-1', 'mall-f1'],
    ['air-1', null],
    ['zigbee-1', null],
  ]);
  expect(inventory.cameras[0]).toMatchObject({ id: 'cam-1', enabled: false, fovDeg: 70 });
});

test('[O5] a camera whose events are taken has a device of its own in the inventory', () => {
  const site = testSite();
  const onvif = { address: 'http://10.0.0.9/onvif/device_service' };
  const camera = { ...site.cameras[0]!, enabled: true, onvif };
  const cameras = [
    { ...camera, events: true },
    { ...camera, id: 'cam-2' },
    { ...camera, id: 'cam-3', events: true, enabled: false },
  ];
  const inventory = toInventory({ ...site, devices: [], cameras });
  expect(Value.Check(Inventory, inventory)).toBe(true);
  expect(inventory.devices).toEqual([
    expect.objectContaining({ id: 'cam-1.events', kind: 'camera', siteId: camera.siteId, expectedIntervalS: 600 }),
  ]);
  expect(JSON.stringify(inventory)).not.toContain('10.0.0.9');
});
