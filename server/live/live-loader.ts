import type { LiveSnapshot, LiveValues } from '@kuzet/contracts/live.ts';

/** Where live reads what screens show. Unknown ids are left out of an answer. */
export interface LiveLoader {
  incidents(ids: readonly string[] | 'open'): Promise<LiveValues['incident'][]>;
  devices(ids: readonly string[] | 'all'): Promise<LiveValues['device'][]>;
  cameras(ids: readonly string[] | 'all'): Promise<LiveValues['camera'][]>;
  sites(): Promise<LiveValues['site'][]>;
  zones(): Promise<LiveValues['zone'][]>;
  agencies(): Promise<LiveValues['agency'][]>;
  walls(): Promise<LiveValues['wall'][]>;
  edges(): Promise<LiveValues['edge'][]>;
  system(): Promise<LiveValues['system']>;
}

export async function loadSnapshot(load: LiveLoader): Promise<LiveSnapshot> {
  const [incident, device, camera, site, zone, agency, wall, edge, system] = await Promise.all([
    load.incidents('open'),
    load.devices('all'),
    load.cameras('all'),
    load.sites(),
    load.zones(),
    load.agencies(),
    load.walls(),
    load.edges(),
    load.system(),
  ]);
  return { incident, device, camera, site, zone, agency, wall, edge, system: [system] };
}
