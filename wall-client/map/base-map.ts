import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { LonLat } from './map-geometry.ts';

export interface District {
  name: LocalizedText;
  label: LonLat;
  outline: LonLat[];
}
export interface Avenue {
  name: LocalizedText;
  short: LocalizedText;
  rank: 1 | 2;
  line: LonLat[];
}
export interface Landmark {
  name: LocalizedText;
  at: LonLat;
}
/** The schematic of public/map/astana.geojson, sorted by kind. */
export interface BaseMap {
  districts: District[];
  river: { name: LocalizedText; line: LonLat[] } | null;
  avenues: Avenue[];
  landmarks: Landmark[];
  /** Texture, not survey: see street-texture.ts. */
  streets: LonLat[][];
}

interface Feature {
  properties: {
    kind: 'district' | 'river' | 'avenue' | 'landmark' | 'streets';
    name: LocalizedText;
    short?: LocalizedText;
    rank?: 1 | 2;
    label?: LonLat;
  };
  geometry: { coordinates: unknown };
}

/** Sorts the features of the schematic. Unknown kinds are left out: a newer file still draws. */
export function readBaseMap(geoJson: { features: Feature[] }): BaseMap {
  const map: BaseMap = { districts: [], river: null, avenues: [], landmarks: [], streets: [] };
  for (const { properties, geometry } of geoJson.features) {
    const { kind, name } = properties;
    if (kind === 'district') {
      const [outline = []] = geometry.coordinates as LonLat[][];
      map.districts.push({ name, label: properties.label ?? (outline[0] as LonLat), outline });
    } else if (kind === 'streets') map.streets = geometry.coordinates as LonLat[][];
    else if (kind === 'river') map.river = { name, line: geometry.coordinates as LonLat[] };
    else if (kind === 'avenue') {
      const line = geometry.coordinates as LonLat[];
      map.avenues.push({ name, short: properties.short ?? name, rank: properties.rank ?? 2, line });
    } else if (kind === 'landmark') map.landmarks.push({ name, at: geometry.coordinates as LonLat });
  }
  return map;
}

/** @throws Error when the file cannot be had or is not GeoJSON. */
export async function loadBaseMap(url: string): Promise<BaseMap> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return readBaseMap((await response.json()) as { features: Feature[] });
}
