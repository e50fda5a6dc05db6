// `npm test`: builds, finds a Chromium, runs every suite, and ends with one line of counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOrInstallChromium } from './find-chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (args, env = process.env) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;

const built = run(['scripts/build.mjs', '--if-needed']);
if (built !== 0) process.exit(built);

const chromium = findOrInstallChromium();
console.log(
  chromium
    ? `Browser tests: ${chromium}`
    : 'Browser tests: SKIPPED, no Chromium found. Install one or set CHROME_PATH.',
);
console.log(
  process.env.KUZET_TEST_DATABASE_URL
    ? 'Database tests: PGlite, and the server of KUZET_TEST_DATABASE_URL.'
    : 'Database tests: PGlite only. PostgreSQL and TimescaleDB: SKIPPED, KUZET_TEST_DATABASE_URL is not set.',
);

const folder = mkdtempSync(join(tmpdir(), 'kuzet-test-'));
const report = join(folder, 'report.json');
const status = run(
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { ...process.env, ...(chromium ? { CHROME_PATH: chromium } : {}) },
);
const { numPassedTests, numFailedTests, numPendingTests, testResults, success } = JSON.parse(
  readFileSync(report, 'utf8'),
);
rmSync(folder, { recursive: true });

// A file that fails to load holds no test, but it is a failure all the same.
const brokenFiles = testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
);
for (const file of brokenFiles) console.log(`failed outside its tests: ${file.name}`);
const failed = numFailedTests + brokenFiles.length || (success && status === 0 ? 0 : 1);
console.log(`${numPassedTests} passed, ${failed} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`);
process.exit(failed > 0 ? 1 : status);
