import { fileURLToPath } from 'node:url';
import { systemClock } from '@kuzet/lib/clock.ts';
import { configFile } from '@kuzet/lib/config.ts';
import { runProcess } from '@kuzet/lib/lifecycle.ts';
import { createLog } from '@kuzet/lib/log.ts';
import { startSimulators } from './app.ts';
import { createCameraFarm } from './camera/camera-farm.ts';
import { loadSimulatorsConfig, loadSite } from './config.ts';
import manifest from './package.json' with { type: 'json' };

const log = createLog('simulators');

runProcess(log, async (lifecycle) => {
  const file = configFile(process.argv, fileURLToPath(new URL('../config/simulators.yaml', import.meta.url)));
  const config = loadSimulatorsConfig(file);
  const site = loadSite(file, config);
  const { version } = manifest;
  await startSimulators({ config, site, createCameraFarm, clock: systemClock, log, lifecycle, version });
});
