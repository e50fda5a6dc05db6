import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { nightDevelopment } from '../develop.ts';
import { createFlames, createPlume, flicker } from '../fire.ts';
import { drawGround, drawPool, type GroundLook, type Lamp, stripes } from '../ground.ts';
import { drawPerson, type Person } from '../people.ts';
import {
  addBlob,
  addGlow,
  createNoise,
  createPicture,
  grey,
  type Picture,
  type Rgb,
  scaled,
  smoothstep,
} from '../raster.ts';
import { loopS, type Scene } from '../scene.ts';
import { createView, type Place, type View } from '../view.ts';

const hall = { halfM: 12, longM: 76, floorM: 4.9, topM: 11.6, balconyM: 3.2 } as const;
const fog: Rgb = [0.16, 0.165, 0.165];
const fireColor: Rgb = [1, 0.5, 0.18];
/** The shop on the upper floor that burns. */
const seat: Place = [hall.halfM - 1, 40, 6.2];

function buildAtrium(view: View, onFire: boolean) {
  const random = createRandom(51);
  const lamps: Lamp[] = [];
  for (let y = 8; y < hall.longM; y += 11) {
    for (const x of [-6, 6]) {
      const out = onFire && x > 0 && y > 24 && y < 62;
      if (!out) lamps.push({ place: [x, y, hall.topM - 1], color: [1, 0.97, 0.9], power: onFire ? 0.3 : 0.46 });
    }
  }
  const ambient: Rgb = onFire ? [0.075, 0.075, 0.076] : [0.15, 0.152, 0.15];
  const still = createPicture(view.width, view.height);
  const haze = { fog: onFire ? ([0.085, 0.082, 0.08] as Rgb) : fog, fogM: onFire ? 70 : 260 };
  const ground = drawGround(still, view, { lamps, ambient, ...haze, gloss: 0.2, albedo: tiles() });
  drawWalls(still, view, onFire, random);
  const flames = createFlames(401, 60);
  const plume = createPlume(402, 70);
  const layer = createSmokeLayer(403);
  const people = onFire ? fleeing(random) : strolling(random);
  const around = { lamps, ambient, ...haze };
  return (timeS: number) => {
    const picture = createPicture(view.width, view.height);
    picture.rgb.set(still.rgb);
    const fireLamp: Lamp = { place: [seat[0] - 3, seat[1], seat[2]], color: fireColor, power: 0.5 * flicker(timeS) };
    if (onFire) {
      drawPool(picture, ground, seat[0] - 5, seat[1] - 3, 8, fireColor, 1.3 * flicker(timeS));
      const fire = view.project(seat)!;
      addGlow(picture, fire.x, fire.y, fire.scale * 22, fireColor, 0.8 * flicker(timeS, 2), fire.scale * 15);
      flames(picture, fire.x - fire.scale * 0.6, fire.y + fire.scale * 1.2, fire.scale * 5.5, fire.scale * 8, timeS);
    }
    const walking = people(timeS);
    for (const person of walking.sort((a, b) => b.y - a.y)) {
      drawPerson(picture, view, person, onFire ? { ...around, lamps: [...lamps, fireLamp] } : around);
    }
    if (onFire) {
      const fire = view.project(seat)!;
      plume(
        picture,
        {
          x: fire.x - fire.scale,
          y: fire.y - fire.scale * 2.5,
          driftX: -fire.scale * 17,
          riseY: fire.scale * 4,
          startRadius: fire.scale * 2,
          endRadius: fire.scale * 8,
          cold: [0.045, 0.043, 0.042],
          warm: [0.5, 0.22, 0.08],
          density: 0.5,
        },
        timeS,
      );
      layer(picture, timeS);
      drawStrobes(picture, view, timeS);
    }
    return picture;
  };
}

function tiles(): GroundLook['albedo'] {
  const noise = createNoise(14);
  return (x, y, spanX, spanY) => {
    const rough = (noise(x * 0.35, y * 0.3) - 0.5) * 0.1;
    const checks = Math.floor(x / 2.4) + Math.floor(y / 2.4);
    const fine = smoothstep(1.4, 0.3, spanY);
    const joints = stripes(x, 2.4, 0.06, spanX) + stripes(y, 2.4, 0.06, spanY);
    return 0.5 + rough + (checks % 2 === 0 ? 0.045 : 0) * fine - joints * 0.2;
  };
}

function drawWalls(still: Picture, view: View, onFire: boolean, random: () => number): void {
  const { halfM, longM, floorM, topM, balconyM } = hall;
  const light = onFire ? 0.5 : 1;
  const fill = (places: readonly Place[], color: Rgb, alpha = 1) => view.fill(still, places, color, alpha);
  const across = (y: number, x0: number, x1: number, z0: number, z1: number, color: Rgb, alpha = 1) =>
    fill(
      [
        [x0, y, z0],
        [x1, y, z0],
        [x1, y, z1],
        [x0, y, z1],
      ],
      color,
      alpha,
    );
  const along = (x: number, y0: number, y1: number, z0: number, z1: number, color: Rgb, alpha = 1) =>
    fill(
      [
        [x, y0, z0],
        [x, y1, z0],
        [x, y1, z1],
        [x, y0, z1],
      ],
      color,
      alpha,
    );
  /** Further back it is hazier, and in a fire darker. */
  const at = (color: Rgb, y: number): Rgb => {
    const t = 1 - Math.exp(-y / (onFire ? 60 : 240));
    return [
      color[0] * light * (1 - t) + (onFire ? 0.07 : fog[0]) * t,
      color[1] * light * (1 - t) + (onFire ? 0.068 : fog[1]) * t,
      color[2] * light * (1 - t) + (onFire ? 0.066 : fog[2]) * t,
    ];
  };

  // Glass roof: night above, ribs across.
  fill(
    [
      [-halfM, 1, topM],
      [halfM, 1, topM],
      [halfM, longM, topM],
      [-halfM, longM, topM],
    ],
    at(grey(0.1), 10),
  );
  for (let y = longM - 4; y > 2; y -= 8) {
    fill(
      [
        [-7, y, topM - 0.01],
        [7, y, topM - 0.01],
        [7, y + 6.6, topM - 0.01],
        [-7, y + 6.6, topM - 0.01],
      ],
      at([0.016, 0.02, 0.027], y * 0.6),
    );
  }
  across(longM, -halfM, halfM, 0, topM, at(grey(0.2), longM));
  across(longM, -7, 7, 0.4, 4.2, at([0.05, 0.055, 0.065], longM));
  for (let i = -3; i <= 3; i++) across(longM - 0.1, i * 2 - 0.1, i * 2 + 0.1, 0.4, 4.2, at(grey(0.12), longM));
  across(longM - 0.1, -5, 5, 5.6, 9.6, at(grey(0.34), longM));

  const shopM = 7.6;
  for (let y = longM - shopM; y > -shopM; y -= shopM) {
    for (const side of [-1, 1] as const) {
      const x = side * halfM;
      along(x, y, y + shopM, 0, topM, at(grey(0.17), y + 4));
      for (const z of [0, floorM + 0.25]) {
        const burnt = onFire && side > 0 && z > 0 && Math.abs(y + shopM / 2 - seat[1]) < shopM;
        const open = random() < 0.88;
        const bright = open ? 0.42 + random() * 0.55 : 0.1;
        const tint: Rgb = random() < 0.5 ? [1, 0.96, 0.88] : [0.92, 0.97, 1];
        const inside = burnt ? ([0.6, 0.24, 0.06] as Rgb) : scaled(tint, bright);
        along(x - side * 0.02, y + 0.5, y + shopM - 0.5, z + 0.12, z + 3.1, at(inside, y + 4));
        for (let i = 0; i < 7; i++) {
          const from = y + 0.6 + random() * (shopM - 2.2);
          const tall = 0.5 + random() * 1.6;
          along(
            x - side * 0.03,
            from,
            from + 0.5 + random() * 0.8,
            z + 0.12,
            z + tall,
            at(scaled(inside, 0.35 + random() * 0.35), y + 4),
            0.85,
          );
        }
        along(x - side * 0.04, y + 0.5, y + shopM - 0.5, z + 3.15, z + 4.0, at(grey(0.045), y + 4));
        const sign = 1.2 + random() * 2.6;
        if (!burnt)
          along(x - side * 0.05, y + 2, y + 2 + sign, z + 3.4, z + 3.75, at(scaled(tint, onFire ? 0.6 : 1.15), y + 4));
        along(x - side * 0.05, y - 0.12, y + 0.5, z, z + 4.1, at(grey(0.24), y + 4));
      }
      // The gallery: its slab, its glass rail, and the columns under it.
      const edge = side * (halfM - balconyM);
      fill(
        [
          [edge, y, floorM],
          [x, y, floorM],
          [x, y + shopM, floorM],
          [edge, y + shopM, floorM],
        ],
        at(grey(0.21), y + 4),
      );
      along(edge, y, y + shopM, floorM - 0.1, floorM + 0.35, at(grey(0.3), y + 4));
      along(edge, y, y + shopM, floorM + 0.35, floorM + 1.3, at([0.3, 0.34, 0.35], y + 4), 0.22);
      along(edge, y, y + shopM, floorM + 1.3, floorM + 1.38, at(grey(0.42), y + 4));
      const column = (z0: number, z1: number) => {
        along(edge - side * 0.3, y + 3.4, y + 4.1, z0, z1, at(grey(0.27), y));
        across(y + 3.4, edge - 0.3, edge + 0.3, z0, z1, at(grey(0.2), y));
      };
      column(0, floorM);
    }
  }
  for (const y of [54, 30]) {
    const kiosk = (x0: number, x1: number, z0: number, z1: number, front: Rgb, top: Rgb) => {
      across(y, x0, x1, z0, z1, at(front, y));
      fill(
        [
          [x0, y, z1],
          [x1, y, z1],
          [x1, y + 3.4, z1],
          [x0, y + 3.4, z1],
        ],
        at(top, y),
      );
    };
    kiosk(-2.1, 2.1, 0, 1.05, grey(0.12), grey(0.42));
    kiosk(-1.6, 1.6, 1.05, 1.5, grey(0.3), grey(0.5));
    for (let i = 0; i < 5; i++) {
      const leaf = view.project([-1.2 + i * 0.6, y + 1, 1.7]);
      if (leaf) addBlob(still, leaf.x, leaf.y, leaf.scale * 0.5, at([0.05, 0.075, 0.05], y), 0.9, leaf.scale * 0.62);
    }
  }
  if (onFire) return;
  for (let y = hall.longM - 6; y > 4; y -= 11) {
    for (const x of [-8.2, 8.2]) {
      const lamp = view.project([x, y, topM - 0.4]);
      if (lamp) addGlow(still, lamp.x, lamp.y, lamp.scale * 1.5 + 2, [1, 0.97, 0.9], 1.2, lamp.scale * 0.5 + 1);
    }
  }
}

/** Smoke under the roof, sinking towards the gallery: thick above, gone at a man's height. */
function createSmokeLayer(seed: number) {
  const random = createRandom(seed);
  const puffs = Array.from({ length: 130 }, () => ({
    x: random() * 1.3 - 0.15,
    y: random() ** 1.5,
    radius: 0.07 + random() * 0.11,
    shade: 0.6 + random() * 0.7,
    turn: random() * 6.28,
    drift: Math.round(random()) || -1,
  }));
  return (picture: Picture, timeS: number): void => {
    const { width, height } = picture;
    const turn = (timeS / loopS) * 2 * Math.PI;
    for (const puff of puffs) {
      const x = (puff.x + Math.sin(turn + puff.turn) * 0.035 * puff.drift) * width;
      const y = (puff.y * 0.5 - 0.06 + Math.cos(turn + puff.turn) * 0.012) * height;
      // The fire shines into the smoke near it.
      const near =
        Math.max(0, 1 - Math.hypot(x / width - 0.7, (y / height - 0.28) * 0.8) / 0.34) ** 2 * flicker(timeS, puff.turn);
      const color: Rgb = [
        0.05 * puff.shade + near * 0.3,
        0.048 * puff.shade + near * 0.13,
        0.047 * puff.shade + near * 0.045,
      ];
      addBlob(picture, x, y, puff.radius * width, color, 0.46 * (1 - puff.y * 0.6), puff.radius * width * 0.55);
    }
  };
}

/** The fire alarm's lights on the columns: a flash a second, at the same frames of each second. */
function drawStrobes(picture: Picture, view: View, timeS: number): void {
  if (timeS % 1 > 0.16) return;
  for (const y of [14, 37, 60]) {
    for (const x of [-8.8, 8.8]) {
      const lamp = view.project([x, y, 3.4]);
      if (lamp) addGlow(picture, lamp.x, lamp.y, lamp.scale * 2.2 + 3, [1, 0.92, 0.85], 2.2);
    }
  }
}

const coatOf = (random: () => number): Rgb => grey(0.05 + random() * 0.3, (random() - 0.5) * 0.3);

function strolling(random: () => number): (timeS: number) => Person[] {
  const walkers = Array.from({ length: 30 }, (_, i) => ({
    x: (random() < 0.5 ? -1 : 1) * (3.2 + random() * 4.6),
    lap: i % 5,
    start: random(),
    towards: random() < 0.5,
    stays: random() < 0.25,
    tall: 1.55 + random() * 0.3,
    coat: coatOf(random),
  }));
  return (timeS) =>
    walkers.map((walker): Person => {
      const part = walker.stays ? walker.start : (walker.start + timeS / loopS) % 1;
      return {
        x: walker.x + (walker.stays ? 0 : Math.sin(part * Math.PI * 2) * 0.25),
        y: 11 + walker.lap * 12 + 12 * (walker.towards ? 1 - part : part),
        heightM: walker.tall,
        step: walker.stays ? 0.02 : walker.start + timeS * 0.9,
        pace: walker.stays ? 0.1 : 0.9,
        sideways: 0.25,
        coat: walker.coat,
      };
    });
}

/** Everybody comes towards the camera, where the doors are, a few running. */
function fleeing(random: () => number): (timeS: number) => Person[] {
  const runners = Array.from({ length: 26 }, (_, i) => ({
    x: (random() < 0.5 ? -1 : 1) * (2.6 + random() * 4.6),
    lap: i % 3,
    start: random(),
    tall: 1.55 + random() * 0.3,
    coat: coatOf(random),
  }));
  return (timeS) =>
    runners.map((runner): Person => {
      const part = (runner.start + timeS / loopS) % 1;
      return {
        x: runner.x * (1 - 0.1 * part),
        y: 70 - (runner.lap + part) * 22,
        heightM: runner.tall,
        step: runner.start + timeS * 1.5,
        pace: 1.6,
        sideways: 0.35,
        coat: runner.coat,
      };
    });
}

const common = { width: 640, height: 360, snapshotS: 3 };
const place = { heightM: 6.6, pitchDeg: 10, fovDeg: 76 };
const development = { ...nightDevelopment, exposure: 0.46, saturation: 0.6, vignette: 0.45 };

export const mallAtriumScenes: Scene[] = [
  {
    ...common,
    name: 'mall-atrium',
    crf: 27,
    development,
    build: (w, h) => buildAtrium(createView(w, h, place), false),
  },
  {
    ...common,
    name: 'mall-atrium-fire',
    crf: 28,
    development: { ...development, exposure: 0.6, saturation: 0.85 },
    build: (w, h) => buildAtrium(createView(w, h, place), true),
  },
];
