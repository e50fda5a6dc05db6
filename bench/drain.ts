/**
 * `npm run bench -- drain`: the hub is away while readings pile up at the edge, which is killed in between; then the hub
 * comes back. How fast the backlog goes, and what it does to a live alarm. `--readings`: as many as pile up; 10 M take
 * about 2 GB of disk (raise --spoolMiB) and, made by the generator, half an hour. `--rate`: what this edge would take in
 * a second in real time, which goes on meanwhile.
 */
import { setTimeout as pause } from 'node:timers/promises';
import mqtt from 'mqtt';
import { type Generator, handedOver, recount, startGenerator } from '../test/chaos.ts';
import { type ChaosLine, createChaosLine } from '../test/chaos-line.ts';
import { until } from '../test/demo-city.ts';
import { type Bench, say } from './support/bench.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';

const defaults = { readings: 200_000, rate: 500, alarms: 50, database: 'postgres', spoolMiB: 2_048, seed: 1 };

/** Milliseconds from a sensor's publish to the hub's acknowledgement of its commit, as the edge sees it. */
async function alarmLatencies(line: ChaosLine, count: number, goOn: () => Promise<boolean>): Promise<number[]> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${line.sensorPort}`);
  const found: number[] = [];
  try {
    for (let i = 0; i < count && (await goOn()); i++) {
      const sentMs = performance.now();
      const values = { smoke: false, alarmNumber: i };
      await client.publishAsync('kuzet/v1/lab/alarm/reading', JSON.stringify({ values }), { qos: 1 });
      // The generator's own alarm readings may stand before and behind it.
      const { head } = (await line.edgeStatus()).uplink.lanes.alarm;
      while ((await line.edgeStatus()).uplink.lanes.alarm.acked < head) await pause(1);
      found.push(performance.now() - sentMs);
      await pause(20);
    }
  } finally {
    await client.endAsync();
  }
  return found.sort((a, b) => a - b);
}

const percentile = (sorted: readonly number[], share: number) =>
  Math.round((sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0) * 10) / 10;
const spread = (sorted: readonly number[]) => ({
  samples: sorted.length,
  p50Ms: percentile(sorted, 0.5),
  p90Ms: percentile(sorted, 0.9),
  p99Ms: percentile(sorted, 0.99),
});

export const run: Bench['run'] = async (args) => {
  const options = readOptions(args, defaults);
  const database = options.database === 'pglite' ? 'pglite' : 'postgres';
  const devices = Array.from({ length: 20 }, (_, index) => `drain-${index}`);
  const live = Array.from({ length: 4 }, (_, index) => `live-${index}`);
  const line = await createChaosLine({
    database,
    devices: [...devices, ...live, 'alarm'],
    spool: { segmentBytes: 8_388_608, maxBytes: options.spoolMiB * 2 ** 20 },
  });
  const generators: Generator[] = [];
  const generate = (names: string[], ratePerS: number) => {
    const generator = startGenerator({
      port: line.sensorPort,
      devices: names,
      ratePerS,
      window: 200,
      redeliverShare: 0.01,
      alarmEvery: 0,
      seed: options.seed + generators.length,
    });
    generators.push(generator);
    return generator;
  };
  try {
    for (const part of [...line.parts].reverse()) {
      line.start(part);
      await line.whenUp(part, 60_000);
    }
    const realTime = generate(live, options.rate);
    await until(
      () => (realTime.figures()?.acked ?? 0) > options.rate,
      60_000,
      () => 'no steady flow',
    );
    const idle = await alarmLatencies(line, options.alarms, async () => true);
    say(`alarm to acknowledged commit while nothing waits: ${JSON.stringify(spread(idle))}`);

    await line.kill('hub');
    const pile = generate(devices, 50_000);
    const piled = () => pile.figures()?.acked ?? 0;
    const pileUp = (share: number) =>
      until(
        () => piled() >= options.readings * share,
        3_600_000,
        () => `only ${piled()} readings piled up`,
      );
    await pileUp(0.5);
    await line.kill('edge');
    line.start('edge');
    await line.whenUp('edge', 60_000);
    await pileUp(1);
    const toldPile = await pile.end(120_000);
    const { heldBytes } = (await line.edgeStatus()).spool;
    const before = (await line.edgeStatus()).uplink.lanes.telemetry;
    say(`${before.head - before.acked} items wait in ${Math.round(heldBytes / 2 ** 20)} MiB; the hub comes back`);

    line.start('hub');
    await line.whenUp('hub', 60_000);
    const telemetry = async () => (await line.edgeStatus()).uplink.lanes.telemetry;
    await until(
      async () => (await telemetry()).acked > before.acked,
      60_000,
      () => 'nothing drains',
    );
    const startMs = performance.now();
    const startAcked = (await telemetry()).acked;
    const isDraining = async () => {
      const { head, acked } = await telemetry();
      return head - acked > options.rate;
    };
    const during = alarmLatencies(line, 100_000, isDraining);
    await until(
      async () => !(await isDraining()),
      3_600_000,
      () => `the backlog does not go:\n${line.output().slice(-2_000)}`,
    );
    const drainS = (performance.now() - startMs) / 1_000;
    const drained = (await telemetry()).acked - startAcked;
    const duringDrain = await during;

    const toldLive = await realTime.end(120_000);
    await handedOver(line, 120_000);
    await line.kill('hub');
    const counted = await recount(line, { ...toldPile.last, ...toldLive.last });
    const perS = drained / drainS;
    return {
      ...describeMachine(),
      database,
      readings: options.readings,
      spoolMiB: Math.round(heldBytes / 2 ** 20),
      edgeKilledInBetween: true,
      drained,
      drainS: Math.round(drainS * 10) / 10,
      drainedPerS: Math.round(perS),
      realTimePerS: options.rate,
      timesRealTime: Math.round((perS / options.rate) * 10) / 10,
      alarmIdle: spread(idle),
      alarmDuringDrain: spread(duringDrain),
      alarmP50Ratio: Math.round((percentile(duringDrain, 0.5) / percentile(idle, 0.5)) * 100) / 100,
      sent: toldPile.sent + toldLive.sent,
      ...counted,
    };
  } finally {
    for (const generator of generators) generator.kill();
    await line.clean();
  }
};
