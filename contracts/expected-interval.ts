import type { DeviceKind } from './device.ts';
import type { SiteDevice } from './site-file.ts';

/** Radio networks whose devices run on a battery unless the site file says otherwise. */
const batteryProfiles: ReadonlySet<string> = new Set(['zigbee2mqtt', 'chirpstack', 'milesight', 'the-things-stack']);
/** Kinds that never do. */
const mainsKinds: ReadonlySet<DeviceKind> = new Set(['fire-panel', 'power-meter', 'street-light']);

/**
 * Battery devices check in once or twice a day; Zigbee2MQTT itself calls one offline after 25 h. Half of that, so that
 * "silent" (twice the interval and 10 s) comes at the same moment.
 */
const batteryS = 45_000;

/** Devices on mains, by how often their kind reports without being asked; on change only: a heartbeat an hour. */
const mainsS: Record<DeviceKind, number> = {
  'smoke-detector': 300,
  'heat-detector': 300,
  'manual-call-point': 300,
  'fire-panel': 60,
  'gas-detector': 300,
  'door-contact': 3_600,
  'motion-sensor': 3_600,
  'air-quality': 600,
  'water-level': 600,
  'water-leak': 3_600,
  'weather-station': 600,
  'power-meter': 300,
  'street-light': 3_600,
  camera: 600,
};

/** The site file's word, else the default for the kind of device and its power; seconds. */
export function expectedIntervalOf(
  device: Pick<SiteDevice, 'kind' | 'profile'> & Partial<Pick<SiteDevice, 'power' | 'expectedIntervalS'>>,
): number {
  if (device.expectedIntervalS) return device.expectedIntervalS;
  const power =
    device.power ?? (batteryProfiles.has(device.profile) && !mainsKinds.has(device.kind) ? 'battery' : 'mains');
  return power === 'battery' ? batteryS : mainsS[device.kind];
}
