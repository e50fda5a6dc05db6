import { isDeepStrictEqual } from 'node:util';
import { expectedIntervalOf } from '@kuzet/contracts/expected-interval.ts';
import type { AdoptDevice, DiscoveredDevice } from '@kuzet/contracts/provisioning.ts';
import type { SiteDevice, SiteFile } from '@kuzet/contracts/site-file.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Profile } from '../profiles/profile.ts';
import { siteFileFaults } from '../site-file.ts';

export type AdoptResult =
  | { ok: true; changed: boolean; device: SiteDevice }
  | { ok: false; code: 'conflict' | 'invalid-request'; detail: string };

export interface Adoption {
  /** The site file with what was adopted. */
  site(): SiteFile;
  /**
   * Makes a device of this edge: on the disk first, then told to the hub, then routed. One at a time.
   * @throws when the file or the inventory cannot be written.
   */
  adopt(asked: AdoptDevice): Promise<AdoptResult>;
}

export interface AdoptionDeps {
  /** With what was adopted before. */
  site: SiteFile;
  adopted: readonly SiteDevice[];
  profiles: Readonly<Record<string, Profile>>;
  discovered(profile: AdoptDevice['profile'], topic: string): DiscoveredDevice | null;
  save(devices: readonly SiteDevice[]): Promise<void>;
  /** Resolves when the inventory is on its way for good. */
  announce(site: SiteFile): Promise<void>;
  /** The device is known from here on. */
  onAdopted(site: SiteFile, device: SiteDevice): void;
  log: Log;
}

/** Devices that become part of this edge while it runs. */
export function createAdoption(deps: AdoptionDeps): Adoption {
  const { profiles, log } = deps;
  let site = deps.site;
  let adopted = deps.adopted;
  /** A device is in the file and the hub was not told. */
  let untold = false;
  let last: Promise<unknown> = Promise.resolve();

  async function adoptNow(asked: AdoptDevice): Promise<AdoptResult> {
    const before = site.devices.find(({ id }) => id === asked.id);
    if (before && isSame(before, asked)) {
      if (untold) await tell();
      return { ok: true, changed: false, device: before };
    }
    const seen = deps.discovered(asked.profile, asked.topic);
    const metrics = asked.metrics ?? seen?.metrics ?? [];
    if (metrics.length === 0) {
      const detail = `Nothing was heard of ${asked.profile} under topic "${asked.topic}": name its metrics.`;
      return { ok: false, code: 'invalid-request', detail };
    }
    const device: SiteDevice = {
      id: asked.id,
      siteId: asked.siteId,
      ...(asked.zoneId !== undefined && { zoneId: asked.zoneId }),
      kind: asked.kind,
      name: asked.name,
      position: asked.position,
      metrics: [...metrics],
      expectedIntervalS: asked.expectedIntervalS ?? seen?.expectedIntervalS ?? expectedIntervalOf(asked),
      profile: asked.profile,
      topic: asked.topic,
      ...(asked.power !== undefined && { power: asked.power }),
      ...(asked.streams !== undefined && { streams: asked.streams }),
      ...(asked.codes !== undefined && { codes: asked.codes }),
    };
    // `${NAME}` in the file would be filled from the environment at the next start.
    if (JSON.stringify(device).includes('${')) {
      return { ok: false, code: 'invalid-request', detail: 'No text may hold "${".' };
    }
    const next: SiteFile = { ...site, devices: [...site.devices, device] };
    const known = new Set(siteFileFaults(site, profiles));
    const faults = siteFileFaults(next, profiles).filter((fault) => !known.has(fault));
    if (faults.length > 0) return { ok: false, code: 'conflict', detail: faults.join('; ') };

    await deps.save([...adopted, device]);
    adopted = [...adopted, device];
    site = next;
    untold = true;
    try {
      await tell();
    } finally {
      // In the file it is this edge's device, whether or not the hub could be told yet.
      deps.onAdopted(site, device);
      log.info({ device: device.id, profile: device.profile }, 'device adopted');
    }
    return { ok: true, changed: true, device };
  }

  async function tell(): Promise<void> {
    await deps.announce(site);
    untold = false;
  }

  return {
    site: () => site,
    adopt(asked) {
      const result = last.then(() => adoptNow(asked));
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** What was asked, and nothing but, stands already; what is left out may be anything. */
function isSame(device: SiteDevice, asked: AdoptDevice): boolean {
  const { zoneId = null, ...rest } = asked;
  const held: Record<string, unknown> = { ...device };
  return (
    (device.zoneId ?? null) === zoneId &&
    Object.entries(rest).every(([key, value]) => isDeepStrictEqual(held[key], value))
  );
}
