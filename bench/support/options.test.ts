import { expect, test } from 'vitest';
import { readOptions, UsageError } from './options.ts';

const defaults = { rows: 1_000, database: 'postgres', pglite: false };

test('what is not said stays as it is, what is said has the type of its default', () => {
  expect(readOptions([], defaults)).toEqual(defaults);
  expect(readOptions(['--rows', '5', '--pglite'], defaults)).toEqual({ ...defaults, rows: 5, pglite: true });
});

test('an option that is not known, or a number that is none, tells what there is', () => {
  expect(() => readOptions(['--row', '5'], defaults)).toThrow(UsageError);
  expect(() => readOptions(['--rows', 'many'], defaults)).toThrow(/--rows is a number.*\n.*--database postgres/);
});
