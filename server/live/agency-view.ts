import type { Incident } from '@kuzet/contracts/incident.ts';
import type { LiveChange, LiveKind, LiveSnapshot, LiveValues } from '@kuzet/contracts/live.ts';

/** What an agency's screen needs to know to say where an incident is; never a device, a wall or another agency. */
type Related = 'camera' | 'site' | 'zone';
export type Catalogue = { [K in Related]: ReadonlyMap<string, LiveValues[K]> };

/**
 * One agency's part of the city: incidents that were dispatched to it, the cameras, sites and zones of those, and
 * itself. Keeps what the screen was told, so that it can be told what to forget.
 */
export function createAgencyView(agencyId: string) {
  const incidents = new Map<string, Incident>();
  const shown: { [K in Related]: Set<string> } = { camera: new Set(), site: new Set(), zone: new Set() };

  const mayShow = (incident: Incident) =>
    incident.state !== 'closed' && incident.dispatches.some((dispatch) => dispatch.agencyId === agencyId);

  function needed(): { [K in Related]: Set<string> } {
    const need = { camera: new Set<string>(), site: new Set<string>(), zone: new Set<string>() };
    for (const incident of incidents.values()) {
      for (const camera of incident.cameras) need.camera.add(camera.id);
      if (incident.siteId) need.site.add(incident.siteId);
      if (incident.zoneId) need.zone.add(incident.zoneId);
    }
    return need;
  }

  /** Adds what the incidents now need and takes back what they no longer do. */
  function related(catalogue: Catalogue): LiveChange[] {
    const changes: LiveChange[] = [];
    const need = needed();
    for (const kind of ['site', 'zone', 'camera'] as const) {
      for (const id of need[kind]) {
        const value = catalogue[kind].get(id);
        if (!value || shown[kind].has(id)) continue;
        shown[kind].add(id);
        changes.push({ kind, id, value } as LiveChange);
      }
      for (const id of shown[kind]) {
        if (need[kind].has(id)) continue;
        shown[kind].delete(id);
        changes.push({ kind, id, value: null });
      }
    }
    return changes;
  }

  return {
    snapshot(all: LiveSnapshot): LiveSnapshot {
      incidents.clear();
      for (const kind of ['camera', 'site', 'zone'] as const) shown[kind].clear();
      for (const incident of all.incident) if (mayShow(incident)) incidents.set(incident.id, incident);
      related(catalogueOf(all));
      return {
        incident: [...incidents.values()],
        device: [],
        camera: all.camera.filter(({ id }) => shown.camera.has(id)),
        site: all.site.filter(({ id }) => shown.site.has(id)),
        zone: all.zone.filter(({ id }) => shown.zone.has(id)),
        agency: all.agency.filter(({ id }) => id === agencyId),
        wall: [],
        edge: [],
        system: all.system,
      };
    },

    /** What of `changes` this agency may see. `catalogue` is asked for what newly shown incidents need. */
    patch(changes: readonly LiveChange[], catalogue: Catalogue): LiveChange[] {
      const mine: LiveChange[] = [];
      let incidentsChanged = false;
      for (const change of changes) {
        const { kind, id, value } = change;
        if (kind === 'incident') {
          const had = incidents.has(id);
          const isMine = value?.dispatches.some((dispatch) => dispatch.agencyId === agencyId) ?? false;
          if (value !== null && isMine && value.state !== 'closed') {
            incidents.set(id, value);
            mine.push(change);
          } else if (had && isMine) mine.push(change);
          else if (had) {
            incidents.delete(id);
            mine.push({ kind, id, value: null });
          }
          incidentsChanged ||= had || incidents.has(id);
        } else if (kind === 'camera' || kind === 'site' || kind === 'zone') {
          if (!shown[kind].has(id)) continue;
          if (value === null) shown[kind].delete(id);
          mine.push(change);
        } else if (kind === 'agency') {
          if (id === agencyId) mine.push(change);
        } else if (kind === 'system') mine.push(change);
      }
      return incidentsChanged ? [...related(catalogue), ...mine] : mine;
    },

    /** True for a camera of one of the agency's incidents. */
    knows: (kind: Related, id: string) => shown[kind].has(id),
  };
}
export type AgencyView = ReturnType<typeof createAgencyView>;

export const catalogueOf = (all: Pick<LiveSnapshot, Extract<LiveKind, Related>>): Catalogue => ({
  camera: new Map(all.camera.map((item) => [item.id, item])),
  site: new Map(all.site.map((item) => [item.id, item])),
  zone: new Map(all.zone.map((item) => [item.id, item])),
});
