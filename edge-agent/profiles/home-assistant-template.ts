import { readJsonObject } from './read-json.ts';

/** A message as several templates read it: its JSON is read once. */
export interface TemplateInput {
  text: string;
  json(): Record<string, unknown> | null;
}

/** What the template says of a message; undefined where it is not in it. */
export type Template = (input: TemplateInput) => unknown;

export function templateInput(payload: Buffer): TemplateInput {
  let object: Record<string, unknown> | null | undefined;
  return {
    text: payload.toString('utf8').trim(),
    json() {
      if (object === undefined) {
        const read = readJsonObject(payload);
        object = 'object' in read ? read.object : null;
      }
      return object;
    },
  };
}

const maxLength = 300;
const step = /\.([A-Za-z_]\w*)|\[\s*(?:'([^'\]]*)'|"([^"\]]*)"|(\d{1,6}))\s*\]/g;
const form =
  /^\{\{\s*value(_json(?:\.[A-Za-z_]\w*|\[\s*(?:'[^'\]]*'|"[^"\]]*"|\d{1,6})\s*\])+)?\s*((?:\|\s*(?:float|int|lower|upper)(?:\(\s*-?\d*\s*\))?\s*)*)\}\}$/;

/**
 * Home Assistant's templates are Jinja, a language. Understood is what nearly all devices say: `{{ value }}`,
 * `{{ value_json.a.b }}`, `{{ value_json['a'][0] }}`, each with `| float`, `| int`, `| lower`, `| upper`. Null: another.
 */
export function readTemplate(text: string | null): Template | null {
  if (text === null) return ({ text: whole }) => whole;
  if (text.length > maxLength) return null;
  const [all, path, filters = ''] = form.exec(text.trim()) ?? [];
  if (all === undefined) return null;
  const keys = [...(path ?? '').matchAll(step)].map(
    ([, name, single, double, index]) => name ?? single ?? double ?? index,
  );
  const isInt = filters.includes('int');
  return (input) => {
    let value: unknown = path === undefined ? input.text : input.json();
    for (const key of keys) {
      if (typeof value !== 'object' || value === null || key === undefined || !Object.hasOwn(value, key)) {
        return undefined;
      }
      value = (value as Record<string, unknown>)[key];
    }
    return isInt && typeof value === 'number' ? Math.trunc(value) : value;
  };
}

/** Texts that say that there is no value. */
const noValues: ReadonlySet<string> = new Set(['', 'none', 'null', 'unknown', 'unavailable']);
export const isNoValue = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && noValues.has(value.toLowerCase()));

/** Whether a value is what a configuration calls it: `true` and `"True"` are one, as Jinja writes them. */
export const isSaid = (value: unknown, expected: unknown): boolean =>
  isWord(value) && isWord(expected) && String(value).toLowerCase() === String(expected).toLowerCase();
const isWord = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
