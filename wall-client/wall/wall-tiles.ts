import type { Language } from '@kuzet/contracts/common.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { say } from '../kit/i18n.ts';
import { number } from '../kit/time.ts';
import { common, incidentTypeWords } from '../kit/words/common.ts';
import { createMeasureText } from '../overlay/drawing.ts';
import { createOverlay, type Overlay } from '../overlay/overlay.ts';
import { drawFace, type TileFace } from '../overlay/tile-face.ts';
import { createDomBackend } from '../tiles/dom-backend.ts';
import type { PictureTruth } from '../tiles/picture-truth.ts';
import { createSizedTile } from '../tiles/sized-tile.ts';
import type { Tile, TileBackend, TileContext } from '../tiles/tile.ts';
import { createVideoTile } from '../tiles/video-tile.ts';
import { boundsOf, type TilePlan } from './layout.ts';
import { wallWords } from './wall-words.ts';

export interface WallTilesOptions {
  host: HTMLElement;
  context: TileContext;
  incident(id: string): Incident | undefined;
  webgl: boolean;
  /** Pictures as sprites of the overlay: only where a graphics card draws. */
  canvasPictures: boolean;
}

export interface WallTiles {
  arrange(plans: TilePlan[], language: Language, pixelRatio: number): void;
  /** Tiles whose picture has been gone for long, for the line that says so. */
  downForLong(): number;
  /** For tests and the watchdog: what each tile says and has shown. */
  report(): {
    cameraId: string | null;
    truth: PictureTruth['kind'];
    frames: number;
    way: string | null;
    stream: string | null;
    painter: string;
  }[];
  destroy(): void;
}

const lookEveryMs = 250;
const longMs = 60_000;

/** The pictures of one screen and what is written on them. Keeps a camera's player while it only changes place. */
export function createWallTiles({ host, context, incident, webgl, canvasPictures }: WallTilesOptions): WallTiles {
  const videoHost = document.createElement('div');
  videoHost.style.cssText = 'position:absolute;inset:0;pointer-events:none';
  host.append(videoHost);
  const measure = createMeasureText();
  const tiles = new Map<string, Tile>();
  const heldDelay = new Map<string, { second: number; delayMs: number | null }>();
  let plans: TilePlan[] = [];
  let language: Language = 'kk';
  let fontsReady = false;
  let onCanvas = false;
  let pixelRatio = 1;

  const overlay: Overlay = createOverlay(host, {
    webgl,
    onPictures: () => moveTo(canvasPictures),
    onPicturesLost: () => moveTo(false),
  });
  // Canvas text drawn before its font is there stays in the fallback face.
  const sample = 'Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі Жж 0123 KZ';
  void Promise.all(
    [400, 500, 600, 700].map((weight) => document.fonts.load(`${weight} 32px "Golos Text Variable"`, sample)),
  )
    .catch((error: unknown) => console.warn('wall font', error))
    .then(() => {
      fontsReady = true;
      look();
    });

  function makeBackend(): TileBackend {
    const pictures = onCanvas ? overlay.pictures() : null;
    if (pictures && createPixi) return createPixi(pictures.stage, pictures.requestRender);
    return createDomBackend(videoHost);
  }
  let createPixi: typeof import('../tiles/pixi-backend.ts').createPixiBackend | null = null;

  async function moveTo(canvas: boolean): Promise<void> {
    if (canvas && !createPixi) ({ createPixiBackend: createPixi } = await import('../tiles/pixi-backend.ts'));
    if (canvas === onCanvas) return;
    onCanvas = canvas;
    for (const tile of tiles.values()) tile.destroy();
    tiles.clear();
    place();
  }

  function place(): void {
    const wanted = new Map(plans.flatMap((plan) => (plan.cameraId ? [[plan.cameraId, plan] as const] : [])));
    for (const [cameraId, tile] of tiles) {
      if (wanted.has(cameraId)) continue;
      tile.destroy();
      tiles.delete(cameraId);
      heldDelay.delete(cameraId);
    }
    for (const [cameraId, plan] of wanted) {
      let tile = tiles.get(cameraId);
      if (!tile) {
        tile = createSizedTile(() => createVideoTile(makeBackend, context));
        tiles.set(cameraId, tile);
      }
      tile.place(plan.picture, pixelRatio);
      tile.show(cameraId);
    }
    look();
  }

  /** A delay that changed ten times a second could not be read: it holds for a second. */
  function hold(cameraId: string, truth: PictureTruth): PictureTruth {
    if (truth.kind !== 'live') {
      heldDelay.delete(cameraId);
      return truth;
    }
    const second = Math.floor(context.nowMs() / 1000);
    const held = heldDelay.get(cameraId);
    if (held?.second === second) return { ...truth, delayMs: held.delayMs };
    heldDelay.set(cameraId, { second, delayMs: truth.delayMs });
    return truth;
  }

  function face(plan: TilePlan, index: number): TileFace {
    const base = {
      variant: plan.variant,
      picture: plan.picture,
      caption: plan.caption,
      number: plan.number,
      language,
      border: plan.reason === 'high' ? ('high' as const) : ('none' as const),
      banner: banner(plan),
    };
    if (plan.cameraId === null) {
      const empty = say(wallWords.noCameraNear, {}, language);
      return {
        ...base,
        key: `empty${index}`,
        name: '',
        code: '',
        truth: { kind: 'starting', overdue: false },
        empty,
        trouble: '',
      };
    }
    const camera = context.camera(plan.cameraId);
    const tile = tiles.get(plan.cameraId);
    const truth = tile?.truth() ?? { kind: 'starting' as const, overdue: false };
    const distance =
      plan.distanceM === null
        ? ''
        : `, ${say(common.metres, { n: number(Math.round(plan.distanceM), language) }, language)}`;
    const attempts = tile?.attempts() ?? 0;
    return {
      ...base,
      key: plan.cameraId,
      name: camera?.name[language] ?? say(wallWords.unknownCamera, {}, language),
      code: plan.cameraId + distance,
      truth: hold(plan.cameraId, truth),
      empty: '',
      trouble:
        truth.kind === 'lost' && truth.ageMs > longMs && attempts > 1
          ? say(wallWords.reconnecting, { n: attempts }, language)
          : '',
    };
  }

  function banner(plan: TilePlan): string {
    if (plan.reason === 'officer') return say(wallWords.officerTile, {}, language);
    const cause = plan.reason === 'high' && plan.incidentId ? incident(plan.incidentId) : undefined;
    if (!cause) return '';
    const place = cause.siteName?.[language] ?? cause.address?.[language] ?? '';
    const drill = cause.drill ? `${say(common.drill, {}, language)} · ` : '';
    return `${drill}${incidentTypeWords[cause.type][language]}${place ? `, ${place}` : ''}`;
  }

  let down = 0;
  function look(): void {
    const faces = plans.map(face);
    down = faces.filter((one) => one.truth.kind === 'lost' && one.truth.ageMs > longMs).length;
    if (fontsReady) overlay.draw(faces.flatMap((one) => drawFace(one, measure)));
  }

  const timer = setInterval(look, lookEveryMs);
  return {
    arrange(next, nextLanguage, nextPixelRatio) {
      plans = next;
      pixelRatio = nextPixelRatio;
      language = nextLanguage;
      overlay.cover(boundsOf(next), pixelRatio);
      place();
    },
    downForLong: () => down,
    report: () =>
      plans.map((plan) => {
        const tile = plan.cameraId === null ? undefined : tiles.get(plan.cameraId);
        return {
          cameraId: plan.cameraId,
          truth: tile?.truth().kind ?? 'disabled',
          frames: tile?.framesShown() ?? 0,
          way: tile?.way() ?? null,
          stream: tile?.stream() ?? null,
          painter: overlay.painter(),
        };
      }),
    destroy() {
      clearInterval(timer);
      for (const tile of tiles.values()) tile.destroy();
      tiles.clear();
      overlay.destroy();
      videoHost.remove();
    },
  };
}
