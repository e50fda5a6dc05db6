import { createRandom } from '@kuzet/lib/seeded-random.ts';
import type { Lamp } from './ground.ts';
import { addGlow, mixed, type Picture, type Point, type Rgb, scaled, smoothstep, strokeLine } from './raster.ts';
import type { Place, View } from './view.ts';

export const lampColor: Rgb = [1, 0.9, 0.7];

/** Night sky over a lit city: darker above, a haze of light over the roofs. */
export function drawSky(picture: Picture, horizonY: number, above: Rgb, atHorizon: Rgb): void {
  const { width, height, rgb } = picture;
  for (let y = 0; y < Math.min(height, horizonY + 1); y++) {
    const color = mixed(above, atHorizon, smoothstep(0, 1, y / Math.max(1, horizonY)) ** 1.4);
    for (let x = 0; x < width; x++) rgb.set(color, (y * width + x) * 3);
  }
}

export interface Facade {
  /** Lower left corner as seen from the street, and the direction to the lower right one. */
  corner: Place;
  along: Point;
  widthM: number;
  heightM: number;
  floorM: number;
  windowM: number;
  /** Part of the windows with light. */
  litPart: number;
  wall: Rgb;
  /** Brightness of a lit window. */
  glow: number;
}

/** A house front with its windows. */
export function drawFacade(
  picture: Picture,
  view: View,
  facade: Facade,
  haze: { fog: Rgb; fogM: number },
  random: () => number,
): void {
  const { corner, along, widthM, heightM, floorM, windowM } = facade;
  const at = (u: number, z: number): Place => [corner[0] + along[0] * u, corner[1] + along[1] * u, corner[2] + z];
  const far = Math.hypot(corner[0] + (along[0] * widthM) / 2, corner[1] + (along[1] * widthM) / 2);
  const t = 1 - Math.exp(-far / haze.fogM);
  const quad = (u0: number, z0: number, u1: number, z1: number, color: Rgb, alpha = 1) =>
    view.fill(picture, [at(u0, z0), at(u1, z0), at(u1, z1), at(u0, z1)], color, alpha);
  // In slices, so that a long front fades into the haze along its length.
  quad(0, 0, widthM, heightM, mixed(facade.wall, haze.fog, t));
  quad(0, heightM - 0.5, widthM, heightM, mixed(scaled(facade.wall, 1.5), haze.fog, t));
  const columns = Math.floor(widthM / windowM);
  for (let floor = 1; floor * floorM + 1 < heightM; floor++) {
    for (let column = 0; column < columns; column++) {
      const chance = random();
      const u = (column + 0.25) * windowM;
      const z = floor * floorM;
      const size = windowM * 0.5;
      if (chance > facade.litPart) {
        quad(u, z, u + size, z + floorM * 0.5, mixed(scaled(facade.wall, 0.55), haze.fog, t));
        continue;
      }
      const kind = random();
      const color: Rgb = kind < 0.6 ? [1, 0.82, 0.55] : kind < 0.85 ? [0.9, 0.9, 0.85] : [0.65, 0.8, 1];
      quad(u, z, u + size, z + floorM * 0.5, mixed(scaled(color, facade.glow * (0.35 + random())), haze.fog, t * 0.8));
    }
  }
}

/** A skyline of house fronts across the view, from far to near. */
export function drawSkyline(
  picture: Picture,
  view: View,
  settings: {
    fromX: number;
    toX: number;
    y: number;
    minM: number;
    maxM: number;
    litPart: number;
    glow: number;
    wall: Rgb;
    seed: number;
  },
  haze: { fog: Rgb; fogM: number },
): void {
  const random = createRandom(settings.seed);
  for (let x = settings.fromX; x < settings.toX; ) {
    const widthM = 14 + random() * 26;
    drawFacade(
      picture,
      view,
      {
        corner: [x, settings.y + random() * 30, 0],
        along: [1, 0],
        widthM,
        heightM: settings.minM + random() ** 1.6 * (settings.maxM - settings.minM),
        floorM: 3.2,
        windowM: 3,
        litPart: settings.litPart,
        wall: scaled(settings.wall, 0.7 + random() * 0.6),
        glow: settings.glow,
      },
      haze,
      random,
    );
    x += widthM + (random() < 0.3 ? 6 + random() * 8 : 0.5);
  }
}

/** Lamp posts with an arm towards `armX`, and the light around each head. */
export function drawLamps(picture: Picture, view: View, lamps: readonly Lamp[], armM: number, haloM = 4): void {
  for (const lamp of [...lamps].sort((a, b) => b.place[1] - a.place[1])) {
    const [x, y, z] = lamp.place;
    const foot = view.project([x - armM * Math.sign(armM === 0 ? 1 : -x), y, 0]);
    const head = view.project(lamp.place);
    const bend = view.project([x - armM * Math.sign(armM === 0 ? 1 : -x), y, z]);
    if (!head || !foot || !bend) continue;
    const pole: Rgb = [0.012, 0.013, 0.015];
    strokeLine(picture, [foot.x, foot.y], [bend.x, bend.y], foot.scale * 0.18, pole);
    strokeLine(picture, [bend.x, bend.y], [head.x, head.y], foot.scale * 0.12, pole);
    addGlow(picture, head.x, head.y, head.scale * haloM + 6, lamp.color, 1.5);
    addGlow(picture, head.x, head.y, head.scale * 0.6 + 1.6, lamp.color, 6);
  }
}

/** A bare winter tree, snow on its upper twigs. */
export function drawTree(picture: Picture, view: View, place: Place, heightM: number, color: Rgb, seed: number): void {
  const random = createRandom(seed);
  const foot = view.project(place);
  if (!foot) return;
  const grow = (from: Point, angle: number, length: number, width: number, depth: number) => {
    const to: Point = [from[0] + Math.sin(angle) * length, from[1] - Math.cos(angle) * length];
    strokeLine(picture, from, to, width, color, depth > 3 ? 0.5 : 0.9);
    if (depth >= 6 || length < 1.5) return;
    const twigs = depth < 2 ? 3 : 2;
    for (let i = 0; i < twigs; i++) {
      grow(to, angle + (random() - 0.5) * 1.3, length * (0.62 + random() * 0.22), width * 0.62, depth + 1);
    }
  };
  grow([foot.x, foot.y], 0, foot.scale * heightM * 0.26, foot.scale * 0.22, 0);
}

/** Snowfall: `loopS` is the clip's length, after which every flake is where it began. */
export function createSnow(count: number, seed: number, loopS: number) {
  const random = createRandom(seed);
  const flakes = Array.from({ length: count }, () => {
    const near = random();
    return {
      x: random(),
      y: random(),
      near,
      falls: Math.round((2 + near * 5) * (loopS / 10)),
      drifts: Math.round(near * 2),
      sway: random() * Math.PI * 2,
    };
  });
  return (picture: Picture, timeS: number): void => {
    const { width, height, rgb } = picture;
    const part = timeS / loopS;
    // The top of the picture stays clear: nothing there may move out of the stamp's row.
    const top = height * 0.07;
    for (const flake of flakes) {
      const y = top + ((flake.y + flake.falls * part) % 1) * (height - top);
      const sway = Math.sin(part * Math.PI * 4 + flake.sway) * 0.008;
      const x = (((flake.x + flake.drifts * part + sway) % 1) + 1) % 1;
      const size = (0.8 + flake.near * 1.5) * (width / 640);
      const px = Math.min(width - 1, Math.floor(x * width));
      const behind = rgb[(Math.min(height - 1, Math.floor(y)) * width + px) * 3 + 1]!;
      const light = (0.05 + Math.min(0.5, behind * 0.7)) * (0.4 + flake.near * 0.6) * smoothstep(top, top * 1.6, y);
      addGlow(picture, x * width, y, size * 1.7, [light, light, light * 1.03], 1.1);
    }
  };
}
