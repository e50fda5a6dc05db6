import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { type Car, drawCar } from '../cars.ts';
import { nightDevelopment } from '../develop.ts';
import { drawBeam, drawGround, type GroundLook, type Lamp, stripe, stripes } from '../ground.ts';
import { drawPerson, type Person } from '../people.ts';
import { createNoise, createPicture, grey, type Rgb, smoothstep } from '../raster.ts';
import { loopS, type Scene, travel } from '../scene.ts';
import { createSnow, drawFacade, drawLamps, drawSky, drawSkyline, drawTree, lampColor } from '../surroundings.ts';
import { createView, type View } from '../view.ts';

const fog: Rgb = [0.016, 0.019, 0.024];
const ambient: Rgb = [0.012, 0.015, 0.02];
const paints: Rgb[] = [grey(0.5), grey(0.3), grey(0.07), grey(0.12), grey(0.62), [0.2, 0.05, 0.05], [0.06, 0.09, 0.16]];

interface Street {
  name: string;
  seed: number;
  view: { heightM: number; pitchDeg: number; fovDeg: number; yawDeg: number; xM: number };
  /** A road crosses at this distance, with a pedestrian crossing before it. */
  crossingM?: number;
  /** Cars a lane. */
  traffic: readonly [number, number, number, number];
  buses: boolean;
  lampSpacingM: number;
  houses: { leftM: number; rightM: number; tallM: number };
  snow: number;
}

const lanes = [-5.6, -2.1, 2.1, 5.6] as const;
const roadHalfM = 7.6;

export function createStreetScene(street: Street): Scene {
  return {
    name: street.name,
    width: 640,
    height: 360,
    development: nightDevelopment,
    crf: 27,
    snapshotS: 3,
    build: (width, height) => buildStreet(createView(width, height, street.view), street),
  };
}

function buildStreet(view: View, street: Street) {
  const { width, height } = view;
  const random = createRandom(street.seed);
  const lamps: Lamp[] = [];
  for (let y = 16; y < 420; y += street.lampSpacingM) {
    if (street.crossingM !== undefined && Math.abs(y - street.crossingM - 5) < 9) continue;
    for (const side of [-1, 1])
      lamps.push({ place: [side * 9.2, y + (side > 0 ? 3 : 0), 8.2], color: lampColor, power: 0.72 });
  }
  const look: GroundLook = { lamps, ambient, fog, fogM: 240, gloss: 0.16, albedo: createAlbedo(street) };
  const still = createPicture(width, height);
  const horizon = view.project([0, 1e5, 0])!.y;
  drawSky(still, horizon, [0.004, 0.005, 0.007], [0.03, 0.031, 0.034]);
  drawSkyline(
    still,
    view,
    {
      fromX: -320,
      toX: 320,
      y: 420,
      minM: 20,
      maxM: 120,
      litPart: 0.4,
      glow: 0.22,
      wall: [0.014, 0.017, 0.021],
      seed: street.seed + 3,
    },
    { fog, fogM: 600 },
  );
  const ground = drawGround(still, view, look);
  drawHouses(still, view, street, random);
  for (let y = 150; y > 14; y -= 13) {
    for (const side of [-1, 1]) {
      if (street.crossingM !== undefined && Math.abs(y - street.crossingM - 5) < 12) continue;
      drawTree(
        still,
        view,
        [side * (13.5 + random() * 1.5), y + random() * 6, 0],
        6 + random() * 2,
        grey(0.035),
        street.seed + y,
      );
    }
  }
  drawLamps(still, view, lamps, 1.8);

  const surroundings = { lamps, ambient, fog, fogM: 240 };
  const fleet = createFleet(street, random);
  const walkers = createWalkers(street, random);
  const snow = createSnow(street.snow, street.seed, loopS);
  return (timeS: number) => {
    const picture = createPicture(width, height);
    picture.rgb.set(still.rgb);
    const cars = fleet(timeS);
    for (const car of cars) {
      if (car.lights !== 'off' && car.y < 170) drawBeam(picture, view, ground, nose(car), 1.5);
    }
    const things: { y: number; draw(): void }[] = [
      ...cars.map((car) => ({ y: car.y, draw: () => drawCar(picture, view, car, surroundings) })),
      ...walkers(timeS).map((person) => ({ y: person.y, draw: () => drawPerson(picture, view, person, surroundings) })),
    ];
    for (const thing of things.sort((a, b) => b.y - a.y)) thing.draw();
    snow(picture, timeS);
    return picture;
  };
}

const nose = (car: Car) => ({
  x: car.x + Math.sin(car.heading) * 2.2,
  y: car.y + Math.cos(car.heading) * 2.2,
  heading: car.heading,
});

function createAlbedo({ seed, crossingM }: Street): GroundLook['albedo'] {
  const noise = createNoise(seed);
  return (x, y, spanX, spanY) => {
    const across = Math.abs(x);
    const detail = smoothstep(1.5, 0.2, spanX);
    const rough = (noise(x * 0.9, y * 0.25) - 0.5) * 0.5 + (noise(x * 4, y * 1.1) - 0.5) * 0.5 * detail;
    const onCross = crossingM !== undefined && y > crossingM + 5 && y < crossingM + 19;
    let albedo: number;
    if (across < roadHalfM || onCross) {
      // Tyres keep four strips of each carriageway clear; between them the snow is pressed grey.
      const tracks = onCross && across > roadHalfM ? 0.4 : stripes(x - 0.15, 1.75, 0.9, Math.max(spanX, 0.5));
      albedo = 0.105 + 0.05 * (1 - tracks) + rough * 0.035;
      if (!onCross) {
        const centre = stripe(across, 0.16, 0.13, spanX);
        const dashes = stripe(across, 3.85, 0.16, spanX) * stripes(y, 9, 3.4, spanY);
        const edge = stripe(across, roadHalfM - 0.3, 0.14, spanX);
        albedo += (centre + dashes + edge * 0.7) * 0.42;
      }
      if (crossingM !== undefined && y > crossingM && y < crossingM + 4.2) {
        albedo += stripes(x, 1.1, 0.55, spanX) * 0.5 * (0.85 + rough);
      }
      if (crossingM !== undefined) albedo += stripe(y, crossingM - 1.6, 0.4, spanY) * 0.4 * (x > 0 ? 1 : 0);
    } else if (across < 9.5) {
      albedo = 0.5 + rough * 0.3;
    } else if (across < 13) {
      albedo = 0.26 + rough * 0.12;
    } else {
      albedo = 0.55 + rough * 0.3;
    }
    return Math.max(0.02, albedo);
  };
}

function drawHouses(still: ReturnType<typeof createPicture>, view: View, street: Street, random: () => number): void {
  const { leftM, rightM, tallM } = street.houses;
  for (let y = 330; y > 12; ) {
    const longM = 26 + random() * 30;
    y -= longM;
    const gap = street.crossingM !== undefined && y < street.crossingM + 30 && y + longM > street.crossingM - 6;
    for (const side of [-1, 1]) {
      const x = side < 0 ? -leftM : rightM;
      if (gap || random() < 0.12) continue;
      const heightM = tallM * (0.55 + random() * 0.9);
      const wall = grey(0.014 + random() * 0.012, -0.08);
      const common = { heightM, floorM: 3.3, windowM: 3.4, litPart: 0.34, glow: 0.34, wall };
      const haze = { fog, fogM: 300 };
      drawFacade(
        still,
        view,
        { ...common, corner: [side < 0 ? x - 26 : x, y, 0], along: [1, 0], widthM: 26 },
        haze,
        random,
      );
      drawFacade(still, view, { ...common, corner: [x, y, 0], along: [0, 1], widthM: longM - 3 }, haze, random);
    }
  }
}

function createFleet(street: Street, random: () => number): (timeS: number) => Car[] {
  const paint = () => paints[Math.floor(random() * paints.length)]!;
  const kind = (lane: number): Car['kind'] => {
    const draw = random();
    if (street.buses && lane === 0 && draw < 0.4) return 'bus';
    return draw < 0.6 ? 'saloon' : 'suv';
  };
  const waiting = street.crossingM !== undefined;
  const drivers = lanes.flatMap((x, lane) =>
    Array.from({ length: street.traffic[lane]! }, (_, i) => ({
      x: x + (random() - 0.5) * 0.4,
      lane,
      start: (i + random() * 0.5) / street.traffic[lane]!,
      kind: kind(lane),
      paint: paint(),
      snow: random() * 0.5,
    })),
  );
  const crossers = waiting
    ? [0, 1, 2, 3, 4, 5].map((i) => ({
        lane: i % 2,
        start: (Math.floor(i / 2) + (i % 2) * 0.5 + random() * 0.3) / 3,
        kind: i === 3 ? ('bus' as const) : random() < 0.6 ? ('saloon' as const) : ('suv' as const),
        paint: paint(),
        snow: random() * 0.5,
      }))
    : [];
  return (timeS) => {
    const cars: Car[] = drivers.map((driver) => {
      const towards = driver.lane < 2;
      const base = { x: driver.x, kind: driver.kind, paint: driver.paint, snow: driver.snow };
      if (waiting) {
        // The lights on this road are red: a queue before the line, on both sides of the crossing road.
        const place = Math.round(driver.start * street.traffic[driver.lane]!);
        const gap = place * 7.2;
        const y = towards ? street.crossingM! + 24 + gap : street.crossingM! - 4.6 - gap;
        return { ...base, y, heading: towards ? Math.PI : 0, lights: towards ? 'on' : 'braking' };
      }
      const outer = driver.lane === 0 || driver.lane === 3;
      const longM = outer ? 150 : 190;
      const y = towards ? travel(longM, 2, driver.start, timeS) : travel(2, longM, driver.start, timeS);
      return { ...base, y, heading: towards ? Math.PI : 0, lights: 'on' };
    });
    for (const crosser of crossers) {
      const right = crosser.lane === 0;
      const y = street.crossingM! + (right ? 8.5 : 15.5);
      const x = right ? travel(-75, 75, crosser.start, timeS) : travel(75, -75, crosser.start, timeS);
      cars.push({ ...crosser, x, y, heading: right ? Math.PI / 2 : -Math.PI / 2, lights: 'on' });
    }
    return cars;
  };
}

function createWalkers(street: Street, random: () => number): (timeS: number) => Person[] {
  const coat = (): Rgb => grey(0.06 + random() * 0.22, (random() - 0.5) * 0.2);
  const strollers = Array.from({ length: 9 }, (_, i) => ({
    x: (i % 2 === 0 ? -1 : 1) * (10 + random() * 2.4),
    start: random(),
    away: random() < 0.5,
    tall: 1.58 + random() * 0.28,
    coat: coat(),
    step: random(),
  }));
  const crossers =
    street.crossingM === undefined
      ? []
      : Array.from({ length: 7 }, () => ({
          start: random(),
          left: random() < 0.5,
          lane: random() * 3.2,
          tall: 1.58 + random() * 0.28,
          coat: coat(),
          step: random(),
        }));
  return (timeS) => [
    ...strollers.map((walker): Person => {
      // 14 m in 10 s, and nobody jumps: each fades out far away where a person is a pixel wide.
      const part = (walker.start + timeS / loopS) % 1;
      const y = walker.away
        ? 20 + 14 * (part + Math.floor(walker.start * 6))
        : 20 + 14 * (1 - part + Math.floor(walker.start * 6));
      return {
        x: walker.x,
        y,
        heightM: walker.tall,
        step: walker.step + timeS * 1.0,
        pace: 1,
        sideways: 0.25,
        coat: walker.coat,
      };
    }),
    ...crossers.map((walker): Person => {
      const x = walker.left ? travel(9.5, -9.5, walker.start, timeS) : travel(-9.5, 9.5, walker.start, timeS);
      return {
        x,
        y: street.crossingM! + 0.5 + walker.lane,
        heightM: walker.tall,
        step: walker.step + timeS * 1.1,
        pace: 1,
        sideways: walker.left ? -1 : 1,
        coat: walker.coat,
      };
    }),
  ];
}

export const streetScenes: Scene[] = [
  createStreetScene({
    name: 'night-street',
    seed: 11,
    view: { heightM: 6.8, pitchDeg: 7, fovDeg: 58, yawDeg: 1.5, xM: 0.6 },
    traffic: [3, 3, 3, 3],
    buses: true,
    lampSpacingM: 27,
    houses: { leftM: 24, rightM: 26, tallM: 22 },
    snow: 70,
  }),
  createStreetScene({
    name: 'night-crossing',
    seed: 23,
    view: { heightM: 7.6, pitchDeg: 10, fovDeg: 64, yawDeg: -4, xM: -1.5 },
    crossingM: 21,
    traffic: [2, 3, 2, 2],
    buses: false,
    lampSpacingM: 30,
    houses: { leftM: 30, rightM: 28, tallM: 30 },
    snow: 70,
  }),
];
