// The load, in a process of its own so that its work is counted apart: raw TCP and packets encoded beforehand, since a
// client library would cost more than the line that is measured.
import type { LoadAnswer, LoadOrder } from './load.ts';
import { createSensor, encodeConnect, encodePublish, type Sensor } from './sensor-socket.ts';
import { createBenchSite } from './site.ts';

const tell = (message: LoadAnswer) => process.send!(message);
const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Packets of one connection back to back; each one's packet id is its place, 1 to 65,535 and round again. */
function encodeBurst(
  order: Extract<LoadOrder, { kind: 'burst' }>,
  connection: number,
): { bytes: Buffer; ends: number[] } {
  const { devices } = createBenchSite(order.devices);
  const own = devices.filter((_, i) => i % order.connections === connection);
  const count =
    Math.floor(order.messages / order.connections) + (connection < order.messages % order.connections ? 1 : 0);
  const baseMs = Date.now();
  const packets: Buffer[] = [];
  const ends: number[] = [];
  let total = 0;
  for (let n = 0; n < count; n++) {
    const { topic, metric, read } = own[n % own.length]!;
    const round = Math.floor(n / own.length);
    const observedAt = new Date(baseMs + round).toISOString();
    const payload = JSON.stringify({ observedAt, values: { [metric]: read(round) } });
    const packet = encodePublish(topic, payload, (n % 65_535) + 1);
    packets.push(packet);
    total += packet.length;
    ends.push(total);
  }
  return { bytes: Buffer.concat(packets, total), ends };
}

async function prepareBurst(order: Extract<LoadOrder, { kind: 'burst' }>): Promise<() => Promise<void>> {
  const all = Array.from({ length: order.connections }, (_, i) => ({ ...encodeBurst(order, i), sent: 0, open: 0 }));
  let finished: () => void = () => undefined;
  let left = all.filter(({ ends }) => ends.length > 0).length;
  const sensors: Sensor[] = [];
  for (const [i, load] of all.entries()) {
    const sendMore = () => {
      const until = Math.min(load.ends.length, load.sent + order.window - load.open);
      if (until === load.sent) return;
      sensors[i]!.send(load.bytes.subarray(load.ends[load.sent - 1] ?? 0, load.ends[until - 1]));
      load.open += until - load.sent;
      load.sent = until;
    };
    const sensor = await createSensor(order.port, encodeConnect(`bench-${i}`), (acks) => {
      load.open -= acks;
      if (load.sent < load.ends.length) sendMore();
      else if (load.open === 0 && --left === 0) finished();
    });
    sensors.push(sensor);
    starts.push(sendMore);
  }
  return () =>
    new Promise<void>((resolve) => {
      finished = resolve;
      for (const start of starts.splice(0)) start();
    });
}
const starts: (() => void)[] = [];

/** A steady stream, and alarm-level readings in between whose moment of sending is told. */
async function runPaced(order: Extract<LoadOrder, { kind: 'paced' }>): Promise<void> {
  const { devices } = createBenchSite(order.devices, order.alarmDevices);
  const calm = devices.filter(({ device }) => device.kind !== 'smoke-detector');
  const alarms = devices.slice(order.devices);
  let acked = 0;
  const sensors: Sensor[] = [];
  for (let i = 0; i < order.connections; i++)
    sensors.push(
      await createSensor(order.port, encodeConnect(`bench-${i}`), (acks) => {
        acked += acks;
      }),
    );
  tell({ kind: 'ready' });
  const startedMs = now();
  const packetIds = sensors.map(() => 0);
  let sent = 0;
  const publish = (which: BenchSender, value: number | boolean) => {
    const on = sent++ % sensors.length;
    packetIds[on] = (packetIds[on]! % 65_535) + 1;
    const payload = JSON.stringify({ observedAt: new Date().toISOString(), values: { [which.metric]: value } });
    sensors[on]!.send(encodePublish(which.topic, payload, packetIds[on]!));
  };
  let calmSent = 0;
  let alarmsSent = 0;
  const alarmEveryMs = 1_000 / order.alarmsPerSecond;
  // Not in step with the stream, so that alarms fall anywhere between two batches.
  const alarmMoment = (n: number) => order.warmUpMs + (n + 0.37 * Math.abs(Math.sin(n * 12.9898))) * alarmEveryMs;
  const totalMs = order.warmUpMs + order.seconds * 1_000;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const passedMs = now() - startedMs;
      while (calmSent < (Math.min(passedMs, totalMs) * order.perSecond) / 1_000) {
        const n = Math.floor(calmSent / calm.length);
        const which = calm[calmSent++ % calm.length]!;
        publish(which, which.read(n));
      }
      while (alarmsSent < alarms.length && alarmMoment(alarmsSent) <= Math.min(passedMs, totalMs)) {
        const which = alarms[alarmsSent++]!;
        const atMs = now();
        publish(which, true);
        tell({ kind: 'alarm', device: which.device.id, atMs });
      }
      if (passedMs > totalMs) {
        clearInterval(timer);
        resolve();
      }
    }, 1);
  });
  const waitUntilMs = now() + 30_000;
  while (acked < sent && now() < waitUntilMs) await new Promise((resolve) => setTimeout(resolve, 10));
  tell({ kind: 'done', sent, acked, tookMs: now() - startedMs });
}
type BenchSender = ReturnType<typeof createBenchSite>['devices'][number];

let go: (() => Promise<void>) | null = null;
process.on('message', (order: LoadOrder) => {
  void (async () => {
    if (order.kind === 'burst') {
      const startBurst = await prepareBurst(order);
      go = async () => {
        const startedMs = now();
        await startBurst();
        tell({ kind: 'done', sent: order.messages, acked: order.messages, tookMs: now() - startedMs });
      };
      tell({ kind: 'ready' });
    } else if (order.kind === 'go') await go?.();
    else await runPaced(order);
  })().catch((err: unknown) => {
    process.stderr.write(`${(err as Error).stack}\n`);
    process.exit(1);
  });
});
