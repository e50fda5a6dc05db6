import type { Language } from '@kuzet/contracts/common.ts';
import { computed, effect, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { say } from '../kit/i18n.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { clockTime, shortTimer } from '../kit/time.ts';
import { common } from '../kit/words/common.ts';
import type { CityMap, CityMapData } from '../map/city-map.ts';
import { graphicsPower } from '../map/graphics-power.ts';
import type { Rect } from '../tiles/tile.ts';
import { IncidentBand } from './incident-band.tsx';
import { layOut, reference, type Scene } from './layout.ts';
import { MapStrip } from './map-strip.tsx';
import { QuietCounts, QuietHeader } from './quiet-view.tsx';
import { ServiceRows } from './service-rows.tsx';
import { createWallTiles, type WallTiles } from './wall-tiles.ts';
import { wallWords as words } from './wall-words.ts';
import { weatherOf } from './weather.ts';

export interface WallPageProps {
  live: LiveClient;
  wallId: string;
  screenId: string;
}

const quietMap: Rect = { x: 16, y: 148, width: 1104, height: 778 };
const stripPx = 56;
/** A link that has been down this long needs a person. */
const longDownMs = 60_000;
/** From so many dead tiles on, one line says it for all. */
const manyDown = 3;

/** The map comes after the tiles: without a graphics card one redraw of it takes half a second. */
const mapWaitsMs = 60;

/** Runs once the band is on the screen: what, where and how long must not wait for pictures and map. */
const afterPaint = (work: () => void, waitMs = 0) => requestAnimationFrame(() => setTimeout(work, waitMs));

/** How far the reference panel is scaled to fill this one. */
const panelScale = () => Math.min(innerWidth / reference.width, innerHeight / reference.height);

/** One screen of the wall: scene, map, tiles and everything written on them. */
export function WallPage({ live, wallId, screenId }: WallPageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const mapHost = useRef<HTMLDivElement>(null);
  const scale = useSignal(panelScale());
  const tilesDown = useSignal(0);

  const scene = useMemo(() => {
    let previous: Scene | null = null;
    return computed(() => {
      const wall = live.tables.wall.value.get(wallId);
      if (!wall?.screens.some((screen) => screen.id === screenId)) {
        previous = null;
        return null;
      }
      const { incident, camera } = live.tables;
      previous = layOut({ wall, screenId, incidents: incident.value.values(), cameras: camera.value, previous });
      return previous;
    });
  }, [live, wallId, screenId]);
  const languages = useMemo(
    () => computed<Language[]>(() => live.tables.wall.value.get(wallId)?.languages ?? ['kk', 'ru']),
    [live, wallId],
  );

  useEffect(() => {
    const onResize = () => {
      scale.value = panelScale();
    };
    addEventListener('resize', onResize);
    return () => removeEventListener('resize', onResize);
  }, []);

  useEffect(() => {
    if (!stage.current) return;
    const power = graphicsPower();
    const asked = new URLSearchParams(location.search);
    const tiles = createWallTiles({
      host: stage.current.querySelector<HTMLElement>('.tiles-host') ?? stage.current,
      context: {
        nowMs: () => live.now(),
        camera: (id) => live.tables.camera.peek().get(id),
        linkLive: () => live.link.peek() === 'live',
      },
      incident: (id) => live.tables.incident.peek().get(id),
      webgl: power.webgl && asked.get('overlay') !== 'svg',
      canvasPictures: power.hardware || asked.get('tiles') === 'canvas',
    });
    let arranged = '';
    const stop = effect(() => {
      const now = scene.value;
      const ratio = scale.value * devicePixelRatio;
      const language = languages.value[0] ?? 'kk';
      const key = JSON.stringify([now?.tiles, language, ratio]);
      if (!now || key === arranged) return;
      arranged = key;
      afterPaint(() => tiles.arrange(now.tiles, language, ratio));
    });
    const watch = setInterval(() => {
      tilesDown.value = tiles.downForLong();
    }, 5_000);
    exposeReport(tiles);
    return () => {
      clearInterval(watch);
      stop();
      tiles.destroy();
    };
  }, [scene]);

  useEffect(() => {
    let map: CityMap | null = null;
    let stop: (() => void) | null = null;
    let gone = false;
    // The map is the heaviest part of the page: tiles and band do not wait for it.
    void import('../map/city-map.ts').then(({ createCityMap }) => {
      const host = mapHost.current;
      if (gone || !host) return;
      const made = createCityMap(host, {
        language: languages.peek()[0] ?? 'kk',
        fontSize: 24,
        pixelRatio: scale.peek() * devicePixelRatio,
      });
      map = made;
      let placed = '';
      let spoken = languages.peek()[0];
      let asked = false;
      const draw = () => {
        asked = false;
        const now = scene.peek();
        if (!now || gone) return;
        const pixelRatio = scale.peek() * devicePixelRatio;
        const bottomInset = now.kind === 'incident' ? stripPx : 0;
        const place = `${pixelRatio}/${bottomInset}`;
        if (place !== placed) made.resize({ pixelRatio, bottomInset });
        placed = place;
        const [first = 'kk'] = languages.peek();
        if (first !== spoken) made.setLanguage(first);
        spoken = first;
        made.update(mapData(now, live));
      };
      stop = effect(() => {
        const { device, camera, incident } = live.tables;
        for (const source of [scene, scale, languages, device, camera, incident]) void source.value;
        // However many patches come meanwhile, one drawing of the newest state follows.
        if (!asked) afterPaint(draw, mapWaitsMs);
        asked = true;
      });
    });
    return () => {
      gone = true;
      stop?.();
      map?.destroy();
    };
  }, [scene]);

  const shown = scene.value;
  const lang = languages.value[0] ?? 'kk';
  const nowMs = live.second.value;
  const mapRect = shown?.kind === 'incident' ? shown.map : quietMap;
  const weather = weatherOf(live.tables.device.value.values());
  const system = live.tables.system.value.get('hub');

  return (
    <div class="panel">
      <div
        class="stage"
        ref={stage}
        style={{ transform: `translate(-50%, -50%) scale(${scale.value})` }}
        data-scene={shown?.kind ?? 'none'}
      >
        {shown?.kind === 'quiet' && (
          <>
            <QuietHeader
              scene={shown}
              languages={languages.value}
              nowMs={nowMs}
              quietSince={system ? (system.lastClosedAt ?? system.startedAt) : null}
              weather={weather}
            />
            <QuietCounts counts={shown.counts} language={lang} />
          </>
        )}
        {shown?.kind === 'incident' && (
          <>
            <IncidentBand bands={shown.bands} overflow={shown.bandOverflow} languages={languages.value} nowMs={nowMs} />
            <ServiceRows rows={shown.rows} folded={shown.rowsFolded} language={lang} nowMs={nowMs} />
          </>
        )}
        <div
          class="map-frame"
          style={{ left: mapRect.x, top: mapRect.y, width: mapRect.width, height: mapRect.height }}
        >
          <div class="map-host" ref={mapHost} />
          {shown?.kind === 'incident' && <MapStrip weather={weather} others={shown.others} language={lang} />}
          {system?.demo && <div class={`demo ${shown?.kind ?? ''}`}>{say(common.demo, {}, lang)}</div>}
        </div>
        <div class="tiles-host" />
        <SystemLine
          live={live}
          scene={shown}
          tilesDown={tilesDown.value}
          wallId={wallId}
          screenId={screenId}
          lang={lang}
        />
      </div>
    </div>
  );
}

function mapData(scene: Scene, live: LiveClient): CityMapData {
  const { device, camera, incident } = live.tables;
  const cameras = camera.peek();
  const focus = scene.kind === 'incident' ? scene.focus : null;
  return {
    devices: device.peek().values(),
    cameras: cameras.values(),
    incidents: [...incident.peek().values()].filter((one) => one.state !== 'closed'),
    focusIncidentId: focus?.id ?? null,
    focus: focus?.position ? { position: focus.position, ring500m: true } : null,
    numberedCameras: scene.tiles.flatMap(({ cameraId, number }) =>
      cameraId === null || number === null
        ? []
        : [{ id: cameraId, number, working: cameras.get(cameraId)?.state === 'live' }],
    ),
  };
}

interface SystemLineProps {
  live: LiveClient;
  scene: Scene | null;
  tilesDown: number;
  wallId: string;
  screenId: string;
  lang: Language;
}

/** What is wrong with the wall itself: inverted, never in an alarm's colour. */
function SystemLine({ live, scene, tilesDown, wallId, screenId, lang }: SystemLineProps) {
  const link = live.link.value;
  const heardAt = live.heardAt.value;
  const nowMs = live.second.value;
  let text = '';
  if (heardAt === null) text = say(common.connecting, {}, lang);
  else if (link !== 'live') {
    const ageMs = nowMs - heardAt;
    text = say(
      ageMs > longDownMs ? words.noLinkLong : common.noLink,
      { age: shortTimer(ageMs), time: clockTime(heardAt) },
      lang,
    );
  } else if (!scene) text = say(words.unknownWall, { id: `${wallId}/${screenId}` }, lang);
  else if (tilesDown >= manyDown) text = say(words.camerasDown, { n: tilesDown }, lang);
  if (!text) return null;
  return <div class={`system-line num ${scene?.kind ?? 'bare'}`}>{text}</div>;
}

declare global {
  interface Window {
    /** What the tiles say of themselves, for tests and for a person at the panel's console. */
    kuzetWall?: { report: WallTiles['report'] };
  }
}
const exposeReport = (tiles: WallTiles) => {
  window.kuzetWall = { report: () => tiles.report() };
};
