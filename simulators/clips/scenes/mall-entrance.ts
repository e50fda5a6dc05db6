import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { type Car, drawCar } from '../cars.ts';
import { nightDevelopment } from '../develop.ts';
import { createFlames, createPlume, flicker } from '../fire.ts';
import { drawBeam, drawGround, drawPool, type GroundLook, type Lamp, stripe, stripes } from '../ground.ts';
import { drawPerson, type Person } from '../people.ts';
import {
  addGlow,
  createNoise,
  createPicture,
  grey,
  mixed,
  type Picture,
  type Rgb,
  scaled,
  smoothstep,
} from '../raster.ts';
import { loopS, type Scene, travel } from '../scene.ts';
import { createSnow, drawLamps, drawSky, drawSkyline, lampColor } from '../surroundings.ts';
import { createView, type View } from '../view.ts';
import { drawFront, front, paneM } from './mall-front.ts';

const fog: Rgb = [0.016, 0.019, 0.024];
const ambient: Rgb = [0.012, 0.015, 0.02];
const fireColor: Rgb = [1, 0.48, 0.16];
const paints: Rgb[] = [
  grey(0.55),
  grey(0.34),
  grey(0.08),
  grey(0.14),
  grey(0.66),
  [0.22, 0.06, 0.06],
  [0.07, 0.1, 0.18],
];

/** Upper windows that burn. */
const burning = [9, 10, 11, 12] as const;
const fireX = front.left + paneM * 11;

function buildEntrance(view: View, onFire: boolean) {
  const random = createRandom(91);
  const lamps: Lamp[] = [];
  for (const x of [-27, 12, 34]) lamps.push({ place: [x, 34, 8.5], color: lampColor, power: 0.55 });
  for (const x of [-46, 46]) lamps.push({ place: [x, 52, 8.5], color: lampColor, power: 0.6 });
  // What falls out of the glazed ground floor.
  for (let x = front.left + 6; x < front.right; x += 12)
    lamps.push({ place: [x, front.y - 2, 4], color: [1, 0.96, 0.88], power: 0.34 });

  const still = createPicture(view.width, view.height);
  drawSky(still, view.project([0, 1e5, 0])!.y, [0.004, 0.005, 0.007], [0.034, 0.034, 0.036]);
  drawSkyline(
    still,
    view,
    {
      fromX: -330,
      toX: 330,
      y: 190,
      minM: 14,
      maxM: 62,
      litPart: 0.34,
      glow: 0.24,
      wall: [0.015, 0.018, 0.022],
      seed: 17,
    },
    { fog, fogM: 600 },
  );
  const ground = drawGround(still, view, { lamps, ambient, fog, fogM: 320, gloss: 0.07, albedo: forecourt() });
  drawFront(still, view, onFire, random);
  drawLamps(still, view, lamps.slice(0, 5), 0, 3.6);

  const parked = parkedCars(random);
  const people = onFire ? evacuees(random) : shoppers(random);
  const flames = burning.map((_, i) => createFlames(200 + i, 46));
  const plume = createPlume(300, 170);
  const snow = createSnow(60, 13, loopS);
  const surroundings = { lamps, ambient, fog, fogM: 320 };
  return (timeS: number) => {
    const picture = createPicture(view.width, view.height);
    picture.rgb.set(still.rgb);
    const fireLamp: Lamp = { place: [fireX, front.y - 4, 12], color: fireColor, power: 0.5 * flicker(timeS) };
    const around = onFire ? { ...surroundings, lamps: [...lamps, fireLamp] } : surroundings;
    if (onFire) {
      drawPool(picture, ground, fireX, front.y - 8, 16, fireColor, 1.0 * flicker(timeS));
      burn(picture, view, flames, plume, timeS);
    }
    const driver: Car = {
      x: travel(70, -70, 0.35, timeS),
      y: 41,
      heading: -Math.PI / 2,
      kind: 'saloon',
      paint: paints[0]!,
      lights: 'on',
      snow: 0.2,
    };
    const cars = onFire ? parked : [...parked, driver];
    if (!onFire) drawBeam(picture, view, ground, driver, 1.2);
    const things = [
      ...cars.map((car) => ({ y: car.y, draw: () => drawCar(picture, view, car, around) })),
      ...people(timeS).map((person) => ({ y: person.y, draw: () => drawPerson(picture, view, person, around) })),
    ];
    for (const thing of things.sort((a, b) => b.y - a.y)) thing.draw();
    snow(picture, timeS);
    return picture;
  };
}

function forecourt(): GroundLook['albedo'] {
  const noise = createNoise(19);
  return (x, y, spanX, spanY) => {
    const rough =
      (noise(x * 0.5, y * 0.4) - 0.5) * 0.7 + (noise(x * 3, y * 2) - 0.5) * 0.3 * smoothstep(1, 0.15, spanX);
    if (y > 51) return 0.26 + rough * 0.12 - (stripes(x, 1.5, 0.06, spanX) + stripes(y, 1.5, 0.06, spanY)) * 0.05;
    const aisle = Math.max(smoothstep(3.8, 2.6, Math.abs(y - 41)), smoothstep(3.8, 2.6, Math.abs(y - 21.5)));
    const kerb = stripe(y, 51, 0.5, spanY) * 0.3;
    const bays =
      Math.abs(y - 47.4) < 2.7 || Math.abs(y - 34.6) < 2.7 || Math.abs(y - 28) < 2.7 ? stripes(x, 2.8, 0.13, spanX) : 0;
    return 0.33 + rough * 0.22 - aisle * 0.16 + kerb + bays * 0.3;
  };
}

function burn(
  picture: Picture,
  view: View,
  flames: ReturnType<typeof createFlames>[],
  plume: ReturnType<typeof createPlume>,
  timeS: number,
): void {
  const sill = view.project([fireX, front.y - 0.2, front.upper[0]])!;
  const scale = sill.scale;
  addGlow(picture, sill.x, sill.y - scale * 3, scale * 46, fireColor, 0.42 * flicker(timeS, 1), scale * 34);
  for (const i of burning) {
    const x0 = front.left + i * paneM + paneM * 0.12;
    const heat = flicker(timeS, i) * (i === 10 || i === 11 ? 1.9 : 1.1);
    const bands = 8;
    for (let band = 0; band < bands; band++) {
      const [z0, z1] = front.upper;
      const from = z0 + ((z1 - z0) * band) / bands;
      const to = z0 + ((z1 - z0) * (band + 1)) / bands;
      const color = mixed([1, 0.62, 0.24], [0.75, 0.24, 0.05], band / bands);
      view.fill(
        picture,
        [
          [x0, front.y - 0.1, from],
          [x0 + paneM * 0.76, front.y - 0.1, from],
          [x0 + paneM * 0.76, front.y - 0.1, to],
          [x0, front.y - 0.1, to],
        ],
        scaled(color, heat),
      );
    }
    const frame: Rgb = [0.02, 0.014, 0.01];
    const x = x0 + paneM * 0.38;
    view.fill(
      picture,
      [
        [x - 0.09, front.y - 0.12, front.upper[0]],
        [x + 0.09, front.y - 0.12, front.upper[0]],
        [x + 0.09, front.y - 0.12, front.upper[1]],
        [x - 0.09, front.y - 0.12, front.upper[1]],
      ],
      frame,
    );
  }
  const smoke = { cold: [0.062, 0.06, 0.061] as Rgb, warm: [0.42, 0.17, 0.06] as Rgb };
  plume(
    picture,
    {
      x: sill.x + scale,
      y: sill.y - scale * 7,
      driftX: scale * 46,
      riseY: scale * 34,
      startRadius: scale * 2.6,
      endRadius: scale * 13,
      density: 0.7,
      ...smoke,
    },
    timeS,
  );
  flames.forEach((flame, i) => {
    const x = front.left + burning[i]! * paneM + paneM * 0.5;
    const foot = view.project([x, front.y - 0.4, front.upper[0] + 1.2])!;
    const tall = [6, 14, 12, 6][i]!;
    flame(picture, foot.x, foot.y, scale * paneM * 0.66, scale * tall, timeS);
  });
}

function parkedCars(random: () => number): Car[] {
  const cars: Car[] = [];
  for (const y of [47.4, 34.6, 28, 15.8]) {
    for (let bay = -18; bay <= 18; bay++) {
      if (random() < 0.38 || Math.abs(bay * 2.8) > 6 + y * 0.85) continue;
      cars.push({
        x: bay * 2.8 + 1.4 + (random() - 0.5) * 0.3,
        y: y + (random() - 0.5) * 0.4,
        heading: random() < 0.5 ? 0 : Math.PI,
        kind: random() < 0.6 ? 'saloon' : 'suv',
        paint: paints[Math.floor(random() * paints.length)]!,
        lights: 'off',
        snow: random() ** 0.7 * 0.9,
      });
    }
  }
  return cars;
}

const entranceX = front.left + paneM * 7;
const coatOf = (random: () => number): Rgb => grey(0.05 + random() * 0.24, (random() - 0.5) * 0.24);

/** A chain of people from door to car park and back: everyone steps into the next one's footprints after a loop. */
function stream(count: number, random: () => number, out: boolean, lapM: number, pace: number) {
  const walkers = Array.from({ length: count }, (_, i) => ({
    lap: i % 3,
    start: random(),
    bend: (random() - 0.5) * 26,
    offset: (random() - 0.5) * 3,
    tall: 1.58 + random() * 0.3,
    coat: coatOf(random),
    step: random(),
  }));
  return (timeS: number): Person[] =>
    walkers.map((walker) => {
      const part = (walker.start + timeS / loopS) % 1;
      const gone = (walker.lap + (out ? part : 1 - part)) / 3;
      const aside = walker.bend * gone ** 1.3;
      return {
        x: entranceX + walker.offset + aside,
        y: front.y - 1 - gone * lapM * 1.5,
        heightM: walker.tall,
        step: walker.step + timeS * pace,
        pace,
        sideways: (walker.bend > 0 ? 1 : -1) * 0.5,
        coat: walker.coat,
      };
    });
}

function standing(count: number, random: () => number, place: () => readonly [number, number]): Person[] {
  return Array.from({ length: count }, () => {
    const [x, y] = place();
    return {
      x,
      y,
      heightM: 1.55 + random() * 0.32,
      step: 0.02,
      pace: 0.12,
      sideways: random() - 0.5,
      coat: coatOf(random),
    };
  });
}

function shoppers(random: () => number): (timeS: number) => Person[] {
  const out = stream(9, random, true, 12, 1);
  const into = stream(9, random, false, 12, 1);
  const waiting = standing(7, random, () => [-30 + random() * 60, 53 + random() * 9]);
  return (timeS) => [...out(timeS), ...into(timeS), ...waiting];
}

function evacuees(random: () => number): (timeS: number) => Person[] {
  const out = stream(26, random, true, 16, 1.7);
  const crowd = standing(44, random, () => [entranceX - 20 + random() * 34, 41 + random() * 10]);
  return (timeS) => [...out(timeS), ...crowd];
}

const common = { width: 1280, height: 720, development: { ...nightDevelopment, saturation: 0.7 }, snapshotS: 3 };
const place = { heightM: 9.5, pitchDeg: 3.5, fovDeg: 68, yawDeg: 0, xM: 0 };

export const mallEntranceScenes: Scene[] = [
  { ...common, name: 'mall-entrance', crf: 29, build: (w, h) => buildEntrance(createView(w, h, place), false) },
  {
    ...common,
    name: 'mall-entrance-fire',
    crf: 30,
    development: { ...common.development, saturation: 0.85 },
    build: (w, h) => buildEntrance(createView(w, h, place), true),
  },
];
