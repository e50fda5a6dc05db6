import { cameraDevices } from '@kuzet/contracts/camera-device.ts';
import { expectedIntervalOf } from '@kuzet/contracts/expected-interval.ts';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import type { Inventory, InventoryItem } from '@kuzet/contracts/uplink.ts';
import { timestamp } from '@kuzet/lib/clock.ts';

/** What the hub is told of a site file: named field by field, so that no address or secret slips out with a new one. */
export function toInventory({ sites, zones, devices, cameras }: SiteFile): Inventory {
  return {
    sites,
    zones,
    devices: [
      ...devices.map((device) => {
        const { id, siteId, zoneId, kind, name, position, metrics } = device;
        const expectedIntervalS = expectedIntervalOf(device);
        return { id, siteId, zoneId: zoneId ?? null, kind, name, position, metrics, expectedIntervalS };
      }),
      ...cameraDevices(cameras),
    ],
    cameras: cameras.map(({ id, siteId, zoneId, name, position, bearingDeg, fovDeg, ptz, enabled }) => ({
      id,
      siteId,
      zoneId: zoneId ?? null,
      name,
      position,
      bearingDeg,
      fovDeg,
      ptz,
      enabled,
    })),
  };
}

export const inventoryItem = (site: SiteFile, nowMs: number): InventoryItem => ({
  t: 'inventory',
  at: timestamp(nowMs),
  inventory: toInventory(site),
});
