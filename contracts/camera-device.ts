import { idPattern } from './common.ts';
import type { Metric } from './device.ts';
import type { SiteCamera } from './site-file.ts';
import type { Inventory } from './uplink.ts';

/** What cameras notice by themselves: ONVIF motion, tamper, digital inputs, lines that were crossed; and how they are. */
const metrics: Metric[] = [
  { name: 'motion', unit: '' },
  { name: 'tamper', unit: '' },
  { name: 'digitalInput', unit: '' },
  { name: 'lineCrossing', unit: '' },
  { name: 'restarted', unit: '' },
  { name: 'clockError', unit: 's' },
];

/** Twice what the edge agent repeats the state after. */
const expectedIntervalS = 600;

/** The device that stands for a camera's events: its readings are what the camera notices. */
export const cameraDeviceId = (cameraId: string): string => `${cameraId}.events`;

/** Whether the camera's events can have a device: its id has room for it. */
export const canHaveEvents = (cameraId: string): boolean => new RegExp(idPattern).test(cameraDeviceId(cameraId));

/** The device of the inventory for each camera whose events are taken. */
export function cameraDevices(cameras: readonly SiteCamera[]): Inventory['devices'] {
  return cameras
    .filter(({ enabled, events, onvif }) => enabled && events === true && onvif !== undefined)
    .map(({ id, siteId, zoneId, name, position }) => ({
      id: cameraDeviceId(id),
      siteId,
      zoneId: zoneId ?? null,
      kind: 'camera' as const,
      name: { kk: `${name.kk}: оқиғалар`, ru: `${name.ru}: события`, en: `${name.en}: events` },
      position,
      metrics,
      expectedIntervalS,
    }));
}
