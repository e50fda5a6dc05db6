import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { type Car, drawCar } from '../cars.ts';
import { nightDevelopment } from '../develop.ts';
import { drawBeam, drawGround, type GroundLook, type Lamp, stripe, stripes } from '../ground.ts';
import { drawPerson, type Person } from '../people.ts';
import { createNoise, createPicture, grey, type Picture, type Rgb, smoothstep } from '../raster.ts';
import { loopS, type Scene, travel } from '../scene.ts';
import { createSnow, drawLamps, drawSky, drawSkyline, drawTree, lampColor } from '../surroundings.ts';
import { createView, type View } from '../view.ts';

const fog: Rgb = [0.016, 0.019, 0.024];
const ambient: Rgb = [0.012, 0.015, 0.02];
const surroundings = { ambient, fog, fogM: 260 };
const coatOf = (random: () => number): Rgb => grey(0.05 + random() * 0.24, (random() - 0.5) * 0.24);
const paints: Rgb[] = [
  grey(0.55),
  grey(0.34),
  grey(0.08),
  grey(0.14),
  grey(0.66),
  [0.22, 0.06, 0.06],
  [0.07, 0.1, 0.18],
];

/** What moves, farthest first. */
function drawMoving(things: { y: number; draw(): void }[]): void {
  for (const thing of things.sort((a, b) => b.y - a.y)) thing.draw();
}

function backdrop(view: View, seed: number, farM: number, maxM: number): { still: Picture; horizon: number } {
  const still = createPicture(view.width, view.height);
  const horizon = view.project([0, 1e5, 0])!.y;
  drawSky(still, horizon, [0.004, 0.005, 0.007], [0.032, 0.032, 0.034]);
  const haze = { fog, fogM: 700 };
  const common = { fromX: -farM * 1.6, toX: farM * 1.6, litPart: 0.36, glow: 0.26, wall: [0.015, 0.018, 0.022] as Rgb };
  drawSkyline(still, view, { ...common, y: farM * 2.4, minM: 30, maxM: maxM * 2, seed: seed + 1 }, haze);
  drawSkyline(still, view, { ...common, y: farM, minM: 12, maxM, seed: seed + 2 }, haze);
  return { still, horizon };
}

function buildPlaza(view: View) {
  const random = createRandom(31);
  const lamps: Lamp[] = [];
  for (const y of [20, 44, 70, 100]) {
    for (const x of [-33, -11, 11, 33]) lamps.push({ place: [x, y, 6.5], color: lampColor, power: 0.6 });
  }
  const { still } = backdrop(view, 31, 150, 42);
  const noise = createNoise(5);
  const look: GroundLook = {
    lamps,
    ambient,
    fog,
    fogM: 260,
    gloss: 0.1,
    albedo(x, y, spanX, spanY) {
      const detail = smoothstep(1, 0.15, spanX);
      const rough = (noise(x * 0.5, y * 0.35) - 0.5) * 0.6 + (noise(x * 3, y * 3) - 0.5) * 0.4 * detail;
      // The walks are swept; between them lies trodden snow, and the slabs show through.
      const swept = smoothstep(5.2, 4.2, Math.abs(Math.abs(x) - 11)) * 0.9 + smoothstep(4, 3, Math.abs(y - 52)) * 0.7;
      const joints = stripes(x, 2.4, 0.07, spanX) + stripes(y, 2.4, 0.07, spanY);
      return 0.42 + rough * 0.22 - Math.min(1, swept) * 0.24 - joints * 0.1;
    },
  };
  drawGround(still, view, look);
  for (let i = 0; i < 10; i++) drawTree(still, view, [-62 + i * 13.5, 118 + (i % 2) * 6, 0], 8, grey(0.03), 40 + i);
  drawLamps(still, view, lamps, 0, 4.6);
  const walkers = Array.from({ length: 34 }, () => {
    const along = random() < 0.55;
    const lane = random();
    const start = random();
    const towards = random() < 0.5;
    const stays = random() < 0.22;
    return {
      along,
      lane,
      start,
      towards,
      stays,
      tall: 1.58 + random() * 0.3,
      coat: coatOf(random),
      step: random(),
      lap: Math.floor(random() * 6),
    };
  });
  const snow = createSnow(80, 9, loopS);
  return (timeS: number) => {
    const picture = createPicture(view.width, view.height);
    picture.rgb.set(still.rgb);
    drawMoving(
      walkers.map((walker) => {
        const part = walker.stays ? walker.start : (walker.start + timeS / loopS) % 1;
        const stepM = 14 * (walker.towards ? 1 - part : part);
        // Each walks a 14 m stretch a loop; the next walker of the chain takes over where it ends.
        const alongM = 14 + walker.lap * 14 + stepM;
        const acrossM = -42 + walker.lap * 14 + stepM;
        const x = walker.along ? (walker.lane < 0.5 ? -11 : 11) + (walker.lane - 0.5) * 9 : acrossM;
        const y = walker.along ? alongM : 18 + walker.lane * 70;
        const person: Person = {
          x,
          y,
          heightM: walker.tall,
          step: walker.stays ? 0.02 : walker.step + timeS,
          pace: walker.stays ? 0.15 : 1,
          sideways: walker.along ? 0.25 : walker.towards ? -1 : 1,
          coat: walker.coat,
        };
        return {
          y,
          draw: () =>
            fadeAtEnds(picture, walker.stays ? 0.5 : part, () =>
              drawPerson(picture, view, person, { ...surroundings, lamps }),
            ),
        };
      }),
    );
    snow(picture, timeS);
    return picture;
  };
}

/** People who leave their stretch dissolve over a few frames rather than vanish. */
function fadeAtEnds(picture: Picture, part: number, draw: () => void): void {
  const shown = smoothstep(0, 0.04, part) * smoothstep(1, 0.96, part);
  if (shown >= 1) {
    draw();
    return;
  }
  const before = picture.rgb.slice();
  draw();
  for (let i = 0; i < before.length; i++) picture.rgb[i] = before[i]! + (picture.rgb[i]! - before[i]!) * shown;
}

function buildCarPark(view: View) {
  const random = createRandom(61);
  const lamps: Lamp[] = [];
  for (const y of [16, 46, 80, 120])
    for (const x of [-34, -9, 21]) lamps.push({ place: [x, y, 9], color: lampColor, power: 0.62 });
  const { still } = backdrop(view, 63, 170, 26);
  const noise = createNoise(6);
  const rows = [17, 25.5, 36, 44.5, 56, 65, 78, 88];
  const aisles = [21.2, 40.2, 60.5, 83];
  const look: GroundLook = {
    lamps,
    ambient,
    fog,
    fogM: 260,
    gloss: 0.1,
    albedo(x, y, spanX, spanY) {
      const rough =
        (noise(x * 0.6, y * 0.5) - 0.5) * 0.7 + (noise(x * 3, y * 2) - 0.5) * 0.3 * smoothstep(1, 0.15, spanX);
      let clear = 0;
      for (const aisle of aisles) clear = Math.max(clear, smoothstep(3.6, 2.4, Math.abs(y - aisle)));
      let lines = 0;
      for (const row of rows) if (Math.abs(y - row) < 2.6) lines = stripes(x, 2.7, 0.12, spanX);
      const tracks = stripe(Math.abs(((y + 1.3) % 2.6) - 1.3), 0, 0.9, Math.max(spanY, 0.3));
      return 0.3 + rough * 0.18 - clear * (0.14 + tracks * 0.03) + lines * 0.3;
    },
  };
  const ground = drawGround(still, view, look);
  drawLamps(still, view, lamps, 0, 4.4);
  const parked: Car[] = [];
  for (const y of rows) {
    for (let bay = -22; bay <= 22; bay++) {
      if (random() < 0.3 || Math.abs(bay * 2.7) > 8 + y * 0.9) continue;
      parked.push({
        x: bay * 2.7 + 1.35 + (random() - 0.5) * 0.3,
        y: y + (random() - 0.5) * 0.4,
        heading: random() < 0.5 ? 0 : Math.PI,
        kind: random() < 0.6 ? 'saloon' : 'suv',
        paint: paints[Math.floor(random() * paints.length)]!,
        lights: 'off',
        snow: random() ** 0.6,
      });
    }
  }
  const coats = Array.from({ length: 6 }, () => coatOf(random));
  const snow = createSnow(80, 8, loopS);
  const around = { ...surroundings, lamps };
  return (timeS: number) => {
    const picture = createPicture(view.width, view.height);
    picture.rgb.set(still.rgb);
    const drivers: Car[] = [
      {
        x: travel(-42, 42, 0.1, timeS),
        y: 41.4,
        heading: Math.PI / 2,
        kind: 'saloon',
        paint: paints[0]!,
        lights: 'on',
        snow: 0.2,
      },
      {
        x: travel(42, -42, 0.55, timeS),
        y: 39,
        heading: -Math.PI / 2,
        kind: 'suv',
        paint: paints[2]!,
        lights: 'on',
        snow: 0.1,
      },
      {
        x: travel(70, -70, 0.3, timeS),
        y: 82,
        heading: -Math.PI / 2,
        kind: 'saloon',
        paint: paints[4]!,
        lights: 'on',
        snow: 0.3,
      },
    ];
    for (const car of drivers) drawBeam(picture, view, ground, car, 1.2);
    const people = coats.map((coat, i): Person => {
      const right = i % 2 === 0;
      const part = (i * 0.37 + timeS / loopS) % 1;
      const from = [-16, 2, -30, 12, -4, 20][i]!;
      return {
        x: from + (right ? 1 : -1) * 13 * part,
        y: [21, 21.8, 41, 60, 20.4, 40.2][i]!,
        heightM: 1.62 + (i % 3) * 0.09,
        step: i * 0.3 + timeS,
        pace: 1,
        sideways: right ? 1 : -1,
        coat,
      };
    });
    drawMoving([
      ...[...parked, ...drivers].map((car) => ({ y: car.y, draw: () => drawCar(picture, view, car, around) })),
      ...people.map((person, i) => ({
        y: person.y,
        draw: () =>
          fadeAtEnds(picture, (i * 0.37 + timeS / loopS) % 1, () => drawPerson(picture, view, person, around)),
      })),
    ]);
    snow(picture, timeS);
    return picture;
  };
}

function buildEmbankment(view: View) {
  const random = createRandom(77);
  const lamps: Lamp[] = [];
  for (let y = 12; y < 300; y += 19) lamps.push({ place: [-2.4, y, 4.6], color: lampColor, power: 0.8 });
  for (let y = 20; y < 300; y += 30) lamps.push({ place: [22, y, 8.5], color: lampColor, power: 0.7 });
  const { still } = backdrop(view, 79, 330, 60);
  const noise = createNoise(12);
  const shore = (y: number) => -4.4 - smoothstep(60, 320, y) * 26;
  const look: GroundLook = {
    lamps,
    ambient,
    fog,
    fogM: 300,
    gloss: 0.12,
    albedo(x, y, spanX, spanY) {
      const detail = smoothstep(1.2, 0.15, spanX);
      const rough = (noise(x * 0.6, y * 0.3) - 0.5) * 0.7 + (noise(x * 3, y * 2) - 0.5) * 0.3 * detail;
      if (x < shore(y)) {
        // Ice from the bank outwards, then open water.
        const ice = smoothstep(22, 6, shore(y) - x + (noise(x * 0.15, y * 0.1) - 0.5) * 22);
        return 0.03 + ice * (0.2 + rough * 0.2);
      }
      if (x < 6.5) return 0.2 + rough * 0.1 - (stripes(x, 1.5, 0.05, spanX) + stripes(y, 3, 0.06, spanY)) * 0.06;
      if (x < 13) return 0.56 + rough * 0.3;
      if (x < 20.5) {
        const dashes = stripe(x, 16.8, 0.14, spanX) * stripes(y, 9, 3.4, spanY);
        return 0.11 + rough * 0.05 + (dashes + stripe(x, 13.5, 0.12, spanX)) * 0.4;
      }
      return 0.5 + rough * 0.3;
    },
  };
  const ground = drawGround(still, view, look);
  // Lights of the far bank stand in the open water.
  for (let i = 0; i < 46; i++) {
    const seen = view.project([-30 - i * 9 - random() * 6, 300, 0]);
    if (!seen || seen.x < 0 || seen.x > view.width) continue;
    const long = (30 + random() * 70) * (view.height / 360);
    const strong = (0.02 + random() * 0.05) * (random() < 0.3 ? 2 : 1);
    for (let py = Math.ceil(seen.y); py < Math.min(view.height, seen.y + long); py++) {
      const px = Math.round(seen.x + Math.sin(py * 0.9 + i) * 0.8);
      if (px < 1 || px >= view.width - 1) continue;
      const light = strong * (1 - (py - seen.y) / long);
      for (let d = -1; d <= 1; d++) {
        const at = (py * view.width + px + d) * 3;
        if (ground.x[at / 3]! > shore(ground.y[at / 3]!)) continue;
        for (let c = 0; c < 3; c++)
          still.rgb[at + c] = still.rgb[at + c]! + light * (d === 0 ? 1 : 0.45) * [1, 0.88, 0.68][c]!;
      }
    }
  }
  const iron = grey(0.01);
  for (let y = 120; y > 8; y -= 1.6) {
    const x = shore(y) + 0.3;
    const next = shore(y - 1.6) + 0.3;
    for (const z of [0.35, 0.7, 1.05])
      view.fill(
        still,
        [
          [x, y, z],
          [next, y - 1.6, z],
          [next, y - 1.6, z + 0.07],
          [x, y, z + 0.07],
        ],
        iron,
      );
    view.fill(
      still,
      [
        [x - 0.05, y, 0],
        [x + 0.05, y, 0],
        [x + 0.05, y, 1.12],
        [x - 0.05, y, 1.12],
      ],
      iron,
    );
  }
  for (let y = 130; y > 16; y -= 12) drawTree(still, view, [9.8, y, 0], 6.5, grey(0.035), 300 + y);
  drawLamps(still, view, lamps, 0, 3.6);
  const walkers = Array.from({ length: 16 }, (_, i) => ({
    x: -2 + random() * 7,
    lap: i % 5,
    start: random(),
    towards: random() < 0.5,
    runs: i === 3,
    tall: 1.6 + random() * 0.26,
    coat: coatOf(random),
  }));
  const drivers = [0, 1, 2, 3].map((i) => ({ start: i / 4 + random() * 0.1, paint: paints[i]!, towards: i % 2 === 0 }));
  const snow = createSnow(70, 5, loopS);
  const around = { ...surroundings, lamps };
  return (timeS: number) => {
    const picture = createPicture(view.width, view.height);
    picture.rgb.set(still.rgb);
    const cars = drivers.map(
      (driver): Car => ({
        x: driver.towards ? 15.1 : 18.6,
        y: driver.towards ? travel(170, 10, driver.start, timeS) : travel(10, 170, driver.start, timeS),
        heading: driver.towards ? Math.PI : 0,
        kind: 'saloon',
        paint: driver.paint,
        lights: 'on',
        snow: 0.3,
      }),
    );
    for (const car of cars) drawBeam(picture, view, ground, car, 1.4);
    drawMoving([
      ...cars.map((car) => ({ y: car.y, draw: () => drawCar(picture, view, car, around) })),
      ...walkers.map((walker) => {
        const part = (walker.start + timeS / loopS) % 1;
        const stretchM = walker.runs ? 30 : 14;
        const y = 12 + walker.lap * 14 + stretchM * (walker.towards ? 1 - part : part);
        const person: Person = {
          x: walker.x,
          y,
          heightM: walker.tall,
          step: walker.start + timeS * (walker.runs ? 1.4 : 1),
          pace: walker.runs ? 1.7 : 1,
          sideways: 0.3,
          coat: walker.coat,
        };
        return { y, draw: () => fadeAtEnds(picture, part, () => drawPerson(picture, view, person, around)) };
      }),
    ]);
    snow(picture, timeS);
    return picture;
  };
}

const common = { width: 640, height: 360, development: nightDevelopment, crf: 27, snapshotS: 3 };

export const squareScenes: Scene[] = [
  {
    ...common,
    name: 'night-embankment',
    build: (width, height) =>
      buildEmbankment(createView(width, height, { heightM: 5.6, pitchDeg: 7, fovDeg: 62, yawDeg: 1, xM: 3 })),
  },
  {
    ...common,
    name: 'plaza',
    build: (width, height) => buildPlaza(createView(width, height, { heightM: 8, pitchDeg: 11, fovDeg: 60 })),
  },
  {
    ...common,
    name: 'car-park',
    build: (width, height) =>
      buildCarPark(createView(width, height, { heightM: 8.5, pitchDeg: 13, fovDeg: 60, yawDeg: 3 })),
  },
];
