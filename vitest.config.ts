import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**', 'data/**'];
const timeouts = { testTimeout: 20_000, hookTimeout: 40_000 };
const line = ['test/line.test.ts'];
/** Each of these draws with a graphics card made of software: two at a time starve each other on two cores. */
const browser = ['test/wall.test.ts', 'wall-client/test/*.test.ts'];

// Two cores. What measures time against a promise has the machine to itself, browsers run one after the other, and
// everything else, which mostly waits for sockets and disks, shares the machine three files at a time.
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      { test: { name: 'line', include: line, exclude, ...timeouts, maxWorkers: 1, sequence: { groupOrder: 0 } } },
      { test: { name: 'browser', include: browser, exclude, ...timeouts, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      {
        test: {
          name: 'parts',
          include: ['*/**/*.test.ts'],
          exclude: [...exclude, ...line, ...browser],
          ...timeouts,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
