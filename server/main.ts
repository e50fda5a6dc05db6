import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@kuzet/lib/clock.ts';
import { configFile } from '@kuzet/lib/config.ts';
import { runProcess } from '@kuzet/lib/lifecycle.ts';
import { createLog } from '@kuzet/lib/log.ts';
import { startHub } from './app.ts';
import { loadServerConfig } from './config.ts';

const log = createLog('hub');

// Beside the bundle in dist, or in dist beside the source.
const builtPages = fileURLToPath(new URL('../pages', import.meta.url));
const pagesDir = existsSync(builtPages) ? builtPages : fileURLToPath(new URL('../dist/pages', import.meta.url));

runProcess(log, async (lifecycle) => {
  const config = loadServerConfig(configFile(process.argv.slice(2), 'config/server.yaml'));
  await startHub(lifecycle, { config, clock: systemClock, log, pagesDir });
});
