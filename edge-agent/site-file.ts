import { cameraDeviceId, canHaveEvents } from '@kuzet/contracts/camera-device.ts';
import { type SiteDevice, SiteFile } from '@kuzet/contracts/site-file.ts';
import { loadConfig } from '@kuzet/lib/config.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Profile } from './profiles/profile.ts';
import { loadAdopted } from './provisioning/adopted-file.ts';
import { vendorFaults } from './vendor-parts.ts';

type Profiles = Readonly<Record<string, Profile>>;

/**
 * Reads a site file and checks what a schema cannot: names given twice, places that are not there, two devices on one
 * topic.
 * @throws StartError with file and key path, one line a fault.
 */
export function loadSiteFile(file: string, profiles: Profiles, env: NodeJS.ProcessEnv = process.env): SiteFile {
  const site = loadConfig(SiteFile, { file, env });
  const faults = siteFileFaults(site, profiles);
  if (faults.length > 0) throw new StartError(faults.map((fault) => `${file}: ${fault}`).join('\n'));
  return site;
}

export interface LoadedSite {
  /** The site file, and behind its devices those that were adopted. */
  site: SiteFile;
  adopted: SiteDevice[];
  /** Ids that stand in both files: the site file's entry counts. */
  moved: string[];
}

/**
 * The site file with the devices that were adopted, under the same checks. An adopted device that the site file has by
 * now, under the same id and topics, was moved there.
 * @throws StartError with file and key path, one line a fault.
 */
export function loadSite(
  { file, adoptedFile }: { file: string; adoptedFile: string },
  profiles: Profiles,
  env: NodeJS.ProcessEnv = process.env,
): LoadedSite {
  const site = loadSiteFile(file, profiles, env);
  const topicsOf = (device: SiteDevice) =>
    JSON.stringify([device.profile, profiles[device.profile]!.topics(device).map(({ topic }) => topic)]);
  const declared = new Map(site.devices.map((device) => [device.id, device]));
  const isMoved = (device: SiteDevice) => {
    const own = declared.get(device.id);
    return own !== undefined && topicsOf(own) === topicsOf(device);
  };
  const all = loadAdopted(adoptedFile);
  const adopted = all.filter((device) => !isMoved(device));
  const moved = all.filter(isMoved).map(({ id }) => id);
  const merged = { ...site, devices: [...site.devices, ...adopted] };
  const faults = siteFileFaults(merged, profiles).map((fault) =>
    fault.replace(/^devices\.(\d+)/, (_, index: string) => `devices.${Number(index) - site.devices.length}`),
  );
  if (faults.length > 0) {
    throw new StartError(faults.map((fault) => `${adoptedFile}: ${fault} (with ${file} before it)`).join('\n'));
  }
  return { site: merged, adopted, moved };
}

/** Each as `devices.3.zoneId: what is wrong`. */
export function siteFileFaults(site: SiteFile, profiles: Profiles): string[] {
  return [
    ...twice(site),
    ...misplaced(site),
    ...topicFaults(site.devices, profiles),
    ...vendorFaults(site.devices),
    ...cameraFaults(site),
  ];
}

function* twice(site: SiteFile): Generator<string> {
  for (const part of ['sites', 'zones', 'devices', 'cameras'] as const) {
    const seen = new Map<string, number>();
    for (const [index, { id }] of site[part].entries()) {
      const first = seen.get(id);
      if (first !== undefined) yield `${part}.${index}.id: "${id}" is already the id of ${part}.${first}`;
      else seen.set(id, index);
    }
  }
}

function* misplaced(site: SiteFile): Generator<string> {
  const sites = new Set(site.sites.map(({ id }) => id));
  const zones = new Map(site.zones.map((zone) => [zone.id, zone.siteId]));
  for (const part of ['zones', 'devices', 'cameras'] as const) {
    for (const [index, thing] of site[part].entries()) {
      if (!sites.has(thing.siteId)) {
        yield `${part}.${index}.siteId: there is no site "${thing.siteId}" under sites`;
      }
      const { zoneId } = thing as { zoneId?: string };
      if (zoneId === undefined) continue;
      const zoneSite = zones.get(zoneId);
      if (zoneSite === undefined) yield `${part}.${index}.zoneId: there is no zone "${zoneId}" under zones`;
      else if (zoneSite !== thing.siteId) {
        yield `${part}.${index}.zoneId: zone "${zoneId}" belongs to site "${zoneSite}", not "${thing.siteId}"`;
      }
    }
  }
}

function* topicFaults(devices: readonly SiteDevice[], profiles: Profiles): Generator<string> {
  const owners = new Map<string, string>();
  for (const [index, device] of devices.entries()) {
    if (device.topic !== undefined && !/^[^+#$\0][^+#\0]*$/.test(device.topic)) {
      yield `devices.${index}.topic: a topic to publish on is not empty, holds no + or #, and does not begin with $`;
      continue;
    }
    for (const { topic } of profiles[device.profile]!.topics(device)) {
      const owner = owners.get(topic);
      if (owner !== undefined) yield `devices.${index}.topic: "${topic}" is already the topic of device "${owner}"`;
      else owners.set(topic, device.id);
    }
  }
}

function* cameraFaults(site: SiteFile): Generator<string> {
  for (const [index, camera] of site.cameras.entries()) {
    if (camera.enabled && !camera.onvif && !camera.rtsp) {
      yield `cameras.${index}: a camera needs onvif.address or rtsp.address, or enabled: false`;
    }
    if (camera.onvif && !/^https?:\/\/./i.test(URL.canParse(camera.onvif.address) ? camera.onvif.address : '')) {
      yield `cameras.${index}.onvif.address: not an address such as http://192.0.2.21/onvif/device_service`;
    }
    if (camera.events && !camera.onvif) yield `cameras.${index}.events: events come over ONVIF: give its onvif.address`;
    if (camera.events && !canHaveEvents(camera.id)) {
      yield `cameras.${index}.id: with events an id has at most 57 characters`;
    }
    if (camera.events && site.devices.some(({ id }) => id === cameraDeviceId(camera.id))) {
      yield `cameras.${index}.events: there is a device "${cameraDeviceId(camera.id)}" already`;
    }
    if (camera.password !== undefined && camera.username === undefined) {
      yield `cameras.${index}.username: a password is given without a username`;
    }
  }
}
