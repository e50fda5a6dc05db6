import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { Site, SiteCamera, SiteDevice, SiteFile, Zone } from '@kuzet/contracts/site-file.ts';
import { districtOf } from './astana-geometry.ts';
import { type DeviceModel, deviceModels, type ModelName, metricsOf } from './device-catalog.ts';
import { offset, type Point } from './geometry.ts';

/** A place measured from the site's position: metres east, metres north, and the floor where there are floors. */
export type Spot = readonly [eastM: number, northM: number, floor?: number];

export interface SiteBuilder {
  /** Adds a zone `{site}-{id}` whose position is the given spot. */
  zone(id: string, name: LocalizedText, spot: Spot): void;
  /** Adds one device a spot, numbered on within the site and model: floor 3 gives 301, 302, …; no floor 01, 02, … */
  devices(model: ModelName, zoneId: string, spots: readonly Spot[], place?: LocalizedText): void;
  camera(camera: CameraPlan): void;
}

export interface CameraPlan {
  id: string;
  name: LocalizedText;
  zoneId: string;
  spot: Spot;
  bearingDeg: number;
  fovDeg: number;
  ptz?: boolean;
  /** `rtsp`: known by its streams' addresses only. */
  by?: 'onvif' | 'rtsp';
}

/** Collects sites, zones, devices and cameras; gives every device an id, a name, a topic and a real coordinate. */
export function createCityBuilder() {
  const file: SiteFile = { sites: [], zones: [], devices: [], cameras: [] };

  function site(plan: Omit<Site, 'district' | 'position'> & { at: Point; district?: LocalizedText }): SiteBuilder {
    const { at, district, ...rest } = plan;
    file.sites.push({ ...rest, district: district ?? districtOf(at), position: { lon: at[0], lat: at[1] } });
    const counts = new Map<string, number>();
    const position = ([eastM, northM, floor]: Spot) => {
      const [lon, lat] = offset(at, eastM, northM);
      return floor === undefined ? { lon, lat } : { lon, lat, floor };
    };
    const fullZone = (id: string): string => {
      const zoneId = `${plan.id}-${id}`;
      if (!file.zones.some((zone: Zone) => zone.id === zoneId)) throw new Error(`no zone ${zoneId}`);
      return zoneId;
    };
    return {
      zone: (id, name, spot) =>
        void file.zones.push({ id: `${plan.id}-${id}`, siteId: plan.id, name, position: position(spot) }),
      devices(modelName, zoneId, spots, place) {
        const model: DeviceModel = deviceModels[modelName];
        for (const spot of spots) {
          const floor = spot[2];
          const series = `${model.short}/${floor ?? ''}`;
          const count = (counts.get(series) ?? 0) + 1;
          counts.set(series, count);
          const level = floor === undefined ? '' : floor < 0 ? `b${-floor}` : String(floor);
          const number = `${level}${String(count).padStart(2, '0')}`;
          const id = `${plan.id}-${model.short}-${number}`;
          file.devices.push(device(model, id, number, plan.id, fullZone(zoneId), position(spot), place));
        }
      },
      camera({ zoneId, spot, by = 'onvif', ptz = false, ...camera }) {
        file.cameras.push({
          id: camera.id,
          siteId: plan.id,
          zoneId: fullZone(zoneId),
          name: camera.name,
          position: position(spot),
          bearingDeg: camera.bearingDeg,
          fovDeg: camera.fovDeg,
          ptz,
          ...(by === 'onvif'
            ? {
                onvif: {
                  address: `http://127.0.0.1:\${KUZET_SIM_ONVIF_PORT:-8091}/onvif/${camera.id}/device_service`,
                },
              }
            : {
                rtsp: { address: `rtsp://127.0.0.1:\${KUZET_SIM_RTSP_PORT:-8554}/${camera.id}/main` },
                sub: { address: `rtsp://127.0.0.1:\${KUZET_SIM_RTSP_PORT:-8554}/${camera.id}/sub` },
              }),
          username: 'kuzet',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by lib/config.ts when the file is read
          password: '${KUZET_SIM_CAMERA_PASSWORD:-Astana-2026}',
        } as SiteCamera);
      },
    };
  }
  return { site, file };
}

function device(
  model: DeviceModel,
  id: string,
  number: string,
  siteId: string,
  zoneId: string,
  position: SiteDevice['position'],
  place?: LocalizedText,
): SiteDevice {
  const name = (language: 'kk' | 'ru' | 'en') => {
    const plain = `${model.name[language]} ${number}`;
    return place ? `${plain}, ${place[language]}` : plain;
  };
  return {
    id,
    siteId,
    zoneId,
    kind: model.kind,
    name: { kk: name('kk'), ru: name('ru'), en: name('en') },
    position,
    metrics: metricsOf(model),
    expectedIntervalS: model.expectedIntervalS,
    profile: model.profile,
    ...(model.profile === 'zigbee2mqtt' ? { topic: `zigbee2mqtt/${id}` } : {}),
  };
}

/** A grid of spots: `columns` × `rows`, `stepM` apart, around a middle. */
export function grid(middle: Spot, columns: number, rows: number, stepM: number): Spot[] {
  return Array.from({ length: columns * rows }, (_, i) => {
    const east = middle[0] + ((i % columns) - (columns - 1) / 2) * stepM;
    const north = middle[1] + (Math.floor(i / columns) - (rows - 1) / 2) * stepM;
    return [east, north, middle[2]] as const;
  });
}
