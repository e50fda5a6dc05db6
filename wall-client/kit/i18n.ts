import type { Language, LocalizedText } from '@kuzet/contracts/common.ts';
import { languages } from '@kuzet/contracts/common.ts';
import { signal } from '@preact/signals';

const storageKey = 'kuzet.language';

function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(storageKey);
  return languages.find((language) => language === asked) ?? 'kk';
}

/** The language of a desk's page. A wall shows two at once and names each by itself. `?lang=ru` sets it for a visit. */
export const language = signal<Language>(typeof location === 'undefined' ? 'kk' : firstLanguage());

export function chooseLanguage(next: Language): void {
  language.value = next;
  localStorage.setItem(storageKey, next);
  document.documentElement.lang = next;
}

type Params = Record<string, string | number>;

/**
 * A word list: every entry stands in all three languages, or it does not compile. `{name}` is filled from params;
 * `{n|событие|события|событий}` picks the form that goes with the number n.
 */
export const wordList = <const T extends Record<string, LocalizedText>>(list: T): T => list;

/** Fills `{name}` and picks plural forms `{name|one|few|many}` (or `{name|one|other}`) by CLDR rules. */
export function fill(text: string, params: Params, lang: Language): string {
  return text.replace(/\{(\w+)((?:\|[^|}]*)*)\}/g, (whole, name: string, forms: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (!forms) return String(value);
    const options = forms.split('|').slice(1);
    return options[pluralIndex(Number(value), options.length, lang)] ?? whole;
  });
}

function pluralIndex(count: number, forms: number, lang: Language): number {
  const category = new Intl.PluralRules(lang).select(count);
  if (forms === 3) return category === 'one' ? 0 : category === 'few' ? 1 : 2;
  return category === 'one' || forms === 1 ? 0 : 1;
}

/** The text in the page's language, or in the one named. */
export function say(text: LocalizedText, params: Params = {}, lang: Language = language.value): string {
  return fill(text[lang], params, lang);
}
