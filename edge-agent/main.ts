import { systemClock } from '@kuzet/lib/clock.ts';
import { configFile } from '@kuzet/lib/config.ts';
import { runProcess } from '@kuzet/lib/lifecycle.ts';
import { createLog } from '@kuzet/lib/log.ts';
import { startEdgeAgent } from './app.ts';
import { loadEdgeConfig } from './config.ts';
import { discover } from './discover.ts';
import { seal } from './seal.ts';

const log = createLog('edge-agent');
const argv = process.argv.slice(2);

runProcess(log, async (lifecycle) => {
  const config = loadEdgeConfig(configFile(argv, 'config/edge.yaml'));
  if (argv.includes('--discover')) {
    const code = await discover(config, argv, (text) => process.stdout.write(text));
    process.stdout.write('', () => process.exit(code));
    return;
  }
  if (argv.includes('--seal')) {
    const sealed = await seal(config, process.stdin);
    process.stdout.write(`${sealed}\n`, () => process.exit(0));
    return;
  }
  await startEdgeAgent(lifecycle, { config, clock: systemClock, log });
});
