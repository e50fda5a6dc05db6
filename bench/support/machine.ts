import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What figures depend on, to stand beside them. `loadBefore`: the load average a minute before: above 0.5, not quiet. */
export function describeMachine(): Record<string, unknown> {
  let commit = 'not a git checkout';
  try {
    commit = execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT' && (err as { status?: number }).status === undefined)
      throw err;
  }
  return {
    at: new Date().toISOString(),
    commit,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    loadBefore: Math.round(loadavg()[0]! * 100) / 100,
  };
}
