import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startCpuSpan } from './cpu-span.ts';
import { startLoad } from './load.ts';

/**
 * The ceiling: the same load against the same broker library that does nothing but acknowledge. No disk, no parsing, no
 * uplink.
 */
export async function measureBareBroker(load: {
  connections: number;
  window: number;
  messages: number;
  devices: number;
}): Promise<Record<string, unknown>> {
  const broker = fork(fileURLToPath(new URL('./bare-broker-process.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
  });
  const generator = startLoad();
  try {
    const [{ port }] = (await once(broker, 'message')) as [{ port: number }];
    await generator.prepare({ kind: 'burst', port, ...load });
    const span = startCpuSpan({ broker: { pid: broker.pid! }, generator: { pid: generator.pid } }, cpus().length);
    const { tookMs } = await generator.go();
    return { ...load, pubacksPerS: Math.round((load.messages * 1_000) / tookMs), ...span(load.messages) };
  } finally {
    generator.stop();
    broker.kill('SIGKILL');
  }
}
