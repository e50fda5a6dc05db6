// Runs one built process in the foreground: `node scripts/run.mjs server --config FILE`. It becomes that process, so that
// signals and exit codes are its own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const [name, ...rest] = process.argv.slice(2);
const entry = new URL(name === 'parent' ? 'dist/scripts/parent.js' : `dist/${name}/main.js`, root);

const built = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], {
  cwd: fileURLToPath(root),
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(built.status ?? 1);

// npm runs a script in a shell and hands a SIGTERM to that shell, which ends without a word to what it started.
if (process.env.npm_lifecycle_event) {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250).unref();
  // A signal that came by itself needs no second one: a second one means at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => clearInterval(watch));
}

process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], fileURLToPath(entry), ...rest];
await import(entry.href);
