import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**', 'data/**'];
const timeouts = { testTimeout: 20_000, hookTimeout: 40_000 };

// Two cores. What measures time against a promise has the machine to itself; everything else shares it two files at a time.
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'line',
          include: ['test/line.test.ts'],
          exclude,
          ...timeouts,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'parts',
          include: ['*/**/*.test.ts'],
          exclude: [...exclude, 'test/line.test.ts'],
          ...timeouts,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
