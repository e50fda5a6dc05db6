import { expect, it } from 'vitest';
import { type Box, longestRunInside, type Px, placeAlongLine, readable, spread } from './label-placement.ts';

const view: Box = { x: 0, y: 0, width: 400, height: 300 };

it('a name reads left to right, and a steep one downwards, whichever way the line was drawn', () => {
  const flat: Px[] = [
    [300, 50],
    [10, 60],
  ];
  expect(readable(flat)[0]).toEqual([10, 60]);
  const steep: Px[] = [
    [50, 290],
    [60, 10],
  ];
  expect(readable(steep)[0]).toEqual([60, 10]);
});

it('only the part of a line inside the view carries a name', () => {
  const run = longestRunInside(
    [
      [-500, 100],
      [900, 100],
    ],
    view,
  );
  expect(run.every(([x]) => x > 0 && x < 400)).toBe(true);
});

it('keeps off what is placed already, and gives up where there is no room', () => {
  const line: Px[] = [
    [0, 100],
    [400, 100],
  ];
  const taken: Box[] = [{ x: 0, y: 80, width: 200, height: 40 }];
  const spot = placeAlongLine(line, 'Абай', 20, view, taken);
  expect(spot?.startPx).toBeGreaterThan(185);
  expect(taken).toHaveLength(2);
  expect(placeAlongLine(line, 'Абай', 20, view, [view])).toBeNull();
  expect(placeAlongLine(line, 'Керей және Жәнібек хандар көшесі, ұзын атау', 20, view, [])).toBeNull();
});

it('sets a name on the straight part', () => {
  const zigzag: Px[] = [
    [10, 150],
    [30, 120],
    [50, 150],
    [70, 120],
    [90, 150],
    [110, 120],
    [380, 120],
  ];
  expect(placeAlongLine(zigzag, 'Есіл', 20, view, [])?.startPx).toBeGreaterThan(150);
});

it('numbers around a fire are moved apart and off its mark, others stay', () => {
  const near: Px[] = [
    [100, 100],
    [104, 98],
    [300, 200],
  ];
  const spots = spread(
    near.map((at) => ({ at, radius: 18 })),
    { at: [100, 100], radius: 40 },
  );
  expect(spots[2]).toEqual([300, 200]);
  for (const spot of spots) expect(Math.hypot(spot[0] - 100, spot[1] - 100)).toBeGreaterThan(57);
  const [a, b] = spots as [Px, Px];
  expect(Math.hypot(a[0] - b[0], a[1] - b[1])).toBeGreaterThan(36);
});
