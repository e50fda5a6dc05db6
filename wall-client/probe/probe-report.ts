/** A frame as it was presented; times are epoch milliseconds of this machine. */
export interface SeenFrame {
  displayedAtMs: number;
  /** The stamp's time; null where the pixels hold no stamp. */
  stampMs: number | null;
  camera: number | null;
}
export interface SeenTruth {
  atMs: number;
  kind: 'starting' | 'live' | 'stalled' | 'lost' | 'undecodable' | 'disabled';
}
export interface ProbeReport {
  frames: SeenFrame[];
  truths: SeenTruth[];
  way: 'webcodecs' | 'mse' | 'hls' | null;
}

export interface ProbeOptions {
  /** The way to begin with; the best this browser has when left out. */
  way?: 'webcodecs' | 'mse' | 'hls';
  /** Of the tile, px. */
  width?: number;
  height?: number;
}
