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
