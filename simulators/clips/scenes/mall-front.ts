import { addGlow, type Picture, type Point, type Rgb, scaled, strokeLine } from '../raster.ts';
import type { View } from '../view.ts';

/** The shopping centre's front, in metres. */
export const front = {
  y: 66,
  left: -40,
  right: 38,
  topM: 16.5,
  upper: [9.6, 13.8],
  lower: [1, 6.8],
  panes: 16,
} as const;
export const paneM = (front.right - front.left) / front.panes;

/** The front with its windows and sign; on fire, the upper floor is without power. */
export function drawFront(still: Picture, view: View, onFire: boolean, random: () => number): void {
  const { y, left, right, topM } = front;
  const wall = (x0: number, x1: number, z0: number, z1: number, color: Rgb, atY: number = y) =>
    view.fill(
      still,
      [
        [x0, atY, z0],
        [x1, atY, z0],
        [x1, atY, z1],
        [x0, atY, z1],
      ],
      color,
    );
  wall(left, right, 0, topM, [0.062, 0.066, 0.072]);
  for (let i = 0; i < 60; i++) {
    // Lit from below by the ground floor, darker towards the roof.
    const z = 7 + (i / 60) * (topM - 7);
    wall(left, right, z, z + (topM - 7) / 60 + 0.02, scaled([0.078, 0.08, 0.082], 1 - 0.62 * (i / 60)));
  }
  wall(left - 0.6, right + 0.6, topM - 0.9, topM, [0.055, 0.06, 0.066], y - 0.6);
  wall(left - 0.6, right + 0.6, 7.4, 8.2, [0.09, 0.094, 0.098], y - 0.8);
  for (let i = 0; i < front.panes; i++) {
    const x0 = left + i * paneM + paneM * 0.12;
    const x1 = x0 + paneM * 0.76;
    const entrance = i === 6 || i === 7;
    const lower = entrance ? 0.75 : 0.26 + random() * 0.34;
    const upper = 0.1 + random() * 0.22;
    shopWindow(still, view, x0, x1, front.lower, [lower, lower * 0.97, lower * 0.88], random);
    // The power is off upstairs once it burns.
    const dark = onFire ? 0.3 : 1;
    shopWindow(still, view, x0, x1, front.upper, scaled([upper, upper * 0.97, upper * 0.9], dark), random);
  }
  const canopy = left + 6 * paneM;
  view.fill(
    still,
    [
      [canopy - 1, y - 4, 4.3],
      [canopy + 2 * paneM + 1, y - 4, 4.3],
      [canopy + 2 * paneM + 1, y, 4.7],
      [canopy - 1, y, 4.7],
    ],
    [0.05, 0.052, 0.055],
  );
  view.fill(
    still,
    [
      [canopy - 1, y - 4, 3.8],
      [canopy + 2 * paneM + 1, y - 4, 3.8],
      [canopy + 2 * paneM + 1, y - 4, 4.4],
      [canopy - 1, y - 4, 4.4],
    ],
    [0.3, 0.3, 0.28],
  );
  drawSign(still, view, left + 9, y, topM + 0.6, 3.6);
}

function shopWindow(
  still: Picture,
  view: View,
  x0: number,
  x1: number,
  [z0, z1]: readonly [number, number],
  color: Rgb,
  random: () => number,
): void {
  const y = front.y - 0.05;
  const bands = 6;
  for (let i = 0; i < bands; i++) {
    const from = z0 + ((z1 - z0) * i) / bands;
    const to = z0 + ((z1 - z0) * (i + 1)) / bands;
    view.fill(
      still,
      [
        [x0, y, from],
        [x1, y, from],
        [x1, y, to],
        [x0, y, to],
      ],
      scaled(color, 0.72 + 0.5 * (i / bands)),
    );
  }
  // Something stands in the window.
  for (let i = 0; i < 3; i++) {
    const x = x0 + (x1 - x0) * (0.1 + random() * 0.7);
    const tall = (z1 - z0) * (0.2 + random() * 0.3);
    view.fill(
      still,
      [
        [x, y, z0],
        [x + 0.7, y, z0],
        [x + 0.7, y, z0 + tall],
        [x, y, z0 + tall],
      ],
      scaled(color, 0.55),
      0.8,
    );
  }
  const frame: Rgb = [0.03, 0.032, 0.035];
  for (const x of [x0, (x0 + x1) / 2, x1])
    view.fill(
      still,
      [
        [x - 0.09, y, z0],
        [x + 0.09, y, z0],
        [x + 0.09, y, z1],
        [x - 0.09, y, z1],
      ],
      frame,
    );
}

/** АҚҚУ in strokes, each letter in a box one wide and one high. */
const letters: Point[][][] = [
  [
    [
      [0, 0],
      [0.45, 1],
      [0.9, 0],
    ],
    [
      [0.17, 0.36],
      [0.73, 0.36],
    ],
  ],
  [
    [
      [0.05, 0],
      [0.05, 1],
    ],
    [
      [0.75, 1],
      [0.08, 0.48],
      [0.8, 0],
    ],
    [
      [0.8, 0.02],
      [0.8, -0.2],
    ],
  ],
  [
    [
      [0.05, 0],
      [0.05, 1],
    ],
    [
      [0.75, 1],
      [0.08, 0.48],
      [0.8, 0],
    ],
    [
      [0.8, 0.02],
      [0.8, -0.2],
    ],
  ],
  [
    [
      [0, 1],
      [0.42, 0.4],
    ],
    [
      [0.85, 1],
      [0.3, 0],
    ],
  ],
];

function drawSign(still: Picture, view: View, x: number, y: number, z: number, sizeM: number): void {
  letters.forEach((strokes, i) => {
    for (const stroke of strokes) {
      for (let j = 0; j + 1 < stroke.length; j++) {
        const [a, b] = [stroke[j]!, stroke[j + 1]!].map(([u, v]) =>
          view.project([x + (i * 1.12 + u) * sizeM, y, z + v * sizeM]),
        );
        if (a && b) strokeLine(still, [a.x, a.y], [b.x, b.y], a.scale * sizeM * 0.19, [0.95, 0.98, 1]);
      }
    }
  });
  const middle = view.project([x + 2.2 * sizeM, y, z + sizeM / 2])!;
  addGlow(still, middle.x, middle.y, middle.scale * 16, [0.9, 0.95, 1], 0.07, middle.scale * 8);
}
