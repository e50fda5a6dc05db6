export interface PageQuery {
  limit?: number | undefined;
  cursor?: string | undefined;
}

export interface PageOf<T> {
  items: T[];
  /** Give it back as `cursor` for what follows; null at the end. */
  nextCursor: string | null;
}

export const defaultPageSize = 100;

/** Cuts `rows`, read one beyond `limit`, to a page whose cursor is made of its last row. */
export function toPage<R, T>(rows: R[], limit: number, toItem: (row: R) => T, cursorOf: (row: R) => string): PageOf<T> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return { items: kept.map(toItem), nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** Driver's timestamptz to RFC 3339, null staying null. */
export const isoOrNull = (value: unknown): string | null => (value instanceof Date ? value.toISOString() : null);
