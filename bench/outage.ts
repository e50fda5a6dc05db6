/**
 * `npm run bench -- outage`: the database server is killed and stays away while sensors go on; memory is watched, then the
 * server comes back and everything is counted. The full form: --seconds 600 --rate 2000.
 */
import { type Generator, handedOver, pause, recount, startGenerator } from '../test/chaos.ts';
import { createChaosLine } from '../test/chaos-line.ts';
import { until } from '../test/demo-city.ts';
import { type Bench, say } from './support/bench.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';

const defaults = { seconds: 60, rate: 2_000, warmUpS: 10, seed: 1 };

export const run: Bench['run'] = async (args) => {
  const options = readOptions(args, defaults);
  const devices = Array.from({ length: 20 }, (_, index) => `outage-${index}`);
  const line = await createChaosLine({ database: 'postgres', devices, spool: { segmentBytes: 8_388_608 } });
  let generator: Generator | null = null;
  try {
    for (const part of ['database', 'hub', 'edge'] as const) {
      line.start(part);
      await line.whenUp(part, 60_000);
    }
    const sensors = startGenerator({
      port: line.sensorPort,
      devices,
      ratePerS: options.rate,
      window: 100,
      redeliverShare: 0,
      alarmEvery: 0,
      seed: options.seed,
    });
    generator = sensors;
    const acked = () => sensors.figures()?.acked ?? 0;
    await until(
      () => acked() > options.rate * options.warmUpS,
      120_000,
      () => `no steady flow: ${acked()} readings`,
    );
    const memory = () => ({ hub: line.rssMiB('hub'), edge: line.rssMiB('edge') });
    const before = memory();
    const most = { ...before };
    const ackedBefore = acked();
    say(`steady; the database goes for ${options.seconds} s`);
    await line.kill('database');
    const awaySinceMs = performance.now();
    while (performance.now() - awaySinceMs < options.seconds * 1_000) {
      await pause(500);
      const now = memory();
      most.hub = Math.max(most.hub, now.hub);
      most.edge = Math.max(most.edge, now.edge);
    }
    const takenMeanwhile = acked() - ackedBefore;
    const awayS = (performance.now() - awaySinceMs) / 1_000;
    const heldMiB = Math.round((await line.edgeStatus()).spool.heldBytes / 2 ** 20);
    say(`${takenMeanwhile} readings were acknowledged meanwhile; the database comes back`);

    line.start('database');
    const backMs = performance.now();
    // Recovered: what came in since is less than a second of readings.
    await until(
      async () => {
        const now = memory();
        most.hub = Math.max(most.hub, now.hub);
        most.edge = Math.max(most.edge, now.edge);
        const { head, acked: has } = (await line.edgeStatus()).uplink.lanes.telemetry;
        return head - has < options.rate;
      },
      600_000,
      () => `the backlog does not go:\n${line.output().slice(-2_000)}`,
    );
    const recoveryS = (performance.now() - backMs) / 1_000;
    const told = await sensors.end(120_000);
    await handedOver(line, 120_000);
    await line.kill('hub');
    const counted = await recount(line, told.last);
    const seconds = (value: number) => Math.round(value * 10) / 10;
    return {
      ...describeMachine(),
      rate: options.rate,
      awayS: seconds(awayS),
      takenMeanwhile,
      takenPerS: Math.round(takenMeanwhile / awayS),
      spoolHeldMiB: heldMiB,
      rssBeforeMiB: before,
      rssMostMiB: most,
      rssGrowthMiB: { hub: most.hub - before.hub, edge: most.edge - before.edge },
      recoveryS: seconds(recoveryS),
      sent: told.sent,
      ...counted,
    };
  } finally {
    generator?.kill();
    await line.clean();
  }
};
