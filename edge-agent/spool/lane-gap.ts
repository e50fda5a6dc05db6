import type { Disk } from './disk.ts';
import { parseRecords } from './segment-frame.ts';

/** Items that were given up. Numbers are running numbers; times are the edge's, null where no record told them. */
export interface LaneGap {
  from: number;
  to: number;
  fromAt: string | null;
  toAt: string | null;
  /** `full`: to make room. `damaged`: the disk did not give them back. */
  why: 'full' | 'damaged';
}

/** What was given up so far and what follows on it are one gap; whatever lay before is history. */
export function extendGap(gap: LaneGap | null | undefined, next: LaneGap): LaneGap {
  if (!gap || gap.to !== next.from - 1) return next;
  return {
    from: gap.from,
    to: next.to,
    fromAt: gap.fromAt ?? next.fromAt,
    toAt: next.toAt ?? gap.toAt,
    why: gap.why === 'damaged' ? 'damaged' : next.why,
  };
}

/** The gap that giving up a segment leaves, from the running number `from` on; null when nothing of it was still owed. */
export async function gapOf(
  segment: { firstLocal: number; count: number; bytes: number; path: string },
  from: number,
  disk: Disk,
): Promise<LaneGap | null> {
  const to = segment.firstLocal + segment.count - 1;
  if (from > to) return null;
  const file = await disk.open(segment.path, 'read');
  try {
    const { texts } = parseRecords(
      await file.readAt(segment.bytes, 0),
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER,
    );
    const first = texts[from - segment.firstLocal];
    return { from, to, fromAt: timeOf(first), toAt: timeOf(texts.at(-1)), why: 'full' };
  } finally {
    await file.close();
  }
}

/** When an item came in at the edge. */
function timeOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const { receivedAt, at } = JSON.parse(text) as { receivedAt?: string; at?: string };
  return receivedAt ?? at ?? null;
}
