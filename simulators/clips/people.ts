import { type Lamp, lampLight } from './ground.ts';
import { addBlob, fillEllipse, fillPolygon, mixed, type Picture, type Point, type Rgb, strokeLine } from './raster.ts';
import type { View } from './view.ts';

export interface Person {
  x: number;
  y: number;
  heightM: number;
  /** Where in the step, in steps; standing people keep it still. */
  step: number;
  /** How far the legs swing: 0 stands, 1 walks, 1.8 runs. */
  pace: number;
  /** Sideways part of the walk, -1..1: what of the legs' swing the camera sees. */
  sideways: number;
  coat: Rgb;
}

export function drawPerson(
  picture: Picture,
  view: View,
  person: Person,
  around: { lamps: readonly Lamp[]; ambient: Rgb; fog: Rgb; fogM: number },
): void {
  const foot = view.project([person.x, person.y, 0]);
  const head = view.project([person.x, person.y, person.heightM]);
  if (!foot || !head || foot.depthM < 1.5) return;
  const h = foot.y - head.y;
  if (h < 2) return;
  const light = lampLight(around.lamps, person.x, person.y, 1.2);
  const haze = 1 - Math.exp(-foot.depthM / around.fogM);
  const lit = (color: Rgb, part: number): Rgb =>
    mixed(
      [
        color[0] * (light[0] * part + around.ambient[0]),
        color[1] * (light[1] * part + around.ambient[1]),
        color[2] * (light[2] * part + around.ambient[2]),
      ],
      around.fog,
      haze,
    );
  const coat = lit(person.coat, 0.45);
  const dark = lit([person.coat[0] * 0.45, person.coat[1] * 0.45, person.coat[2] * 0.5], 0.4);
  const skin = lit([0.3, 0.26, 0.23], 0.45);

  addBlob(picture, foot.x, foot.y, h * 0.24, [0, 0, 0], 0.5, h * 0.07);

  const swing = Math.sin(person.step * Math.PI * 2) * person.pace;
  const bob = Math.abs(Math.cos(person.step * Math.PI * 2)) * 0.012 * person.pace * h;
  const x = foot.x;
  const y = (part: number) => foot.y - part * h - bob;
  const reach = 0.13 * h * (0.25 + 0.75 * Math.abs(person.sideways)) * (person.sideways < 0 ? -1 : 1);
  const hip = (side: number): Point => [x + side * 0.045 * h, y(0.5)];
  for (const side of [-1, 1]) {
    const lift = Math.max(0, swing * side) * 0.05 * h;
    const sole: Point = [x + side * 0.05 * h * (1 - Math.abs(person.sideways)) + swing * side * reach, foot.y - lift];
    strokeLine(picture, hip(side), sole, 0.085 * h, dark);
  }
  for (const side of [-1, 1]) {
    const hand: Point = [
      x + side * 0.15 * h * (1 - Math.abs(person.sideways) * 0.7) - swing * side * reach * 0.8,
      y(0.44),
    ];
    strokeLine(picture, [x + side * 0.105 * h * (1 - Math.abs(person.sideways) * 0.5), y(0.8)], hand, 0.06 * h, dark);
  }
  const slim = 1 - Math.abs(person.sideways) * 0.22;
  fillPolygon(
    picture,
    [
      [x - 0.06 * h * slim, y(0.845)],
      [x + 0.06 * h * slim, y(0.845)],
      [x + 0.125 * h * slim, y(0.79)],
      [x + 0.105 * h * slim, y(0.6)],
      [x + 0.12 * h * slim, y(0.4)],
      [x - 0.12 * h * slim, y(0.4)],
      [x - 0.105 * h * slim, y(0.6)],
      [x - 0.125 * h * slim, y(0.79)],
    ],
    coat,
  );
  fillEllipse(picture, x, y(0.925), 0.052 * h, 0.07 * h, skin);
  fillPolygon(
    picture,
    [
      [x - 0.056 * h, y(0.925)],
      [x - 0.045 * h, y(0.985)],
      [x, y(1.005)],
      [x + 0.045 * h, y(0.985)],
      [x + 0.056 * h, y(0.925)],
    ],
    dark,
  );
}
