/**
 * `npm run bench -- NAME [--option value …]`: runs bench/NAME.ts, which exports `run(args)`. What it finds out goes to
 * standard output as one line of JSON, the last one; all that is said on the way goes to standard error.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench } from './support/bench.ts';
import { UsageError } from './support/options.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3))
  .sort();

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`npm run bench -- NAME [--option value ...]; NAME is one of ${names.join(', ')}\n`);
  process.exit(2);
}

const { run } = (await import(new URL(`./${name}.ts`, import.meta.url).href)) as Bench;
try {
  const result = await run(args);
  // After this nothing of a bench may still be busy; what hangs is a fault of the bench, not a reason to wait.
  process.stdout.write(`${JSON.stringify({ bench: name, ...result })}\n`, () => process.exit(0));
} catch (err) {
  process.stderr.write(err instanceof UsageError ? `${err.message}\n` : `${(err as Error).stack}\n`);
  process.exit(err instanceof UsageError ? 2 : 1);
}
