import { type Lamp, lampLight } from './ground.ts';
import { addBlob, addGlow, fillEllipse, mixed, type Picture, type Rgb, scaled } from './raster.ts';
import type { Place, View } from './view.ts';

export interface Car {
  x: number;
  y: number;
  /** Radians clockwise from "away from the camera". */
  heading: number;
  kind: 'saloon' | 'suv' | 'bus';
  /** Reflectance of its paint. */
  paint: Rgb;
  lights: 'off' | 'on' | 'braking';
  /** Snow on roof and bonnet, 0..1. */
  snow: number;
}

const shapes = {
  saloon: { length: 4.5, width: 1.8, waist: 0.82, roof: 1.42, cabin: [-1.75, 1.05], roofline: [-1.05, 0.3] },
  suv: { length: 4.6, width: 1.9, waist: 1.0, roof: 1.72, cabin: [-2.2, 1.1], roofline: [-1.9, 0.45] },
  bus: { length: 11.5, width: 2.5, waist: 1.25, roof: 3.0, cabin: [-5.72, 5.72], roofline: [-5.7, 5.6] },
} as const;

export const headlightColor: Rgb = [1, 0.95, 0.82];
const tailColor: Rgb = [1, 0.13, 0.08];
const glass: Rgb = [0.012, 0.015, 0.018];

export interface CarLight {
  lamps: readonly Lamp[];
  ambient: Rgb;
  fog: Rgb;
  fogM: number;
}

export function drawCar(picture: Picture, view: View, car: Car, surroundings: CarLight): void {
  const shape = shapes[car.kind];
  const ahead: readonly [number, number] = [Math.sin(car.heading), Math.cos(car.heading)];
  /** From the car's own metres (right, ahead, up) to the scene's. */
  const at = (r: number, f: number, z: number): Place => [
    car.x + ahead[1] * r + ahead[0] * f,
    car.y - ahead[0] * r + ahead[1] * f,
    z,
  ];
  const middle = view.project(at(0, 0, 0.5));
  if (!middle || middle.depthM < 2.5 || middle.x < -picture.width || middle.x > 2 * picture.width) return;

  const { lamps, ambient } = surroundings;
  const light = lampLight(lamps, car.x, car.y, 1);
  const haze = 1 - Math.exp(-middle.depthM / surroundings.fogM);
  const lit = (paint: Rgb, part: number): Rgb => {
    const color: Rgb = [
      paint[0] * (light[0] * part + ambient[0]),
      paint[1] * (light[1] * part + ambient[1]),
      paint[2] * (light[2] * part + ambient[2]),
    ];
    return mixed(color, surroundings.fog, haze);
  };
  const half = shape.width / 2;
  const nose = shape.length / 2;
  const facing = (r: number, f: number, nr: number, nf: number): boolean => {
    const [x, y] = at(r, f, 0);
    const nx = ahead[1] * nr + ahead[0] * nf;
    const ny = -ahead[0] * nr + ahead[1] * nf;
    return nx * (view.eye[0] - x) + ny * (view.eye[1] - y) > 0;
  };

  const shadow = view.project(at(0, 0, 0))!;
  const sideOn = Math.abs(ahead[0]);
  addBlob(
    picture,
    shadow.x,
    shadow.y,
    shadow.scale * (half * 1.3 + (nose - half) * sideOn),
    [0, 0, 0],
    0.75,
    shadow.scale * 0.75,
  );

  const topPaint = mixed(car.paint, [0.75, 0.77, 0.8], car.snow);
  const body = (z0: number, z1: number, f0: number, f1: number, paint: Rgb) => {
    for (const side of [-1, 1] as const) {
      if (facing(side * half, 0, side, 0)) {
        view.fill(
          picture,
          [at(side * half, f0, z0), at(side * half, f1, z0), at(side * half, f1, z1), at(side * half, f0, z1)],
          lit(paint, 0.5),
        );
      }
    }
    for (const end of [-1, 1] as const) {
      const f = end < 0 ? f0 : f1;
      if (facing(0, f, 0, end)) {
        view.fill(picture, [at(-half, f, z0), at(half, f, z0), at(half, f, z1), at(-half, f, z1)], lit(paint, 0.4));
      }
    }
    view.fill(picture, [at(-half, f0, z1), at(half, f0, z1), at(half, f1, z1), at(-half, f1, z1)], lit(topPaint, 0.9));
  };
  body(0.22, shape.waist, -nose, nose, car.paint);
  for (const side of [-1, 1] as const) {
    if (!facing(side * half, 0, side, 0) || sideOn < 0.2) continue;
    for (const f of [-nose * 0.62, nose * 0.62]) {
      const wheel = view.project(at(side * half, f, 0.33));
      if (wheel)
        fillEllipse(picture, wheel.x, wheel.y, wheel.scale * 0.34 * sideOn, wheel.scale * 0.34, scaled(glass, 0.6));
    }
  }

  const [back, front] = shape.cabin;
  const [roofBack, roofFront] = shape.roofline;
  const tuck = car.kind === 'bus' ? half : half * 0.78;
  const insideLight: Rgb = car.kind === 'bus' ? [0.16, 0.165, 0.15] : glass;
  type Corners = readonly [Place, Place, Place, Place];
  const between = (a: Place, b: Place, t: number): Place => [
    a[0] + (b[0] - a[0]) * t,
    a[1] + (b[1] - a[1]) * t,
    a[2] + (b[2] - a[2]) * t,
  ];
  /** Sheet metal from corner to corner, with `count` windows side by side in it. */
  const pane = ([a, b, c, d]: Corners, part: number, count = 1) => {
    view.fill(picture, [a, b, c, d], lit(car.paint, part));
    for (let i = 0; i < count; i++) {
      const from = (i + 0.07) / count;
      const to = (i + 0.93) / count;
      const low = [between(a, b, from), between(a, b, to)] as const;
      const high = [between(d, c, from), between(d, c, to)] as const;
      const glassPane: Corners = [
        between(low[0], high[0], 0.13),
        between(low[1], high[1], 0.13),
        between(low[1], high[1], 0.87),
        between(low[0], high[0], 0.87),
      ];
      view.fill(picture, glassPane, mixed(insideLight, surroundings.fog, haze));
    }
  };
  for (const side of [-1, 1] as const) {
    if (!facing(side * half, 0, side, 0)) continue;
    pane(
      [
        at(side * half, back, shape.waist),
        at(side * half, front, shape.waist),
        at(side * tuck, roofFront, shape.roof),
        at(side * tuck, roofBack, shape.roof),
      ],
      0.5,
      car.kind === 'bus' ? 6 : 1,
    );
  }
  for (const [f, top, end] of [
    [back, roofBack, -1],
    [front, roofFront, 1],
  ] as const) {
    if (!facing(0, f, 0, end)) continue;
    pane(
      [at(-half, f, shape.waist), at(half, f, shape.waist), at(tuck, top, shape.roof), at(-tuck, top, shape.roof)],
      0.55,
    );
  }
  view.fill(
    picture,
    [
      at(-tuck, roofBack, shape.roof),
      at(tuck, roofBack, shape.roof),
      at(tuck, roofFront, shape.roof),
      at(-tuck, roofFront, shape.roof),
    ],
    lit(topPaint, 1),
  );
  if (car.lights !== 'off') drawLights(picture, view, car, at, facing, nose, half, 1 - haze);
}

function drawLights(
  picture: Picture,
  view: View,
  car: Car,
  at: (r: number, f: number, z: number) => Place,
  facing: (r: number, f: number, nr: number, nf: number) => boolean,
  nose: number,
  half: number,
  clear: number,
): void {
  for (const side of [-0.74, 0.74]) {
    if (facing(0, nose, 0, 1)) {
      const lamp = view.project(at(side * half, nose, 0.66));
      if (lamp) {
        const straight = Math.max(0.15, -Math.cos(car.heading));
        addGlow(picture, lamp.x, lamp.y, lamp.scale * 1.5 * straight + 5, headlightColor, 2.6 * clear * straight);
        fillEllipse(picture, lamp.x, lamp.y, lamp.scale * 0.15, lamp.scale * 0.1, scaled(headlightColor, 5), clear);
        addGlow(
          picture,
          lamp.x,
          lamp.y + lamp.scale * 1.6,
          lamp.scale * 0.42,
          headlightColor,
          0.16 * clear * straight,
          lamp.scale * 1.5,
        );
      }
    }
    if (facing(0, -nose, 0, -1)) {
      const lamp = view.project(at(side * half, -nose, 0.78));
      if (lamp) {
        const power = car.lights === 'braking' ? 1.7 : 0.75;
        addGlow(picture, lamp.x, lamp.y, lamp.scale * 0.8 + 3, tailColor, power * clear);
        fillEllipse(
          picture,
          lamp.x,
          lamp.y,
          lamp.scale * 0.17,
          lamp.scale * 0.09,
          scaled(tailColor, power * 1.8),
          clear,
        );
        addGlow(
          picture,
          lamp.x,
          lamp.y + lamp.scale * 1.5,
          lamp.scale * 0.4,
          tailColor,
          0.09 * power * clear,
          lamp.scale * 1.3,
        );
      }
    }
  }
}
