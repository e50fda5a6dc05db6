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
  for (const part of [0.08, 0.3, 0.5, 0.7, 0.92, 0.2, 0.4, 0.6, 0.8]) {
    const startPx = 8 + (room - width - 16) * part;
    const box = boxOf(run, startPx, width, fontSize);
    if (taken.some((other) => overlaps(box, other))) continue;
    taken.push(box);
    return { line: run, startPx };
  }
  return null;
}

function boxOf(line: Px[], startPx: number, widthPx: number, fontSize: number): Box {
  let along = 0;
  const covered: Px[] = [];
  for (let i = 0; i < line.length; i++) {
    const point = line[i] as Px;
    const before = line[i - 1];
    if (before) along += Math.hypot(point[0] - before[0], point[1] - before[1]);
    if (along >= startPx && along <= startPx + widthPx) covered.push(point);
  }
  const xs = covered.map(([x]) => x);
  const ys = covered.map(([, y]) => y);
  const [x, y] = [Math.min(...xs) - fontSize * 0.6, Math.min(...ys) - fontSize * 1.1];
  return { x, y, width: Math.max(...xs) + fontSize * 0.6 - x, height: Math.max(...ys) + fontSize * 0.4 - y };
}
