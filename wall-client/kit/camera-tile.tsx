import { useEffect, useRef, useState } from 'preact/hooks';
import { createDomBackend } from '../tiles/dom-backend.ts';
import type { PictureTruth } from '../tiles/picture-truth.ts';
import { createSizedTile } from '../tiles/sized-tile.ts';
import type { Tile, TileContext } from '../tiles/tile.ts';
import { truthHint } from '../tiles/truth-words.ts';
import { createVideoTile } from '../tiles/video-tile.ts';
import { language, say } from './i18n.ts';
import type { LiveClient } from './live-client.ts';
import './styles/camera-tile.css';
import { BlackSymbol, LiveSymbol, LostSymbol, StalledSymbol, UnchangedSymbol } from './symbols.tsx';
import { clockTime, number, shortTimer } from './time.ts';
import { common } from './words/common.ts';

interface CameraTileProps {
  live: LiveClient;
  cameraId: string;
  number?: number;
  distanceM?: number;
  /** Under 200 px the word LIVE is dropped; no other word ever is. */
  small?: boolean;
}

/** How often a tile is asked what its picture is: well under the second after which LIVE must go. */
const lookEveryMs = 250;

/** One camera on a desk: its picture, and what may be said about it. */
export function CameraTile({ live, cameraId, number: mark, distanceM, small = false }: CameraTileProps) {
  const host = useRef<HTMLDivElement>(null);
  const [truth, setTruth] = useState<PictureTruth>({ kind: 'starting', overdue: false });

  useEffect(() => {
    const element = host.current as HTMLDivElement;
    const context: TileContext = {
      nowMs: () => live.now(),
      camera: (id) => live.tables.camera.value.get(id),
      linkLive: () => live.link.value === 'live',
    };
    const tile: Tile = createSizedTile(() => createVideoTile(() => createDomBackend(element), context));
    const place = () => {
      const { clientWidth: width, clientHeight: height } = element;
      tile.place({ x: 0, y: 0, width, height }, devicePixelRatio);
    };
    const observer = new ResizeObserver(place);
    observer.observe(element);
    place();
    tile.show(cameraId);
    const looking = setInterval(() => {
      const next = tile.truth();
      setTruth((before) => (sameOnScreen(before, next) ? before : next));
    }, lookEveryMs);
    return () => {
      clearInterval(looking);
      observer.disconnect();
      tile.destroy();
    };
  }, [cameraId]);

  const camera = live.tables.camera.value.get(cameraId);
  const name = camera?.name[language.value] ?? cameraId;
  return (
    <div class={`camera-tile ${truth.kind} ${small ? 'small' : ''}`} data-camera={cameraId} data-truth={truth.kind}>
      <div class="picture" ref={host} />
      <Plate truth={truth} />
      <Hint truth={truth} />
      <div class="label">
        {mark !== undefined && <span class="mark">{mark}</span>}
        <span class="name">
          {name}
          {!small && <small> {cameraId}</small>}
          {distanceM !== undefined && <small> {say(common.metres, { n: Math.round(distanceM) })}</small>}
        </span>
        <TruthLabel truth={truth} small={small} />
      </div>
    </div>
  );
}

/** Tenths of a second show while live, whole seconds otherwise: what would look the same is not drawn again. */
function sameOnScreen(a: PictureTruth, b: PictureTruth): boolean {
  return (
    a.kind === b.kind &&
    truthText(a, false) === truthText(b, false) &&
    truthHint(a, language.value)?.symbol === truthHint(b, language.value)?.symbol &&
    JSON.stringify(overdueOf(a)) === JSON.stringify(overdueOf(b))
  );
}
const overdueOf = (truth: PictureTruth) => (truth.kind === 'starting' ? truth.overdue : null);

export function truthText(truth: PictureTruth, small: boolean): string {
  switch (truth.kind) {
    case 'live': {
      const delay =
        truth.delayMs === null ? '' : say(common.seconds, { n: number(truth.delayMs / 1000, language.value, 1) });
      return small && delay ? delay : `${say(common.live)} ${delay}`.trim();
    }
    case 'stalled':
      return `${say(common.stalled)} ${say(common.seconds, { n: Math.floor(truth.ageMs / 1000) })}`;
    case 'lost':
      return `${say(common.lost)} ${shortTimer(truth.ageMs)}`;
    case 'undecodable':
      return say(common.notDecoded);
    case 'disabled':
      return say(common.disabled);
    default:
      return '';
  }
}

function TruthLabel({ truth, small }: { truth: PictureTruth; small: boolean }) {
  if (truth.kind === 'starting') return null;
  return (
    <span class={truth.kind === 'live' ? 'truth num' : 'truth inverted num'}>
      {truth.kind === 'live' ? <LiveSymbol /> : truth.kind === 'stalled' ? <StalledSymbol /> : <LostSymbol />}
      {truthText(truth, small)}
    </span>
  );
}

/** Frames come, and yet something is wrong with what they show. */
function Hint({ truth }: { truth: PictureTruth }) {
  const hint = truthHint(truth, language.value);
  if (!hint) return null;
  return (
    <p class={`hint ${hint.symbol}`}>
      {hint.symbol === 'black' ? <BlackSymbol /> : <UnchangedSymbol />}
      {hint.text}
    </p>
  );
}

function Plate({ truth }: { truth: PictureTruth }) {
  if (truth.kind === 'starting') {
    return truth.overdue ? <p class="plate">{say(common.awaitingPicture)}</p> : null;
  }
  if (truth.kind === 'undecodable') {
    return (
      <p class="plate">
        <b>{say(common.noDecoder)}</b>
        {say(common.noDecoderRemedy)}
      </p>
    );
  }
  if (truth.kind !== 'lost') return null;
  return (
    <p class="plate">
      <b>{say(common.linkBroken)}</b>
      {truth.lastFrameAtMs === null
        ? say(common.noFrameYet)
        : say(common.lastFrame, { time: clockTime(truth.lastFrameAtMs) })}
    </p>
  );
}
