import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const hub = `http://127.0.0.1:${process.env.KUZET_HTTP_PORT ?? 8080}`;

// One build, one page an entry. The hub serves dist/pages; `vite dev` proxies to a running hub.
export default defineConfig({
  root: here,
  publicDir: 'public',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/pages',
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: ['index', 'wall', 'console', 'desk', 'city', 'lab'].map((page) => `${here}${page}.html`),
    },
  },
  server: { proxy: { '/api': hub, '/ws': { target: hub, ws: true } } },
});
