/** The last texts of a lane, so that what goes out at once is not read back from the disk. */
export interface RecentTexts {
  /** The next texts; they follow on those before. */
  add(texts: readonly string[]): void;
  /** From a running number on, at least one; null when it is not among them. */
  from(local: number, maxItems: number, maxChars: number): string[] | null;
}

/**
 * @param nextLocal running number of the first text to come.
 * @param maxChars so much is kept; up to twice that for a moment.
 */
export function createRecentTexts(nextLocal: number, maxChars: number): RecentTexts {
  let texts: string[] = [];
  let chars = 0;
  let firstLocal = nextLocal;

  function forgetOldest(): void {
    let gone = 0;
    while (chars > maxChars && gone < texts.length) chars -= texts[gone++]!.length;
    texts = texts.slice(gone);
    firstLocal += gone;
  }

  return {
    add(added) {
      for (const text of added) {
        texts.push(text);
        chars += text.length;
      }
      if (chars > 2 * maxChars) forgetOldest();
    },
    from(local, maxItems, maxTotal) {
      const start = local - firstLocal;
      if (start < 0 || start >= texts.length) return null;
      let end = start;
      for (let total = 0; end < texts.length && end - start < maxItems && total < maxTotal; end++)
        total += texts[end]!.length;
      return texts.slice(start, Math.max(end, start + 1));
    },
  };
}
