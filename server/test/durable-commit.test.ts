import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { makeDataDir } from './open-test-database.ts';

const folder = await makeDataDir();
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// Loaded into every thread of the child, the database's too, before anything of ours: says each flush aloud.
const preload = `
  const fs = require('node:fs');
  const flush = fs.fdatasyncSync;
  fs.fdatasyncSync = (fd) => { flush(fd); fs.writeSync(1, 'flushed\\n'); };
  require('node:module').syncBuiltinESMExports();
`;

it('[P3] a commit of PGlite is flushed to the disk before it returns', async () => {
  const preloadFile = join(folder, 'preload.cjs');
  writeFileSync(preloadFile, preload);
  const script = fileURLToPath(new URL('child-database.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--require', preloadFile, '--import', 'tsx', script, join(folder, 'database')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) said.push(line);
  expect(child.exitCode ?? (await new Promise((done) => child.once('exit', done)))).toBe(0);
  const begun = said.indexOf('begin');
  const returned = said.indexOf('returned');
  expect(begun).toBeGreaterThan(-1);
  expect(said.slice(begun, returned)).toContain('flushed');
}, 60_000);
