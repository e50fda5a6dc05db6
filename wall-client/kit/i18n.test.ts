import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fill } from './i18n.ts';

interface Entry {
  kk: string;
  ru: string;
  en: string;
}
const isEntry = (value: unknown): value is Entry => typeof (value as Entry | null)?.kk === 'string';

function entries(value: unknown, path: string): [string, Entry][] {
  if (isEntry(value)) return [[path, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => entries(item, `${path}.${key}`));
}

const files = readdirSync(new URL('./words/', import.meta.url)).filter((name) => name.endsWith('.ts'));
const all = (await Promise.all(files.map(async (name) => entries(await import(`./words/${name}`), name)))).flat();
const holes = (text: string) => [...text.matchAll(/\{(\w+)/g)].map((match) => match[1]).sort();

describe('words', () => {
  it('finds the word lists', () => expect(all.length).toBeGreaterThan(60));

  it.each(all)('%s says something in each language, with the same blanks', (_, entry) => {
    for (const text of [entry.kk, entry.ru, entry.en]) expect(text.trim()).not.toBe('');
    expect(new Set(holes(entry.ru))).toEqual(new Set(holes(entry.kk)));
    expect(new Set(holes(entry.en))).toEqual(new Set(holes(entry.kk)));
  });
});

describe('fill', () => {
  it('fills a blank and leaves an unknown one standing', () => {
    expect(fill('{a} и {b}', { a: 1 }, 'ru')).toBe('1 и {b}');
  });
  it('picks Russian plural forms', () => {
    const text = '{n} {n|событие|события|событий}';
    expect([1, 2, 5, 21].map((n) => fill(text, { n }, 'ru'))).toEqual([
      '1 событие',
      '2 события',
      '5 событий',
      '21 событие',
    ]);
  });
  it('picks English plural forms', () => {
    expect([1, 2].map((n) => fill('{n} {n|event|events}', { n }, 'en'))).toEqual(['1 event', '2 events']);
  });
});
