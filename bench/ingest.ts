/**
 * `npm run bench -- ingest`: how many readings a second go from sensors' sockets to committed rows, beside the ceilings of
 * the same run. One JSON reading a message, QoS 1; alarm rules, device states and latest values are on.
 */
import { cpus } from 'node:os';
import { measureBareBroker } from './support/bare-broker.ts';
import type { Bench } from './support/bench.ts';
import { say } from './support/bench.ts';
import { startCpuSpan } from './support/cpu-span.ts';
import { measureHubAlone } from './support/hub-alone.ts';
import { startLine } from './support/line.ts';
import { startLoad } from './support/load.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';
import { countPgliteReadings } from './support/pglite-count.ts';
import { type BenchPostgres, openBenchPostgres } from './support/postgres.ts';
import { createBenchSite } from './support/site.ts';

const defaults = {
  /** Which of a (window 50), b (window 1), c (hub alone beside COPY), broker (bare round trip). */
  parts: 'a,b,c,broker',
  devices: 1_000,
  messages: 400_000,
  messagesWindow1: 150_000,
  batches: 400,
  runs: 1,
  /** Folder for CPU profiles of hub and edge agent (the last part that ran). */
  profile: '',
  pglite: false,
};
type Options = ReturnType<typeof readOptions<typeof defaults>>;

interface LineCase {
  connections: number;
  window: number;
  messages: number;
}

async function measureLine(
  { devices, profile }: Options,
  postgres: BenchPostgres | null,
  { connections, window, messages }: LineCase,
): Promise<Record<string, unknown>> {
  const site = createBenchSite(devices);
  const databaseUrl = postgres ? await postgres.fresh() : null;
  const line = await startLine({ databaseUrl, site: site.file, profileDir: profile });
  const load = startLoad();
  try {
    await load.prepare({ kind: 'burst', port: line.sensorPort, connections, window, messages, devices });
    const before = await line.lanes();
    const items = before.alarm.acked + before.telemetry.acked + messages;
    const span = startCpuSpan(
      {
        edge: { pid: line.edgePid! },
        hub: { pid: line.hubPid },
        ...(postgres?.serverPid ? { postgres: { pid: postgres.serverPid, family: true } } : {}),
        generator: { pid: load.pid },
      },
      cpus().length,
    );
    const { tookMs } = await load.go();
    await line.waitForAcked(items, 120_000);
    const report = span(messages);
    load.stop();
    await line.stop();
    const rows = databaseUrl ? await postgres!.countReadings(databaseUrl) : await countPgliteReadings(line.dataDir);
    if (rows !== messages) throw new Error(`${messages} readings were sent and ${rows} rows are there`);
    return {
      connections,
      window,
      devices,
      rows,
      readingsPerS: Math.round(rows / report.wallS),
      pubacksPerS: Math.round((messages * 1_000) / tookMs),
      ...report,
    };
  } catch (err) {
    say(line.output().slice(-2_000));
    throw err;
  } finally {
    load.stop();
    line.clean();
  }
}

export const run: Bench['run'] = async (args) => {
  const options = readOptions(args, defaults);
  const parts = new Set(options.parts.split(','));
  const machine = describeMachine();
  const postgres = options.pglite ? null : await openBenchPostgres();
  try {
    const results: Record<string, unknown>[] = [];
    for (let i = 0; i < options.runs; i++) {
      const result: Record<string, unknown> = {};
      const step = async (name: string, what: string, measure: () => Promise<unknown>) => {
        if (!parts.has(name)) return;
        say(`${what} …`);
        result[name] = await measure();
        say(JSON.stringify(result[name]));
      };
      await step('broker', 'bare broker round trip, 20 connections, window 50', () =>
        measureBareBroker({ connections: 20, window: 50, messages: options.messages, devices: options.devices }),
      );
      await step('a', 'whole line, 20 connections, window 50', () =>
        measureLine(options, postgres, { connections: 20, window: 50, messages: options.messages }),
      );
      await step('b', 'whole line, 50 connections, each waits for its PUBACK', () =>
        measureLine(options, postgres, { connections: 50, window: 1, messages: options.messagesWindow1 }),
      );
      if (postgres)
        await step('c', 'hub alone on pre-made batches, beside COPY', () => measureHubAlone(options, postgres));
      results.push(result);
    }
    return { machine, database: postgres?.settings ?? 'PGlite', runs: results };
  } finally {
    await postgres?.stop();
  }
};
