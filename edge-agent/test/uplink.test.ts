import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lane, ReadingItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { type Log, silentLog } from '@kuzet/lib/log.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSpool, type Spool, type SpoolDeps } from '../spool/spool.ts';
import { createUplink, type Uplink, type UplinkDeps, type UplinkSettings } from '../uplink/uplink.ts';
import { createHubMemory, type HubMemory, type HubStub, joinAsHub, startHubStub } from './hub-stub.ts';
import { uplinkSettings } from './uplink-settings.ts';

let folder: string;
let memory: HubMemory;
const stops: (() => Promise<unknown> | unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-uplink-'));
  memory = createHubMemory();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

let epochs = 0;
async function spoolHere(over: Partial<SpoolDeps> = {}): Promise<Spool> {
  const spool = await openSpool({
    folder: join(folder, 'edge'),
    settings: { maxBytes: 2 ** 30, segmentBytes: 65_536 },
    clock: systemClock,
    log: silentLog,
    newEpoch: () => `epoch-${process.pid}-${++epochs}`,
    ...over,
  });
  stops.push(() => spool.close());
  return spool;
}
async function hub(options: { port?: number; token?: string } = {}): Promise<HubStub> {
  const stub = await startHubStub(memory, options);
  stops.push(() => stub.close());
  return stub;
}
function uplink(
  spool: Spool,
  url: string,
  { settings = {}, ...deps }: Partial<UplinkDeps> & { settings?: Partial<UplinkSettings> } = {},
): Uplink {
  const line = createUplink(uplinkSettings(url, settings), {
    edge: 'edge-1',
    version: '1.2.3',
    httpUrl: 'http://127.0.0.1:1',
    spool,
    clock: systemClock,
    log: silentLog,
    ...deps,
  });
  stops.push(() => line.stop());
  return line;
}
const here = (stub: HubStub) => `mqtt://127.0.0.1:${stub.port}`;

const at = '2026-11-22T12:00:00.000Z';
const reading = (n: number): ReadingItem => ({
  t: 'reading',
  device: 'air-1',
  observedAt: at,
  receivedAt: at,
  values: { n },
});
const put = (spool: Spool, lane: Lane, from: number, to: number) =>
  new Promise<void>((resolve, reject) => {
    const items = Array.from({ length: to - from + 1 }, (_, i) => reading(from + i));
    spool.append(lane, items, (err) => (err ? reject(err) : resolve()));
  });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const values = (lane: Lane) => memory.committed[lane].map(({ item }) => (item as ReadingItem).values.n);
const arrived = (lane: Lane, expected: number[]) =>
  vi.waitFor(() => expect(values(lane)).toEqual(expected), { timeout: 15_000, interval: 20 });

test('[E10] what is spooled arrives once and in order, in both lanes, and is then forgotten', async () => {
  const stub = await hub();
  const spool = await spoolHere();
  const line = uplink(spool, here(stub));
  await Promise.all([put(spool, 'telemetry', 1, 1_000), put(spool, 'alarm', 1, 120)]);
  await arrived('telemetry', range(1, 1_000));
  await arrived('alarm', range(1, 120));
  await vi.waitFor(() => expect(spool.telemetry.acked).toBe(1_000));
  expect(line.figures().telemetry).toMatchObject({ inFlight: 0, resends: 0 });
  expect(Math.max(...memory.batches.map(({ count }) => count))).toBeLessThanOrEqual(50);
});

test('[E11] presence is told at sign-in, and goodbye at the stop', async () => {
  const stub = await hub();
  const line = uplink(await spoolHere(), here(stub));
  await vi.waitFor(() =>
    expect(memory.statuses.at(-1)).toMatchObject({
      edge: 'edge-1',
      online: true,
      version: '1.2.3',
      httpUrl: 'http://127.0.0.1:1',
    }),
  );
  await line.stop();
  await vi.waitFor(() => expect(memory.statuses.at(-1)).toMatchObject({ online: false }));
});

test('[E12] acknowledgements that are lost cost a repetition, not a reading', async () => {
  const stub = await hub();
  const spool = await spoolHere();
  memory.dropAcks = 6;
  const line = uplink(spool, here(stub));
  await put(spool, 'telemetry', 1, 500);
  await vi.waitFor(() => expect(spool.telemetry.acked).toBe(500), { timeout: 10_000 });
  expect(values('telemetry')).toEqual(range(1, 500));
  expect(line.figures().telemetry.resends).toBeGreaterThan(0);
});

test('[E12] batches that are lost on the way are sent again; the hub’s repeated cursor speeds it up', async () => {
  const stub = await hub();
  const spool = await spoolHere();
  memory.dropBatches = 1;
  uplink(spool, here(stub), { settings: { ackTimeoutMs: 60_000 } });
  await put(spool, 'telemetry', 1, 400);
  await arrived('telemetry', range(1, 400));
});

test('[E12] a repetition dies out: replays do not call for replays', async () => {
  const stub = await hub();
  const spool = await spoolHere();
  memory.dropAcks = 8;
  const line = uplink(spool, here(stub));
  await put(spool, 'telemetry', 1, 400);
  await vi.waitFor(() => expect(spool.telemetry.acked).toBe(400), { timeout: 10_000 });
  const before = line.figures().telemetry.resends;
  for (let n = 401; n <= 700; n++) await put(spool, 'telemetry', n, n);
  await arrived('telemetry', range(1, 700));
  expect(line.figures().telemetry.resends).toBe(before);
});

test('[E13] a hub that goes away and comes back gets all of it, with nothing twice', async () => {
  const first = await hub();
  const spool = await spoolHere();
  uplink(spool, here(first));
  await put(spool, 'telemetry', 1, 100);
  await arrived('telemetry', range(1, 100));
  for (let round = 0; round < 3; round++) {
    await first.close();
    const from = 101 + round * 200;
    await put(spool, 'telemetry', from, from + 99);
    const again = await hub({ port: first.port });
    await put(spool, 'telemetry', from + 100, from + 199);
    await arrived('telemetry', range(1, from + 199));
    await again.close();
    if (round === 2) break;
    await hub({ port: first.port }).then((stub) => Object.assign(first, { close: stub.close }));
  }
});

test('[E13] what was on the way when the line broke is sent again, although nothing new comes after it', async () => {
  const first = await hub();
  const spool = await spoolHere();
  memory.dropBatches = 1_000;
  uplink(spool, here(first), { settings: { ackTimeoutMs: 60_000 } });
  await put(spool, 'telemetry', 1, 10);
  await vi.waitFor(() => expect(memory.dropBatches).toBeLessThan(1_000));
  await first.close();
  memory.dropBatches = 0;
  await hub({ port: first.port });
  await arrived('telemetry', range(1, 10));
});

test('[E13] while there is no hub everything is kept', async () => {
  const spool = await spoolHere();
  const line = uplink(spool, 'mqtt://127.0.0.1:1');
  await put(spool, 'alarm', 1, 10);
  await vi.waitFor(() => expect(line.fault).toMatch(/ECONNREFUSED/));
  expect(line.connected).toBe(false);
  expect(spool.alarm).toMatchObject({ head: 10, acked: 0, fault: null });
});

test('[E14] a hub that lost its memory gets all that is still held, is told the rest is gone, and learns the devices anew', async () => {
  const first = await hub();
  const spool = await spoolHere({ settings: { maxBytes: 2 ** 30, segmentBytes: 4_096 } });
  const onHubWentBack = vi.fn();
  uplink(spool, here(first), { onHubWentBack });
  for (let n = 1; n <= 300; n += 10) await put(spool, 'telemetry', n, n + 9);
  await vi.waitFor(() => expect(spool.telemetry.acked).toBe(300), { timeout: 10_000 });
  await first.close();
  memory = createHubMemory();
  await hub({ port: first.port });
  await put(spool, 'telemetry', 301, 310);
  await vi.waitFor(() => expect(values('telemetry').at(-1)).toBe(310), { timeout: 10_000 });
  const held = values('telemetry') as number[];
  expect(held).toEqual(range(held[0]!, 310));
  expect(held[0]).toBeLessThan(301);
  expect(memory.lost.telemetry).toBe(held[0]! - 1);
  expect(onHubWentBack).toHaveBeenCalled();
});

test('[E14] a hub whose memory was put back to an earlier state gets what it lacks', async () => {
  const first = await hub();
  const spool = await spoolHere();
  uplink(spool, here(first));
  await put(spool, 'telemetry', 1, 200);
  await vi.waitFor(() => expect(spool.telemetry.acked).toBe(200));
  await first.close();
  memory.committed.telemetry.length = 120;
  memory.cursors.telemetry!.seq = 120;
  await hub({ port: first.port });
  await put(spool, 'telemetry', 201, 210);
  await arrived('telemetry', range(1, 210));
  expect(memory.lost.telemetry).toBe(0);
});

test('[E14] a spool put back to an older copy gives its items new numbers, so that the hub does not take them for replays', async () => {
  const stub = await hub();
  const spool = await spoolHere();
  await put(spool, 'telemetry', 1, 10);
  const { epoch } = spool.telemetry;
  memory.cursors.telemetry = { epoch, seq: 5_000 };
  uplink(spool, here(stub));
  await arrived('telemetry', range(1, 10));
  expect(memory.cursors.telemetry).not.toMatchObject({ epoch });
  expect(spool.telemetry.epoch).not.toBe(epoch);
});

test('[E8] after an overflow the hub is told how many are gone', async () => {
  const spool = await spoolHere({ settings: { maxBytes: 20_000, segmentBytes: 4_096 } });
  for (let n = 1; n <= 400; n += 4) await put(spool, 'telemetry', n, n + 3);
  await vi.waitFor(() => expect(spool.telemetry.heldBytes).toBeLessThanOrEqual(20_000));
  uplink(spool, here(await hub()));
  await vi.waitFor(() => expect(values('telemetry').at(-1)).toBe(400), { timeout: 10_000 });
  expect(memory.lost.telemetry).toBe(spool.dropped.telemetry);
  expect(values('telemetry')).toEqual(range(spool.dropped.telemetry + 1, 400));
});

test('[E15] telemetry waits until the hub has the inventory', async () => {
  const stub = await hub();
  const spool = await spoolHere();
  await put(spool, 'telemetry', 1, 20);
  const line = uplink(spool, here(stub), { holdTelemetryMs: 60_000 });
  await vi.waitFor(() => expect(line.connected).toBe(true));
  await put(spool, 'alarm', 1, 1);
  await arrived('alarm', [1]);
  expect(values('telemetry')).toEqual([]);
  line.announced(spool.alarm.head);
  await arrived('telemetry', range(1, 20));
});

test('[E15] telemetry does not wait for ever for an inventory that cannot be written', async () => {
  const stub = await hub();
  const spool = await spoolHere();
  await put(spool, 'telemetry', 1, 20);
  uplink(spool, here(stub), { holdTelemetryMs: 50 });
  await arrived('telemetry', range(1, 20));
});

test('[E16] an alarm overtakes a backlog of telemetry', async () => {
  const spool = await spoolHere();
  for (let n = 1; n <= 20_000; n += 1_000) await put(spool, 'telemetry', n, n + 999);
  const stub = await hub();
  uplink(spool, here(stub));
  await vi.waitFor(() => expect(memory.committed.telemetry.length).toBeGreaterThan(0));
  await put(spool, 'alarm', 1, 1);
  await vi.waitFor(() => expect(values('alarm')).toEqual([1]), { interval: 1 });
  expect(memory.committed.telemetry.length).toBeLessThan(20_000);
  await arrived('telemetry', range(1, 20_000));
});

test('[E17] a refused sign-in is told once, with what to do, and tried again slowly', async () => {
  const stub = await hub({ token: 'another-token-entirely' });
  const warn = vi.fn();
  const line = uplink(await spoolHere(), here(stub), { log: { ...silentLog, warn, info: vi.fn() } as unknown as Log });
  await vi.waitFor(() => expect(line.fault).toBe('the hub refuses the sign-in'));
  await stub.close();
  const good = await hub({ port: stub.port });
  await vi.waitFor(() => expect(line.connected).toBe(true), { timeout: 5_000 });
  await good.close();
  const refusals = warn.mock.calls.filter(([, text]) => /KUZET_EDGE_TOKEN/.test(String(text)));
  expect(refusals).toHaveLength(1);
  expect(JSON.stringify(warn.mock.calls)).not.toContain('token-of-the-stub');
});

test('[E18] after kill -9, again and again, the hub has every reading that was told to be safe, each once', async () => {
  const stub = await hub();
  const script = fileURLToPath(new URL('./child-edge.ts', import.meta.url));
  const notes = join(folder, 'safe');
  writeFileSync(notes, '');
  const noted = () => readFileSync(notes, 'utf8').split('\n').slice(0, -1).map(Number);
  for (let round = 0; round < 4; round++) {
    const count = round === 3 ? 200 : 100_000;
    const args = [join(folder, 'edge'), here(stub), notes, String(1 + round * 100_000), String(count)];
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: 'inherit' });
    stops.push(() => child.kill('SIGKILL'));
    const enough = noted().length + (round === 3 ? 200 : 500 + round * 233);
    await vi.waitFor(() => expect(noted().length).toBeGreaterThanOrEqual(enough), { timeout: 20_000, interval: 5 });
    if (round === 3) {
      await vi.waitFor(
        () => {
          const got = new Set([...values('telemetry'), ...values('alarm')]);
          expect(noted().filter((n) => !got.has(n))).toEqual([]);
        },
        { timeout: 15_000, interval: 100 },
      );
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const safe = noted();
  expect(safe.length).toBeGreaterThan(2_000);
  for (const lane of ['telemetry', 'alarm'] as const) {
    const got = values(lane);
    expect(new Set(got).size).toBe(got.length);
    expect(memory.lost[lane]).toBe(0);
  }
}, 90_000);

const mosquitto = ['/usr/sbin/mosquitto', 'mosquitto'].find((path) => spawnSync(path, ['-h']).error === undefined);
if (!mosquitto) console.warn('SKIPPED: the uplink over Mosquitto (mosquitto is not installed)');

test.skipIf(!mosquitto)('[E19] the uplink works over Mosquitto, also through a restart of it', async () => {
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  const start = async () => {
    const broker = spawn(mosquitto!, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    stops.push(() => broker.kill('SIGKILL'));
    let told = '';
    broker.stderr!.on('data', (chunk) => {
      told += chunk;
    });
    await vi.waitFor(() => expect(told).toMatch(/running/), { timeout: 5_000 });
    return broker;
  };
  const url = `mqtt://127.0.0.1:${port}`;
  const broker = await start();
  const hubSide = await joinAsHub(memory, url);
  const spool = await spoolHere();
  const line = uplink(spool, url, { settings: { maxBatchItems: 1_000 } });
  await put(spool, 'telemetry', 1, 5_000);
  await put(spool, 'alarm', 1, 10);
  await arrived('telemetry', range(1, 5_000));
  await arrived('alarm', range(1, 10));
  expect(memory.statuses.at(-1)).toMatchObject({ online: true });

  await hubSide.close();
  broker.kill('SIGKILL');
  await once(broker, 'exit');
  await put(spool, 'telemetry', 5_001, 6_000);
  await start();
  await vi.waitFor(() => expect(line.connected).toBe(true));
  const again = await joinAsHub(memory, url);
  stops.push(() => again.close());
  await arrived('telemetry', range(1, 6_000));
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
