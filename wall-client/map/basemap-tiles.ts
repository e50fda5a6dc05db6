import { BitmapLayer } from '@deck.gl/layers';
import { PMTiles, TileType } from 'pmtiles';

/** Where the ground picture comes from. Raster tiles, 256 px, Web Mercator. */
export type BasemapSource =
  | 'schematic'
  | { tilesUrl: string; attribution: string }
  | { pmtilesUrl: string; attribution: string };

type FetchTile = (z: number, x: number, y: number, signal: AbortSignal) => Promise<Blob | null>;

const keepTiles = 96;
const giveUpAfterFailures = 4;

const lonOf = (x: number, z: number) => (x / 2 ** z) * 360 - 180;
const latOf = (y: number, z: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** z))) * 180) / Math.PI;
const xOf = (lon: number, z: number) => Math.floor(((lon + 180) / 360) * 2 ** z);
const yOf = (lat: number, z: number) => {
  const radians = (lat * Math.PI) / 180;
  return Math.floor(((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2) * 2 ** z);
};

/** The tiles that cover bounds `[west, south, east, north]` at tile zoom `z`. */
export function coveringTiles([west, south, east, north]: [number, number, number, number], z: number) {
  const tiles: { z: number; x: number; y: number }[] = [];
  for (let x = xOf(west, z); x <= xOf(east, z); x++) {
    for (let y = yOf(north, z); y <= yOf(south, z); y++) tiles.push({ z, x, y });
  }
  return tiles;
}

function fetcher(source: Exclude<BasemapSource, 'schematic'>): FetchTile {
  if ('tilesUrl' in source) {
    return async (z, x, y, signal) => {
      const url = source.tilesUrl.replace('{z}', `${z}`).replace('{x}', `${x}`).replace('{y}', `${y}`);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return response.blob();
    };
  }
  const archive = new PMTiles(source.pmtilesUrl);
  return async (z, x, y, signal) => {
    const header = await archive.getHeader();
    if (header.tileType === TileType.Mvt) throw new Error('a vector PMTiles archive: only raster ones are drawn');
    const tile = await archive.getZxy(z, x, y, signal);
    return tile ? new Blob([tile.data]) : null;
  };
}

/**
 * Loads the tiles under a view and makes one layer of each. `onFailed` is called once, when tiles fail before any has
 * come: the map then falls back to the schematic and says so.
 */
export function createBasemapTiles(
  source: Exclude<BasemapSource, 'schematic'>,
  onLoaded: () => void,
  onFailed: (reason: string) => void,
) {
  const fetchTile = fetcher(source);
  const stop = new AbortController();
  const images = new Map<string, ImageBitmap | 'waiting' | 'none'>();
  let failures = 0;
  let loaded = 0;

  async function load(key: string, z: number, x: number, y: number): Promise<void> {
    images.set(key, 'waiting');
    try {
      const blob = await fetchTile(z, x, y, stop.signal);
      if (stop.signal.aborted) return;
      images.set(key, blob ? await createImageBitmap(blob) : 'none');
      if (blob) loaded++;
      onLoaded();
    } catch (error) {
      images.delete(key);
      failures++;
      if (!stop.signal.aborted && loaded === 0 && failures === giveUpAfterFailures) onFailed(String(error));
    }
  }

  function forget(wanted: ReadonlySet<string>): void {
    for (const [key, image] of images) {
      if (images.size <= keepTiles) return;
      if (wanted.has(key) || image === 'waiting') continue;
      if (image !== 'none') image.close();
      images.delete(key);
    }
  }

  return {
    layers(bounds: [number, number, number, number], zoom: number): BitmapLayer[] {
      // deck's zoom counts 512 px worlds; these tiles are 256 px.
      const z = Math.max(0, Math.min(18, Math.round(zoom) + 1));
      const tiles = coveringTiles(bounds, z).slice(0, keepTiles);
      const wanted = new Set(tiles.map(({ x, y }) => `${z}/${x}/${y}`));
      const layers: BitmapLayer[] = [];
      for (const { x, y } of tiles) {
        const key = `${z}/${x}/${y}`;
        const image = images.get(key);
        if (image === undefined && failures < giveUpAfterFailures * 8) void load(key, z, x, y);
        if (!image || image === 'waiting' || image === 'none') continue;
        layers.push(
          new BitmapLayer({
            id: `tile-${key}`,
            image,
            bounds: [lonOf(x, z), latOf(y + 1, z), lonOf(x + 1, z), latOf(y, z)],
          }),
        );
      }
      forget(wanted);
      return layers;
    },
    destroy(): void {
      stop.abort();
      for (const image of images.values()) if (typeof image === 'object') image.close();
      images.clear();
    },
  };
}
