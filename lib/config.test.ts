import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { StartError } from './lifecycle.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const schema = Type.Object(
  {
    host: Type.String({ default: 'here' }),
    port: Type.Integer({ default: 1 }),
    url: Type.Union([Type.String({ pattern: '^mqtts?://' }), Type.Null()], { default: null }),
    list: Type.Optional(Type.Array(Type.Unknown())),
  },
  { additionalProperties: false },
);
function load(text: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, 'x.yaml');
  writeFileSync(file, text);
  return loadConfig(schema, { file, environment: { X_PORT: 'port' }, env });
}
/** The message that a person reads, without the folder. */
function fault(text: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    load(text, env);
  } catch (error) {
    if (error instanceof StartError) return error.message.replaceAll(`${folder}/`, '');
    throw error;
  }
  throw new Error('it was taken');
}

it('an empty file has all defaults, and the environment wins over the file', () => {
  expect(load('')).toEqual({ host: 'here', port: 1, url: null });
  expect(load('port: 2', { X_PORT: '3' })).toEqual({ host: 'here', port: 3, url: null });
});

it.each([
  ['an unknown key', 'host: a\nprot: 2', 'x.yaml:2: prot: unknown key'],
  ['a wrong type', 'host: a\nport: many', 'x.yaml:2: port: must be integer'],
  ['a key written twice', 'port: 1\nport: 2', 'x.yaml:2: not valid YAML: Map keys must be unique'],
  ['a broken list', 'list: [1,', 'x.yaml:1: not valid YAML'],
  ['a text instead of keys', 'hello', 'x.yaml:1: (top): must be object'],
  ['a list instead of keys', '- 1', 'x.yaml:1: (top): must be object'],
  ['an alias that stands inside its own anchor', 'list: &x [*x]', 'x.yaml: not usable YAML: an alias'],
  ['an alias of nothing', 'list: [*x]', 'x.yaml: not usable YAML: Unresolved alias'],
])('%s is told with its place', (_, text, message) => {
  expect(fault(text, { X_PORT: '' })).toContain(message);
});

it('tells the variable that a wrong value came from, and one that is missing', () => {
  expect(fault('', { X_PORT: 'many' })).toBe('x.yaml: port: must be integer (set by X_PORT)');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder as it stands in a file.
  expect(fault('host: ${X_HOST}')).toBe('x.yaml: ${X_HOST} is not set in the environment and has no default');
});

it('a value that may be null is told by what it may be, in one line', () => {
  expect(fault('url: nonsense')).toBe('x.yaml:1: url: must match pattern "^mqtts?://"');
});

it('a text as the whole file is told the same with the environment laid over it', () => {
  expect(fault('hello', { X_PORT: '3' })).toContain('x.yaml:1: (top): must be object');
});
