import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds one page into a folder, the way the whole build does it. */
export async function buildPage(page: string, outDir: string): Promise<void> {
  await build({
    configFile: `${root}vite.config.ts`,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, rolldownOptions: { input: [`${root}${page}.html`] } },
  });
}
