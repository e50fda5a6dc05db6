import { expect, test } from 'vitest';
import { createRecentTexts } from './recent-texts.ts';

test('[E55] what was added last is there under its number, and never under another', () => {
  const recent = createRecentTexts(11, 100);
  expect(recent.from(11, 10, 1_000)).toBe(null);
  const texts = Array.from({ length: 500 }, (_, n) => `text ${String(n).padStart(5, '0')}`);
  for (let n = 0; n < texts.length; ) {
    const size = Math.min(1 + (n % 7), texts.length - n);
    recent.add(texts.slice(n, n + size));
    n += size;
    for (let back = 1; back <= Math.min(n, 40); back++) {
      const found = recent.from(11 + n - back, 3, 1_000);
      if (found) expect(found).toEqual(texts.slice(n - back, Math.min(n - back + 3, n)));
      // 100 characters are nine of these.
      else expect(back).toBeGreaterThan(9);
    }
    expect(recent.from(11 + n, 3, 1_000)).toBe(null);
  }
  expect(recent.from(11, 3, 1_000)).toBe(null);
});

test('[E55] a read ends at either bound, and gives one text however long', () => {
  const recent = createRecentTexts(1, 1_000);
  recent.add(['a'.repeat(300), 'b', 'c']);
  expect(recent.from(1, 10, 100)).toEqual(['a'.repeat(300)]);
  expect(recent.from(2, 10, 100)).toEqual(['b', 'c']);
  expect(recent.from(2, 1, 100)).toEqual(['b']);
});
