import type { Camera } from '@kuzet/contracts/camera.ts';
import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import type { PlayerWay } from './live-player.ts';
import type { PictureTruth } from './picture-truth.ts';
import type { PixelSize } from './stream-choice.ts';

/** Where a picture lies, in px of the page that holds it. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * One picture of one camera. A back-end only moves pixels; what may be said about them is judged in one place
 * (video-tile.ts), the same for all.
 */
export interface TileBackend {
  video: HTMLVideoElement;
  place(rect: Rect): void;
  /** A lost picture is removed, whatever the player still holds. */
  setVisible(visible: boolean): void;
  /** Called for every presented frame. */
  frame?(): void;
  destroy(): void;
}

/** What a tile needs from the page around it. */
export interface TileContext {
  /** The hub's clock, epoch milliseconds. */
  nowMs(): number;
  /** The hub's word on a camera; undefined: it knows none. */
  camera(id: string): Camera | undefined;
  /** False while the link to the hub is down: its word is old then and counts no more. */
  linkLive(): boolean;
}

export interface Tile {
  /** Starts showing a camera; null empties the tile. Showing the same again changes nothing. */
  show(cameraId: string | null, stream?: VideoStream): void;
  /** @param pixelRatio pixels of the screen a px of `rect`; as it was when left out. */
  place(rect: Rect, pixelRatio?: number): void;
  /** It lies under another: only what is live may be on the screen, and nothing of before shines through. */
  setCovered(covered: boolean): void;
  /** Milliseconds since the newest frame reached the screen; null before the first. */
  frameAgeMs(): number | null;
  /** What may be said about the picture now; also takes a lost picture away. */
  truth(): PictureTruth;
  /** How its pictures come now; null for an empty tile. */
  way(): PlayerWay | null;
  /** Attempts to bring the stream back since frames last came. */
  attempts(): number;
  framesShown(): number;
  /** Which stream was asked for; null for an empty tile. */
  stream(): VideoStream | null;
  /** Of the picture as it was decoded; null before the first. */
  pictureSize(): PixelSize | null;
  destroy(): void;
}
