import { systemClock } from '@kuzet/lib/clock.ts';
import { configFile } from '@kuzet/lib/config.ts';
import { runProcess } from '@kuzet/lib/lifecycle.ts';
import { createLog } from '@kuzet/lib/log.ts';
import { startEdgeAgent } from './app.ts';
import { loadEdgeConfig } from './config.ts';

const log = createLog('edge-agent');

runProcess(log, async (lifecycle) => {
  const config = loadEdgeConfig(configFile(process.argv.slice(2), 'config/edge.yaml'));
  await startEdgeAgent(lifecycle, { config, clock: systemClock, log });
});
