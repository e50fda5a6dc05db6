import { once } from 'node:events';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { gzipSync } from 'node:zlib';
import { topics } from '@kuzet/contracts/topics.ts';
import type { ReadingItem, UplinkAck, UplinkBatch } from '@kuzet/contracts/uplink.ts';
import { systemClock, timestamp } from '@kuzet/lib/clock.ts';
import mqttPacket from 'mqtt-packet';
import pg from 'pg';
import { copyIn } from './copy-in.ts';
import { startCpuSpan } from './cpu-span.ts';
import { edgeId, startLine } from './line.ts';
import type { BenchPostgres } from './postgres.ts';
import { encodeConnect, encodePublish } from './sensor-socket.ts';
import { createBenchSite } from './site.ts';

const batchItems = 1_000;
const window = 8;
const epoch = 'bench';
const copySql = `copy kuzet.readings (observed_at, received_at, device_id, metric, value, text_value, quality) from stdin`;

/** Batches as an edge agent makes them, packed; and the same rows as COPY takes them. */
function makeBatches(devices: number, batches: number, baseMs: number) {
  const site = createBenchSite(devices);
  // The telemetry lane: what smoke detectors say goes by the other one.
  const senders = site.devices.filter(({ device }) => device.kind !== 'smoke-detector');
  const packed: Buffer[] = [];
  const copies: Buffer[] = [];
  let n = 0;
  for (let b = 0; b < batches; b++) {
    const items: ReadingItem[] = [];
    let rows = '';
    for (let i = 0; i < batchItems; i++, n++) {
      const { device, metric, read } = senders[n % senders.length]!;
      const round = Math.floor(n / senders.length);
      const at = timestamp(baseMs + round);
      const value = read(round);
      items.push({ t: 'reading', device: device.id, observedAt: at, receivedAt: at, values: { [metric]: value } });
      rows += `${at}\t${at}\t${device.id}\t${metric}\t${Number(value)}\t\\N\tgood\n`;
    }
    const firstSeq = b * batchItems + 1;
    const batch: UplinkBatch = { v: 1, edge: edgeId, epoch, lane: 'telemetry', firstSeq, oldestSeq: 1, items };
    packed.push(gzipSync(JSON.stringify(batch), { level: 1 }));
    copies.push(Buffer.from(rows));
  }
  return { site, packed, copies, rows: n };
}

async function measureCopy(url: string, serverPid: number | null, pieces: readonly Buffer[], rows: number) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('truncate kuzet.readings');
    await client.query('checkpoint');
    const span = startCpuSpan(
      { client: { pid: process.pid }, ...(serverPid ? { postgres: { pid: serverPid, family: true } } : {}) },
      cpus().length,
    );
    for (const piece of pieces) await copyIn(client, copySql, piece);
    const report = span(rows);
    const { rows: counted } = await client.query('select count(*)::integer as n from kuzet.readings');
    if (counted[0].n !== rows) throw new Error(`COPY: ${rows} rows were sent and ${counted[0].n} are there`);
    return { rowsPerS: Math.round(rows / report.wallS), ...report };
  } finally {
    await client.end();
  }
}

/** The hub's process with all it does for a batch, and COPY of the same rows into the same table, batch for batch. */
export async function measureHubAlone(
  { devices, batches, profile }: { devices: number; batches: number; profile: string },
  postgres: BenchPostgres,
): Promise<Record<string, unknown>> {
  const { site, packed, copies, rows } = makeBatches(devices, batches, systemClock.now());
  const databaseUrl = await postgres.fresh();
  const line = await startLine({ databaseUrl, site: site.file, withEdge: false, profileDir: profile });
  try {
    const socket = connect({ port: line.hubMqttPort, host: '127.0.0.1', noDelay: true });
    const parser = mqttPacket.parser();
    socket.on('data', (chunk: Buffer) => parser.parse(chunk));
    const heard = (cmd: string) =>
      new Promise<void>((resolve) => {
        const look = (packet: { cmd: string }) => {
          if (packet.cmd !== cmd) return;
          parser.off('packet', look);
          resolve();
        };
        parser.on('packet', look);
      });
    let acked = 0;
    let onAck: () => void = () => undefined;
    parser.on('packet', (packet) => {
      if (packet.cmd !== 'publish') return;
      if (packet.qos > 0) socket.write(mqttPacket.generate({ cmd: 'puback', messageId: packet.messageId! }));
      const ack = JSON.parse(String(packet.payload)) as UplinkAck;
      if (ack.lane === 'telemetry') acked = ack.seq;
      else inventoryAcked = true;
      onAck();
    });
    let inventoryAcked = false;
    const until = async (condition: () => boolean) => {
      while (!condition())
        await new Promise<void>((resolve) => {
          onAck = resolve;
        });
    };
    const connack = heard('connack');
    socket.write(encodeConnect('bench-edge', { username: edgeId, password: line.edgeToken }));
    await connack;
    const suback = heard('suback');
    socket.write(
      mqttPacket.generate({
        cmd: 'subscribe',
        messageId: 1,
        subscriptions: [{ topic: topics.acks(edgeId), qos: 0 }],
      }),
    );
    await suback;
    const inventory = {
      ...site.file,
      devices: site.file.devices.map(({ profile, topic, ...device }) => ({ ...device, zoneId: null })),
    };
    const hello = {
      v: 1,
      edge: edgeId,
      epoch,
      lane: 'alarm',
      firstSeq: 1,
      items: [{ t: 'inventory', at: timestamp(systemClock.now()), inventory }],
    };
    socket.write(encodePublish(topics.uplink(edgeId, 'alarm'), gzipSync(JSON.stringify(hello)), 1));
    await until(() => inventoryAcked);

    const ready = packed.map((body, i) => encodePublish(topics.uplink(edgeId, 'telemetry'), body, (i % 65_000) + 2));
    await postgres.client.query('checkpoint');
    const span = startCpuSpan(
      {
        hub: { pid: line.hubPid },
        ...(postgres.serverPid ? { postgres: { pid: postgres.serverPid, family: true } } : {}),
        generator: { pid: process.pid },
      },
      cpus().length,
    );
    for (let sent = 0; sent < ready.length; sent++) {
      await until(() => sent - acked / batchItems < window);
      socket.write(ready[sent]!);
    }
    await until(() => acked === rows);
    const report = span(rows);
    socket.destroy();
    await once(socket, 'close');
    await line.stop();
    const counted = await postgres.countReadings(databaseUrl);
    if (counted !== rows) throw new Error(`${rows} readings were sent and ${counted} rows are there`);
    const hub = { rowsPerS: Math.round(rows / report.wallS), ...report };
    // Of the same table, the same rows, one commit a batch; then all of them in one statement, as psql would.
    const batchedCopy = await measureCopy(databaseUrl, postgres.serverPid, copies, rows);
    const oneCopy = await measureCopy(databaseUrl, postgres.serverPid, [Buffer.concat(copies)], rows);
    return {
      batchItems,
      devices,
      rows,
      hub,
      batchedCopy,
      oneCopy,
      shareOfBatchedCopy: Math.round((hub.rowsPerS / batchedCopy.rowsPerS) * 100) / 100,
      shareOfOneCopy: Math.round((hub.rowsPerS / oneCopy.rowsPerS) * 100) / 100,
    };
  } catch (err) {
    process.stderr.write(line.output().slice(-2_000));
    throw err;
  } finally {
    line.clean();
  }
}
