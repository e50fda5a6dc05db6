import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { layOutEmptyDatabase } from './lay-out-empty-database.ts';

const { done } = vi.hoisted(() => ({ done: [] as string[] }));

// The real calls, written down: whether a file was flushed cannot be read off the disk.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const paths = new Map<number, string>();
  return {
    ...fs,
    openSync(path: string, flags: string) {
      const handle = fs.openSync(path, flags);
      paths.set(handle, path);
      return handle;
    },
    fsyncSync(handle: number) {
      fs.fsyncSync(handle);
      done.push(paths.get(handle) as string);
    },
    renameSync(from: string, to: string) {
      fs.renameSync(from, to);
      done.push('renamed');
    },
  };
});

let root: string;
let template: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kuzet-lay-out-'));
  template = join(root, 'template');
  folder = join(root, 'data', 'pg');
  mkdirSync(join(template, 'base', '1'), { recursive: true });
  mkdirSync(join(root, 'data'));
  writeFileSync(join(template, 'PG_VERSION'), '17\n');
  writeFileSync(join(template, 'base', '1', '112'), 'rows');
  done.length = 0;
});
afterEach(() => rmSync(root, { recursive: true }));

test('[P3] every file and folder of the copy is flushed before it takes its name, and the name after', () => {
  layOutEmptyDatabase(template, folder);
  expect(readFileSync(join(folder, 'base', '1', '112'), 'utf8')).toBe('rows');
  const flushed = done.map((path) => (path === 'renamed' ? path : relative(join(root, 'data'), path)));
  const at = flushed.indexOf('renamed');
  expect(flushed.slice(0, at).sort()).toEqual([
    'pg.making',
    'pg.making/PG_VERSION',
    'pg.making/base',
    'pg.making/base/1',
    'pg.making/base/1/112',
  ]);
  expect(flushed.indexOf('pg.making/base/1/112')).toBeLessThan(flushed.indexOf('pg.making/base/1'));
  expect(flushed.slice(at + 1)).toEqual(['']);
});

test('a copy that was cut off is made anew', () => {
  mkdirSync(`${folder}.making`);
  writeFileSync(join(`${folder}.making`, 'half'), '');
  layOutEmptyDatabase(template, folder);
  expect(readdirSync(folder).sort()).toEqual(['PG_VERSION', 'base']);
});

test('a database that is there is left alone, and without a template nothing is made', () => {
  mkdirSync(folder);
  layOutEmptyDatabase(template, folder);
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
  layOutEmptyDatabase(join(root, 'none'), folder);
  expect(readdirSync(join(root, 'data'))).toEqual([]);
});
