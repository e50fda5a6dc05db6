/** A point on the screen, CSS pixels from the map's top left. */
export type Px = [number, number];
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const overlaps = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Rough width of Golos Text, good enough to keep names apart. */
export const textWidth = (text: string, fontSize: number): number => text.length * fontSize * 0.6;

const length = (line: Px[]): number =>
  line.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - (line[i] as Px)[0], y - (line[i] as Px)[1]), 0);

/** The longest piece of a line that lies inside the view. */
export function longestRunInside(line: Px[], view: Box): Px[] {
  let best: Px[] = [];
  let bestLength = 0;
  let run: Px[] = [];
  const close = () => {
    const runLength = length(run);
    if (runLength > bestLength) [best, bestLength] = [run, runLength];
    run = [];
  };
  for (const [x, y] of densify(line, 8)) {
    if (x > view.x && y > view.y && x < view.x + view.width && y < view.y + view.height) run.push([x, y]);
    else close();
  }
  close();
  return best;
}

function densify(line: Px[], stepPx: number): Px[] {
  const out: Px[] = [];
  for (let i = 0; i < line.length - 1; i++) {
    const [ax, ay] = line[i] as Px;
    const [bx, by] = line[i + 1] as Px;
    // Only the part near the view matters; a huge zoom must not make millions of points.
    const pieces = Math.min(2_000, Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / stepPx)));
    for (let k = 0; k < pieces; k++) out.push([ax + ((bx - ax) * k) / pieces, ay + ((by - ay) * k) / pieces]);
  }
  const last = line.at(-1);
  if (last) out.push(last);
  return out;
}

/** Reads left to right; a steep line reads downwards, as on the mock-ups. */
export function readable(line: Px[]): Px[] {
  const first = line[0];
  const last = line.at(-1);
  if (!first || !last) return line;
  const [dx, dy] = [last[0] - first[0], last[1] - first[1]];
  const forward = Math.abs(dx) < 0.45 * Math.abs(dy) ? dy > 0 : dx > 0;
  return forward ? line : [...line].reverse();
}

export interface LinePlacement {
  /** The line to set the text on, in reading direction. */
  line: Px[];
  /** Where the text starts, pixels along the line. */
  startPx: number;
}

/** Finds room for a text along a line, away from what is already placed; null where there is none. Adds to `taken`. */
export function placeAlongLine(
  line: Px[],
  text: string,
  fontSize: number,
  view: Box,
  taken: Box[],
): LinePlacement | null {
  const inset = { x: view.x + 10, y: view.y + 10, width: view.width - 20, height: view.height - 20 };
  const run = readable(longestRunInside(line, inset));
  const room = length(run);
  const width = textWidth(text, fontSize);
  if (room < width + 24) return null;
  let best: { startPx: number; box: Box; bend: number } | null = null;
  for (let step = 0; step <= 16; step++) {
    const startPx = 8 + ((room - width - 16) * step) / 16;
    const covered = stretch(run, startPx, width);
    const box = boxOf(covered, fontSize);
    if (taken.some((other) => overlaps(box, other))) continue;
    const bend = bendOf(covered);
    // Straight reads best; of equals the earlier place wins.
    if (!best || bend < best.bend - 0.02) best = { startPx, box, bend };
  }
  if (!best) return null;
  taken.push(best.box);
  return { line: run, startPx: best.startPx };
}

/** How much a stretch turns, radians in all. */
function bendOf(line: Px[]): number {
  let total = 0;
  for (let i = 2; i < line.length; i++) {
    const [a, b, c] = [line[i - 2] as Px, line[i - 1] as Px, line[i] as Px];
    const turn = Math.atan2(c[1] - b[1], c[0] - b[0]) - Math.atan2(b[1] - a[1], b[0] - a[0]);
    total += Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn)));
  }
  return total;
}

function stretch(line: Px[], startPx: number, widthPx: number): Px[] {
  let along = 0;
  const covered: Px[] = [];
  for (let i = 0; i < line.length; i++) {
    const point = line[i] as Px;
    const before = line[i - 1];
    if (before) along += Math.hypot(point[0] - before[0], point[1] - before[1]);
    if (along >= startPx && along <= startPx + widthPx) covered.push(point);
  }
  return covered;
}

function boxOf(covered: Px[], fontSize: number): Box {
  const xs = covered.map(([x]) => x);
  const ys = covered.map(([, y]) => y);
  const [x, y] = [Math.min(...xs) - fontSize * 0.6, Math.min(...ys) - fontSize * 1.1];
  return { x, y, width: Math.max(...xs) + fontSize * 0.6 - x, height: Math.max(...ys) + fontSize * 0.4 - y };
}

interface Disc {
  at: Px;
  radius: number;
}

/**
 * Moves discs apart, and away from a fixed one, so that each number can be read; directions are kept. Where there is
 * room nothing moves.
 */
export function spread(discs: Disc[], fixed: Disc | null): Px[] {
  const gapPx = 6;
  const spots = discs.map(({ at }): Px => [at[0], at[1]]);
  const push = (spot: Px, from: Px, wanted: number, fallbackDeg: number): void => {
    const [dx, dy] = [spot[0] - from[0], spot[1] - from[1]];
    const apart = Math.hypot(dx, dy);
    if (apart >= wanted) return;
    const angle = apart < 0.5 ? (fallbackDeg * Math.PI) / 180 : Math.atan2(dy, dx);
    spot[0] = from[0] + Math.cos(angle) * wanted;
    spot[1] = from[1] + Math.sin(angle) * wanted;
  };
  for (let round = 0; round < 12; round++) {
    for (const [i, spot] of spots.entries()) {
      const { radius } = discs[i] as Disc;
      for (const [j, other] of spots.entries()) {
        if (j !== i) push(spot, other, radius + (discs[j] as Disc).radius + gapPx, i * 97);
      }
      if (fixed) push(spot, fixed.at, radius + fixed.radius + gapPx, i * 90 - 45);
    }
  }
  return spots;
}
