/** A frame as it was presented; times are epoch milliseconds of this machine. */
export interface SeenFrame {
  displayedAtMs: number;
  /** The stamp's time; null where the pixels hold no stamp. */
  stampMs: number | null;
  camera: number | null;
  /** Of a tile that picks its stream: part of what is displayed that is black or not there. */
  blackPart?: number;
}
export interface SeenTruth {
  atMs: number;
  kind: 'starting' | 'live' | 'stalled' | 'lost' | 'undecodable' | 'disabled';
}
export interface ProbeReport {
  frames: SeenFrame[];
  truths: SeenTruth[];
  way: 'webcodecs' | 'mse' | 'hls' | null;
  stream: 'main' | 'sub' | null;
}

export interface ProbeOptions {
  /** The way to begin with; the best this browser has when left out. */
  way?: 'webcodecs' | 'mse' | 'hls';
  /** It takes main or small stream by its size; what it displays is looked at in each frame of the page. */
  sized?: boolean;
  /** Of the tile, px. */
  width?: number;
  height?: number;
}
