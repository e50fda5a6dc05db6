/**
 * What became of a file's pieces, in words: each piece that was changed, dropped, moved, added or cut short is named, counted
 * from 1. Empty when `actual` is `expected`.
 */
export function comparePieces(expected: readonly string[], actual: readonly string[], lastIsShort: boolean): string[] {
  const told: string[] = [];
  const kept = longestCommon(expected, actual);
  const keptExpected = new Set(kept.map(([e]) => e));
  const keptActual = new Set(kept.map(([, a]) => a));
  const loose = actual.flatMap((_, a) => (keptActual.has(a) ? [] : [a]));
  const missing = expected.flatMap((_, e) => (keptExpected.has(e) ? [] : [e]));

  // Still there, at another place: reordered.
  const moved = new Map<number, number>();
  for (const e of missing) {
    const a = loose.find((index) => actual[index] === expected[e] && ![...moved.values()].includes(index));
    if (a !== undefined) moved.set(e, a);
  }
  for (const [e, a] of moved) told.push(`piece ${e + 1} was moved: it now stands as piece ${a + 1}`);
  const movedTo = new Set(moved.values());
  const unknown = new Set(loose.filter((a) => !movedTo.has(a)));

  for (const e of missing) {
    if (moved.has(e)) continue;
    const place = placeBetween(kept, e, actual.length);
    const a = [...unknown].find((index) => index >= place.from && index < place.to);
    if (a === undefined) {
      told.push(`piece ${e + 1} is missing`);
      continue;
    }
    unknown.delete(a);
    const isLast = a === actual.length - 1;
    told.push(isLast && lastIsShort ? `piece ${e + 1} was cut short or changed` : `piece ${e + 1} was changed`);
  }
  for (const a of unknown) told.push(`piece ${a + 1} of the file is none of the signed ones`);
  return told;
}

/** Where between its kept neighbours an unknown piece that takes the place of `e` would stand. */
function placeBetween(kept: readonly [number, number][], e: number, end: number): { from: number; to: number } {
  const before = kept.filter(([index]) => index < e).at(-1);
  const after = kept.find(([index]) => index > e);
  return { from: before ? before[1] + 1 : 0, to: after ? after[1] : end };
}

/** Pairs of equal pieces in their order: the longest such list, found quickly where little changed. */
function longestCommon(expected: readonly string[], actual: readonly string[]): [number, number][] {
  let head = 0;
  while (head < expected.length && head < actual.length && expected[head] === actual[head]) head++;
  let tail = 0;
  while (
    tail < expected.length - head &&
    tail < actual.length - head &&
    expected[expected.length - 1 - tail] === actual[actual.length - 1 - tail]
  )
    tail++;
  const rows = expected.length - head - tail;
  const columns = actual.length - head - tail;
  const pairs: [number, number][] = Array.from({ length: head }, (_, i) => [i, i]);
  if (rows > 0 && columns > 0) {
    const width = columns + 1;
    const lengths = new Uint32Array((rows + 1) * width);
    for (let r = rows - 1; r >= 0; r--)
      for (let c = columns - 1; c >= 0; c--)
        lengths[r * width + c] =
          expected[head + r] === actual[head + c]
            ? lengths[(r + 1) * width + c + 1]! + 1
            : Math.max(lengths[(r + 1) * width + c]!, lengths[r * width + c + 1]!);
    for (let r = 0, c = 0; r < rows && c < columns; ) {
      if (expected[head + r] === actual[head + c]) pairs.push([head + r++, head + c++]);
      else if (lengths[(r + 1) * width + c]! >= lengths[r * width + c + 1]!) r++;
      else c++;
    }
  }
  for (let i = tail; i > 0; i--) pairs.push([expected.length - i, actual.length - i]);
  return pairs;
}
