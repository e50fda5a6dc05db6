import { fillPolygon, type Picture, type Point, type Rgb } from './raster.ts';

/** Metres: x right, y away from the camera, z up. */
export type Place = readonly [number, number, number];

export interface Projected {
  x: number;
  y: number;
  /** Pixels a metre at that distance. */
  scale: number;
  depthM: number;
}

/** Where the camera hangs and looks. */
export interface View {
  width: number;
  height: number;
  eye: Place;
  /** Null when behind the camera. */
  project(place: Place): Projected | null;
  /** Where the line of sight through a pixel meets the ground, or null above the horizon. */
  ground(px: number, py: number): Point | null;
  /** Fills a flat polygon of places, clipped at the camera. */
  fill(picture: Picture, places: readonly Place[], color: Rgb, alpha?: number): void;
}

const nearM = 0.3;

/** @param pitchDeg how far the camera looks down; @param fovDeg width of what it sees; @param yawDeg to the right */
export function createView(
  width: number,
  height: number,
  {
    heightM,
    pitchDeg,
    fovDeg,
    yawDeg = 0,
    xM = 0,
  }: { heightM: number; pitchDeg: number; fovDeg: number; yawDeg?: number; xM?: number },
): View {
  const focal = width / 2 / Math.tan((fovDeg * Math.PI) / 360);
  const sinP = Math.sin((pitchDeg * Math.PI) / 180);
  const cosP = Math.cos((pitchDeg * Math.PI) / 180);
  const sinY = Math.sin((yawDeg * Math.PI) / 180);
  const cosY = Math.cos((yawDeg * Math.PI) / 180);

  /** Right, up and depth as the camera sees it. */
  const toCamera = ([x, y, z]: Place): Place => {
    const dx = x - xM;
    const right = dx * cosY - y * sinY;
    const ahead = dx * sinY + y * cosY;
    const up = z - heightM;
    return [right, ahead * sinP + up * cosP, ahead * cosP - up * sinP];
  };
  const toScreen = ([right, up, depth]: Place): Point => [
    width / 2 + (focal * right) / depth,
    height / 2 - (focal * up) / depth,
  ];

  return {
    width,
    height,
    eye: [xM, 0, heightM],
    project(place) {
      const seen = toCamera(place);
      if (seen[2] < nearM) return null;
      const [x, y] = toScreen(seen);
      return { x, y, scale: focal / seen[2], depthM: seen[2] };
    },
    ground(px, py) {
      const right = (px - width / 2) / focal;
      const up = (height / 2 - py) / focal;
      const down = sinP - up * cosP;
      if (down <= 1e-6) return null;
      const far = heightM / down;
      const ahead = (cosP + up * sinP) * far;
      const across = right * far;
      return [xM + across * cosY + ahead * sinY, ahead * cosY - across * sinY];
    },
    fill(picture, places, color, alpha = 1) {
      const seen = places.map(toCamera);
      const clipped: Place[] = [];
      seen.forEach((a, i) => {
        const b = seen[(i + 1) % seen.length]!;
        if (a[2] >= nearM) clipped.push(a);
        if (a[2] >= nearM !== b[2] >= nearM) {
          const t = (nearM - a[2]) / (b[2] - a[2]);
          clipped.push([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, nearM]);
        }
      });
      if (clipped.length >= 3) fillPolygon(picture, clipped.map(toScreen), color, alpha);
    },
  };
}
