// Builds dist/: one bundle a process, and the pages. `--if-needed` does nothing when dist is newer than every source.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist/built');
const sources = ['contracts', 'lib', 'server', 'edge-agent', 'wall-client', 'simulators', 'scripts'];

/** Newest change below a folder, epoch milliseconds. */
function newestMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'test' || entry.name.includes('.test.')) continue;
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestMs(path) : statSync(path).mtimeMs);
  }
  return newest;
}

const isFresh = () =>
  existsSync(stamp) &&
  Number(readFileSync(stamp, 'utf8')) >=
    Math.max(
      statSync(join(root, 'package-lock.json')).mtimeMs,
      ...sources.map((folder) => newestMs(join(root, folder))),
    );

if (process.argv.includes('--if-needed') && isFresh()) process.exit(0);

let esbuild;
let vite;
try {
  esbuild = await import('esbuild');
  vite = await import('vite');
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.log('build: the build tools are not installed (npm ci --omit=dev?); dist is left as it is');
  process.exit(0);
}

const startedMs = Date.now();
for (const name of ['server', 'edge-agent', 'simulators', 'scripts'])
  rmSync(join(root, 'dist', name), { recursive: true, force: true });

// Packages stay outside the bundles; our own workspaces go in.
const packagesOutside = {
  name: 'packages-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@kuzet/') ? null : { path, external: true },
    );
  },
};

const bundles = esbuild.build({
  absWorkingDir: root,
  entryPoints: {
    'server/main': 'server/main.ts',
    'server/pglite-worker': 'server/store/pglite-worker.ts',
    'edge-agent/main': 'edge-agent/main.ts',
    'simulators/main': 'simulators/main.ts',
    'scripts/parent': 'scripts/parent.ts',
  },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  plugins: [packagesOutside],
  logLevel: 'warning',
});
const pages = vite.build({ configFile: join(root, 'wall-client/vite.config.ts'), logLevel: 'warn' });
await Promise.all([bundles, pages]);
cpSync(join(root, 'server/store/migrations'), join(root, 'dist/server/migrations'), { recursive: true });

// The hub copies this at its first start. It depends on PGlite's version only.
const { PGlite } = await import('@electric-sql/pglite');
const { version } = JSON.parse(readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'));
const empty = join(root, 'dist/empty-database');
const emptyVersion = join(root, 'dist/empty-database.version');
if (!existsSync(emptyVersion) || readFileSync(emptyVersion, 'utf8') !== version) {
  rmSync(empty, { recursive: true, force: true });
  const database = await PGlite.create(empty);
  await database.close();
  writeFileSync(emptyVersion, version);
}

writeFileSync(stamp, String(startedMs));
console.log(`build: dist is ready (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
