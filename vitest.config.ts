import { defineConfig } from 'vitest/config';

// Integration tests start real processes and browsers on two cores: files run a few at a time, with room in the clock.
export default defineConfig({
  test: {
    include: ['*/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'data/**'],
    testTimeout: 20_000,
    hookTimeout: 40_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
});
