import { Deck, type Layer, MapView, WebMercatorViewport } from '@deck.gl/core';
import type { Camera } from '@kuzet/contracts/camera.ts';
import type { Language } from '@kuzet/contracts/common.ts';
import type { Device } from '@kuzet/contracts/device.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { say } from '../kit/i18n.ts';
import { common } from '../kit/words/common.ts';
import { type BaseMap, loadBaseMap } from './base-map.ts';
import { type BasemapSource, createBasemapTiles } from './basemap-tiles.ts';
import { graphicsPower } from './graphics-power.ts';
import { dashedRing, type LonLat, offset } from './map-geometry.ts';
import { createMapLabels, type LabelScene } from './map-labels.ts';
import { type Dot, groundLayers, overlayLayers } from './map-layers.ts';
import { mapWords } from './map-words.ts';
import { blocksAround } from './street-texture.ts';
import './map.css';

export interface CityMapOptions {
  language: Language;
  /** Size of names, px: 24 on a wall, 14 on a desk. */
  fontSize: number;
  /** Physical pixels a CSS pixel, where a wall is scaled to its panel. */
  pixelRatio?: number;
  /** Drag, wheel and clicks; a wall has no pointer. */
  interactive?: boolean;
  basemap?: BasemapSource;
  baseMapUrl?: string;
  /** Px at the bottom that a strip of the page covers. */
  bottomInset?: number;
  onSelect?: (kind: 'incident' | 'camera' | 'device', id: string) => void;
}

export interface MapFocus {
  position: { lon: number; lat: number };
  /** The 500 m ring and the near view around it; false just centres. */
  ring500m: boolean;
}

export interface CityMapData {
  devices: Iterable<Device>;
  cameras: Iterable<Camera>;
  /** Open incidents; those without a position are not drawn. */
  incidents: Incident[];
  focusIncidentId: string | null;
  focus: MapFocus | null;
  /** Cameras that carry a number on screen, with their view cones. `working` false: drawn hollow. */
  numberedCameras: { id: string; number: number; working: boolean }[];
}

export interface CityMap {
  /** Takes what changed and redraws: at once for a new focus, else at most once a second without a graphics card. */
  update(data: Partial<CityMapData>): void;
  setLanguage(language: Language): void;
  /** For a page that scales itself. The size of the container is watched; nothing need be called for that. */
  resize(change?: { pixelRatio?: number; bottomInset?: number }): void;
  destroy(): void;
}

const cityCentre: LonLat = [71.443, 51.1262];
/** Km that the city view shows at the least: from the airport road to the northern stations. */
const citySpanKm = { width: 16.5, height: 13.4 };
const nearSpanKm = { width: 2.3, height: 1.62 };
const softwareRedrawMs = 1_000;

/** One deck.gl map with a label layer of its own; every page uses this one. */
export function createCityMap(container: HTMLElement, options: CityMapOptions): CityMap {
  const power = graphicsPower();
  container.classList.add('city-map');
  container.classList.toggle('interactive', options.interactive === true);
  container.classList.toggle('no-gl', !power.webgl);
  const canvasHost = document.createElement('div');
  canvasHost.style.cssText = 'position:absolute;inset:0';
  container.append(canvasHost);
  const labels = createMapLabels(container, options.onSelect);
  const credit = document.createElement('div');
  credit.className = 'map-credit';
  const note = document.createElement('div');
  note.className = 'map-note';
  container.append(credit, note);

  let language = options.language;
  let pixelRatio = options.pixelRatio ?? devicePixelRatio;
  let bottomInset = options.bottomInset ?? 0;
  let base: BaseMap | null = null;
  let nearGround: { key: string; blocks: ReturnType<typeof blocksAround> } = { key: '', blocks: [] };
  let destroyed = false;
  let problem: keyof typeof mapWords | null = power.webgl ? null : 'noGraphics';
  const data: CityMapData = {
    devices: [],
    cameras: [],
    incidents: [],
    focusIncidentId: null,
    focus: null,
    numberedCameras: [],
  };

  const size = () => ({ width: container.clientWidth || 1, height: container.clientHeight || 1 });
  let view = homeView();
  const deck = power.webgl ? createDeck() : null;
  let tiles =
    options.basemap && options.basemap !== 'schematic'
      ? createBasemapTiles(options.basemap, () => schedule(), fallBack)
      : null;

  function createDeck(): Deck<MapView> {
    return new Deck({
      parent: canvasHost as HTMLDivElement,
      ...size(),
      views: new MapView({ repeat: false }),
      viewState: view,
      controller: options.interactive ? { dragRotate: false, touchRotate: false } : false,
      useDevicePixels: pixelRatio,
      deviceProps: { type: 'webgl', webgl: { antialias: power.hardware } },
      layers: [],
      getCursor: ({ isDragging, isHovering }) => (isDragging ? 'grabbing' : isHovering ? 'pointer' : 'grab'),
      onViewStateChange: ({ viewState }) => {
        view = { ...view, ...viewState, pitch: 0, bearing: 0 };
        redraw();
      },
      onClick: ({ layer, object }) => {
        if (!object || !options.onSelect) return;
        if (layer?.id === 'cameras') options.onSelect('camera', (object as Dot).id);
        if (layer?.id === 'devices') options.onSelect('device', (object as Dot).id);
      },
      onError: (error) => {
        console.error('map', error);
        problem = 'noGraphics';
        container.classList.add('no-gl');
        drawTexts();
      },
    });
  }

  function fit(centre: LonLat, span: { width: number; height: number }) {
    const { width, height } = size();
    const pxPerKm = Math.min(width / span.width, (height - bottomInset) / span.height);
    const kmOfWorld = 40_075 * Math.cos((centre[1] * Math.PI) / 180);
    const zoom = Math.log2((pxPerKm * kmOfWorld) / 512);
    // The strip at the bottom hides part of the map: the centre moves up by half of it.
    const shiftKm = bottomInset / 2 / pxPerKm;
    const [longitude, latitude] = offset(centre, 180, shiftKm * 1000);
    return { longitude, latitude, zoom, pitch: 0, bearing: 0, minZoom: 9, maxZoom: 17 };
  }
  function homeView() {
    return fit(cityCentre, citySpanKm);
  }
  function focusedView(focus: MapFocus) {
    return fit([focus.position.lon, focus.position.lat], nearSpanKm);
  }

  loadBaseMap(options.baseMapUrl ?? '/map/astana.geojson')
    .then((loaded) => {
      if (destroyed) return;
      base = loaded;
      redraw();
    })
    .catch((error: unknown) => {
      console.error('map', error);
      problem = 'baseMapFailed';
      container.classList.add('no-gl');
      redraw();
    });

  function fallBack(reason: string): void {
    console.error('map tiles', reason);
    tiles?.destroy();
    tiles = null;
    problem = 'tilesFailed';
    redraw();
  }

  const isNear = () => view.zoom > 12.9;

  function viewport(): WebMercatorViewport {
    return new WebMercatorViewport({ ...size(), ...view });
  }

  function ground(port: WebMercatorViewport): Layer[] {
    if (tiles) return tiles.layers(port.getBounds(), view.zoom);
    if (!base) return [];
    const near = isNear();
    if (near) {
      // A key on a coarse grid: panning a little must not rebuild the blocks.
      const key = `${view.longitude.toFixed(2)},${view.latitude.toFixed(2)}`;
      if (key !== nearGround.key) {
        nearGround = { key, blocks: blocksAround(base, [view.longitude, view.latitude], 3_600) };
      }
    }
    return groundLayers({ base, blocks: near ? nearGround.blocks : [], near });
  }

  const at = (thing: { position: { lon: number; lat: number } }): LonLat => [thing.position.lon, thing.position.lat];

  function redraw(): void {
    if (destroyed) return;
    drawnAtMs = performance.now();
    const port = viewport();
    const cameras = [...data.cameras];
    const cameraById = new Map(cameras.map((camera) => [camera.id, camera]));
    const numbered = data.numberedCameras.flatMap((mark) => {
      const camera = cameraById.get(mark.id);
      return camera ? [{ ...mark, camera }] : [];
    });
    const numberedIds = new Set(numbered.map((mark) => mark.id));
    const ringAt = data.focus?.ring500m ? at(data.focus) : null;
    deck?.setProps({
      viewState: view,
      layers: [
        ...ground(port),
        ...overlayLayers({
          cameras: cameras
            .filter((camera) => !numberedIds.has(camera.id))
            .map((camera) => ({ id: camera.id, at: at(camera), hollow: camera.state !== 'live' })),
          devices: [...data.devices].map((device) => ({
            id: device.id,
            at: at(device),
            // In test mode it raises nothing: as little to be relied on as one that is not heard.
            hollow: device.state !== 'online',
          })),
          ring: ringAt ? dashedRing(ringAt, 500, 96) : [],
          dotPx: options.fontSize * 0.18,
          pickable: options.interactive === true,
        }),
      ],
    });
    const scene: LabelScene = {
      language,
      base: tiles ? null : base,
      near: isNear(),
      fontSize: options.fontSize,
      bottomInset,
      incidents: data.incidents.flatMap((incident) =>
        incident.position
          ? [
              {
                id: incident.id,
                at: [incident.position.lon, incident.position.lat] as LonLat,
                priority: incident.priority,
                drill: incident.drill,
                label: incident.siteName?.[language] ?? incident.address?.[language] ?? '',
                focused: incident.id === data.focusIncidentId,
                attention: incident.priority === 'critical' && incident.acknowledgedAt === null,
              },
            ]
          : [],
      ),
      cameras: numbered.map(({ id, number, working, camera }) => ({
        id,
        at: at(camera),
        number,
        working,
        bearingDeg: camera.bearingDeg,
        fovDeg: Math.min(camera.fovDeg, 150),
      })),
      ring: ringAt ? { at: ringAt, topAt: offset(ringAt, 0, 500), text: say(mapWords.ring, {}, language) } : null,
    };
    const { width, height } = size();
    labels.draw(scene, (point) => port.project(point) as [number, number], width, height);
    drawTexts();
  }

  function drawTexts(): void {
    const source = options.basemap;
    credit.textContent =
      tiles && source && source !== 'schematic' ? source.attribution : say(common.mapCredit, {}, language);
    credit.style.bottom = `${bottomInset + 6}px`;
    note.textContent = problem ? say(mapWords[problem], {}, language) : '';
  }

  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function schedule(): void {
    if (timer !== undefined || destroyed) return;
    const waitMs = power.hardware ? 16 : Math.max(0, drawnAtMs + softwareRedrawMs - performance.now());
    timer = setTimeout(() => {
      timer = undefined;
      redraw();
    }, waitMs);
  }

  const focusKey = (focus: MapFocus | null) =>
    focus ? `${focus.position.lon},${focus.position.lat},${focus.ring500m}` : 'home';

  function refit(): void {
    // A person's own view is kept; a wall's is fitted anew.
    if (!options.interactive || !fitted) view = data.focus ? focusedView(data.focus) : homeView();
    fitted = container.clientWidth > 1;
    deck?.setProps(size());
    redraw();
  }
  let fitted = false;
  const watch = new ResizeObserver(refit);
  watch.observe(container);

  drawTexts();
  return {
    update(change) {
      const before = focusKey(data.focus);
      Object.assign(data, change);
      // Tables hand out one-way iterators; a map redraws more than once.
      data.devices = [...data.devices];
      data.cameras = [...data.cameras];
      if (focusKey(data.focus) === before) {
        schedule();
        return;
      }
      view = data.focus ? focusedView(data.focus) : homeView();
      redraw();
    },
    setLanguage(next) {
      language = next;
      redraw();
    },
    resize(change = {}) {
      pixelRatio = change.pixelRatio ?? pixelRatio;
      bottomInset = change.bottomInset ?? bottomInset;
      deck?.setProps({ useDevicePixels: pixelRatio });
      refit();
    },
    destroy() {
      destroyed = true;
      watch.disconnect();
      clearTimeout(timer);
      tiles?.destroy();
      deck?.finalize();
      labels.destroy();
      container.replaceChildren();
    },
  };
}
