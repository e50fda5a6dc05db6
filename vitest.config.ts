import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**', 'data/**'];
const timeouts = { testTimeout: 20_000, hookTimeout: 40_000 };
const line = ['test/line.test.ts', 'test/chaos.test.ts'];
/** Each of these draws with a graphics card made of software: two at a time starve each other on two cores. */
const browser = ['test/wall.test.ts', 'test/tile.test.ts', 'wall-client/test/*.test.ts'];
/** Real parts: databases, brokers, cameras, processes. */
const parts = ['*/test/**/*.test.ts', 'test/**/*.test.ts'];

// Two cores. What measures time against a promise has the machine to itself, browsers run one after the other. Tests
// beside their file touch nothing outside, so they share a process: starting one for each took longer than the tests.
// The parts mostly wait for sockets and disks, and share the machine, and what they import, four files at a time; a test
// database lives too short for V8 to get back what compiling PGlite well costs.
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'units',
          include: ['*/**/*.test.ts'],
          exclude: [...exclude, ...parts],
          ...timeouts,
          maxWorkers: 2,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { name: 'line', include: line, exclude, ...timeouts, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      { test: { name: 'browser', include: browser, exclude, ...timeouts, maxWorkers: 1, sequence: { groupOrder: 2 } } },
      {
        test: {
          name: 'parts',
          include: parts,
          exclude: [...exclude, ...line, ...browser],
          ...timeouts,
          maxWorkers: 4,
          isolate: false,
          execArgv: ['--wasm-lazy-compilation', '--liftoff-only'],
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
