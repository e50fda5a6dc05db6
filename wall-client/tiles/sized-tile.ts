import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import type { PictureTruth } from './picture-truth.ts';
import { createStreamChoice, type StreamChoice } from './stream-choice.ts';
import type { Rect, Tile } from './tile.ts';

/** A stream opened beside the one shown has so long to become live. */
const patienceMs = 8_000;
/** A small stream without a picture for so long: the camera's main stream may still run. */
const smallLostMs = 5_000;
const mainAgainMs = 30_000;

interface Lane {
  stream: VideoStream;
  tile: Tile;
  openedAtMs: number;
  /** As of the last look, when it came on the screen, under the one shown. */
  isUnder: boolean;
  /** It was asked for with its size known, not with the usual one. */
  sizeKnown: boolean;
}

/**
 * A tile that takes the camera's small stream where it covers few pixels. The other stream is opened beside the one
 * shown, comes on the screen under it with its own first live picture, and takes its place with the next look: in
 * between nothing is black, and what is said is always said of the picture that is seen.
 * @param makeTile a tile of one stream, under those made before it.
 * @param nowMs of any steady clock.
 */
export function createSizedTile(makeTile: () => Tile, nowMs: () => number = () => performance.now()): Tile {
  let cameraId: string | null = null;
  let rect: Rect = { x: 0, y: 0, width: 1, height: 1 };
  let pixelRatio = 1;
  let choice: StreamChoice = createStreamChoice();
  let shown: Lane | null = null;
  let beside: Lane | null = null;
  let framesBefore = 0;

  const tilePixels = () => ({ width: rect.width * pixelRatio, height: rect.height * pixelRatio });

  /** @param covered it lies under what is shown, and what it has first is a picture of before. */
  function open(stream: VideoStream, covered: boolean): Lane {
    const tile = makeTile();
    tile.setCovered(covered);
    tile.place(rect, pixelRatio);
    tile.show(cameraId, stream);
    return { stream, tile, openedAtMs: nowMs(), isUnder: false, sizeKnown: choice.knows(stream) };
  }

  function closeBeside(): void {
    beside?.tile.destroy();
    beside = null;
  }

  function close(): void {
    closeBeside();
    shown?.tile.destroy();
    shown = null;
  }

  function wantedBeside({ stream, tile }: Lane, truth: PictureTruth): VideoStream | null {
    const other = stream === 'main' ? 'sub' : 'main';
    // Perhaps the camera's other stream has a codec that is known here.
    if (truth.kind === 'undecodable') return mayTry() ? other : null;
    const isLost = (truth.kind === 'stalled' || truth.kind === 'lost') && truth.ageMs > smallLostMs;
    if (stream === 'sub' && isLost) return mayTry() ? other : null;
    // HLS is the main stream's alone. What has no picture is not judged by its size.
    if (tile.way() === 'hls' || truth.kind !== 'live') return null;
    const wanted = choice.wanted(tilePixels(), nowMs());
    return wanted === other ? other : null;
  }
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let triedPauseMs = 0;
  const mayTry = () => nowMs() - triedAtMs >= triedPauseMs;

  /** The one beside is live: it takes the place. */
  function changeOver(next: Lane): void {
    framesBefore += shown?.tile.framesShown() ?? 0;
    next.tile.setCovered(false);
    shown?.tile.destroy();
    shown = next;
    beside = null;
    triedPauseMs = 0;
    choice.changed(next.stream, nowMs());
  }

  function lookBeside(lane: Lane, seen: PictureTruth): void {
    if (!beside) {
      const wanted = wantedBeside(lane, seen);
      if (wanted) beside = open(wanted, true);
      return;
    }
    const truth = beside.tile.truth();
    const size = beside.tile.pictureSize();
    if (size) choice.learn(beside.stream, size);
    if (truth.kind === 'live' && beside.tile.way() !== 'hls') {
      // Its true size may be another than was thought, and the tile's has changed perhaps. Once it is here a size that
      // trembles about the threshold does not send it away, or it would be fetched again and again.
      const holding = beside.sizeKnown ? beside.stream : undefined;
      const stillWanted = seen.kind !== 'live' || choice.wanted(tilePixels(), nowMs(), holding) === beside.stream;
      // Its first live pictures are late while its decoder works off what it began with, and the browser has to draw them.
      if (!stillWanted) closeBeside();
      else if (beside.isUnder) changeOver(beside);
      else beside.isUnder = true;
    } else if (truth.kind === 'undecodable' || nowMs() - beside.openedAtMs > patienceMs) {
      closeBeside();
      triedAtMs = nowMs();
      // What is lost may be back at any time; what cannot be decoded will hardly change.
      const isUndecodable = seen.kind === 'undecodable';
      triedPauseMs = isUndecodable ? Math.min(Math.max(30_000, triedPauseMs * 2), 600_000) : mainAgainMs;
      if (seen.kind === 'live') choice.refused(nowMs());
    }
  }

  return {
    show(nextId) {
      if (nextId === cameraId) return;
      close();
      cameraId = nextId;
      choice = createStreamChoice();
      framesBefore = 0;
      triedPauseMs = 0;
      // It runs all the time and so shows at once; a small stream is fetched for its first viewer.
      if (nextId !== null) shown = open('main', false);
    },
    setCovered(covered) {
      shown?.tile.setCovered(covered);
    },
    place(next, ratio = pixelRatio) {
      rect = next;
      pixelRatio = ratio;
      shown?.tile.place(next, ratio);
      beside?.tile.place(next, ratio);
    },
    truth() {
      if (!shown) return { kind: 'starting', overdue: false };
      const size = shown.tile.pictureSize();
      if (size) choice.learn(shown.stream, size);
      const truth = shown.tile.truth();
      const before = shown;
      lookBeside(shown, truth);
      return shown === before ? truth : shown.tile.truth();
    },
    frameAgeMs: () => shown?.tile.frameAgeMs() ?? null,
    way: () => shown?.tile.way() ?? null,
    attempts: () => shown?.tile.attempts() ?? 0,
    framesShown: () => framesBefore + (shown?.tile.framesShown() ?? 0),
    stream: () => shown?.stream ?? null,
    pictureSize: () => shown?.tile.pictureSize() ?? null,
    destroy: close,
  };
}
