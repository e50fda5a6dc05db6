import { systemClock } from '@kuzet/lib/clock.ts';
import { configFile } from '@kuzet/lib/config.ts';
import { runProcess } from '@kuzet/lib/lifecycle.ts';
import { createLog } from '@kuzet/lib/log.ts';
import { startSimulators } from './app.ts';
import { createCameraFarm } from './camera/camera-farm.ts';
import { openClipLibrary } from './camera/clip-library.ts';
import { loadSimulatorsConfig, loadSite } from './config.ts';
import manifest from './package.json' with { type: 'json' };

const log = createLog('simulators');

runProcess(log, async (lifecycle) => {
  const config = loadSimulatorsConfig(configFile(process.argv.slice(2), 'config/simulators.yaml'));
  const site = loadSite(config);
  const { version } = manifest;
  await startSimulators({
    config,
    site,
    createCameraFarm: (deps) => createCameraFarm({ ...deps, library: openClipLibrary(config.cameras.clipFolder) }),
    clock: systemClock,
    log,
    lifecycle,
    version,
  });
});
