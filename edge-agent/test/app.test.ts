import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Health } from '@kuzet/contracts/api.ts';
import { Problem } from '@kuzet/contracts/common.ts';
import type { ReadingItem } from '@kuzet/contracts/uplink.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { createLifecycle, StartError } from '@kuzet/lib/lifecycle.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import mqtt from 'mqtt';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startEdgeAgent } from '../app.ts';
import { loadEdgeConfig } from '../config.ts';
import { testSite } from '../test-site.ts';
import { createHubMemory, startHubStub } from './hub-stub.ts';

const token = 'token-of-the-stub';
let folder: string;
let configPath: string;
const stops: (() => Promise<unknown> | unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-edge-'));
  configPath = join(folder, 'edge.yaml');
  writeFileSync(join(folder, 'test.site.yaml'), stringify(testSite()));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

function writeConfig(uplinkPort: number, over: Record<string, unknown> = {}): void {
  writeFileSync(
    configPath,
    stringify({
      id: 'edge-1',
      siteFile: 'test.site.yaml',
      dataDir: join(folder, 'data'),
      sensors: { broker: { port: 0 } },
      cameras: { statusIntervalS: 1 },
      http: { port: 0 },
      uplink: { port: uplinkPort, token, retryMs: 50, ackTimeoutMs: 1_000 },
      ...over,
    }),
  );
}
async function start() {
  const lifecycle = createLifecycle(silentLog);
  stops.push(() => lifecycle.stop());
  const config = loadEdgeConfig(configPath, {});
  const agent = await startEdgeAgent(lifecycle, { config, clock: systemClock, log: silentLog, env: {} });
  return { ...agent, stop: () => lifecycle.stop() };
}
const publish = async (port: number, topic: string, payload: unknown) => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
  await client.endAsync();
};

/** Telemetry waits for the acknowledged inventory, up to 5 s (E15). */
const patiently = { timeout: 10_000 };

test('[E2] the hub learns the devices first, then what they say, and again after a restart', async () => {
  const memory = createHubMemory();
  const hub = await startHubStub(memory);
  stops.push(() => hub.close());
  writeConfig(hub.port);
  const first = await start();
  await publish(first.ports.sensors!, 'kuzet/v1/mall/smoke-1/reading', { values: { smoke: true } });
  await publish(first.ports.sensors!, 'kuzet/v1/mall/air-1/reading', { values: { temperature: 20 } });
  await vi.waitFor(() => {
    expect(memory.committed.alarm.map(({ item }) => item.t)).toEqual(['inventory', 'camera-status', 'reading']);
    const telemetry = memory.committed.telemetry.map(({ item }) => item);
    expect(telemetry).toContainEqual(expect.objectContaining({ t: 'reading', device: 'air-1' }));
    expect(telemetry).toContainEqual(
      expect.objectContaining({ t: 'camera-status', camera: 'cam-1', state: 'disabled' }),
    );
  }, patiently);
  expect(JSON.stringify(memory.committed)).not.toMatch(/never-leaves|10\.0\.0\.9/);
  expect(memory.statuses.at(-1)).toMatchObject({ online: true, httpUrl: `http://127.0.0.1:${first.ports.http}` });
  expect(memory.batches[0]).toMatchObject({ lane: 'alarm', firstSeq: 1 });

  await first.stop();
  expect(memory.statuses.at(-1)).toMatchObject({ online: false });
  const seqBefore = memory.cursors.alarm!.seq;
  const second = await start();
  await publish(second.ports.sensors!, 'kuzet/v1/mall/smoke-1/reading', { values: { smoke: false } });
  await vi.waitFor(() => {
    const after = memory.committed.alarm.filter(({ seq }) => seq > seqBefore).map(({ item }) => item);
    expect(after[0]).toMatchObject({ t: 'inventory' });
    expect(after.at(-1)).toMatchObject({ t: 'reading', values: { smoke: false } });
  }, patiently);
  const readings = memory.committed.alarm.filter(({ item }) => item.t === 'reading');
  expect(readings.map(({ item }) => (item as ReadingItem).values.smoke)).toEqual([true, false]);
});

test('[E13] without a hub it starts, answers and takes in', async () => {
  writeConfig(1);
  const agent = await start();
  await publish(agent.ports.sensors!, 'kuzet/v1/mall/smoke-1/reading', { values: { smoke: true } });
  const health = await fetch(`http://127.0.0.1:${agent.ports.http}/healthz`);
  expect(health.status).toBe(200);
  const body: unknown = await health.json();
  expect(Value.Check(Health, body)).toBe(true);
  expect(body).toEqual({ status: 'ok', process: 'edge-agent', pid: process.pid, version: expect.any(String) });
});

test('[E31] all but /healthz wants the token, and problems are problem+json', async () => {
  writeConfig(1);
  const agent = await start();
  const ask = async (path: string, authorization?: string) => {
    const answer = await fetch(`http://127.0.0.1:${agent.ports.http}${path}`, {
      headers: authorization ? { authorization } : {},
    });
    return { status: answer.status, type: answer.headers.get('content-type'), body: (await answer.json()) as unknown };
  };
  for (const path of ['/', '/status', '/nothing', '/cameras', '/cameras/cam-1/snapshot.jpg']) {
    for (const authorization of [undefined, 'Bearer wrong', `Basic ${token}`]) {
      const { status, type, body } = await ask(path, authorization);
      expect([path, status]).toEqual([path, 401]);
      expect(type).toMatch(/problem\+json/);
      expect(Value.Check(Problem, body)).toBe(true);
    }
  }
  expect(await ask('/nothing', `Bearer ${token}`)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  expect(await ask('/cameras', `Bearer ${token}`)).toMatchObject({ status: 200, body: { items: [{ id: 'cam-1' }] } });
  const { body } = await ask('/status', `Bearer ${token}`);
  expect(body).toMatchObject({ edge: 'edge-1', spool: { fault: null }, uplink: { connected: false } });
});

test('[E29] a taken HTTP port stops the start, names its variable, and leaves nothing running', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => taken.close(resolve)));
  const { port } = taken.address() as AddressInfo;
  writeConfig(1, { http: { port } });
  await expect(start()).rejects.toThrow(StartError);
  writeConfig(1, { http: { port } });
  await expect(start()).rejects.toThrow(new RegExp(`${port}.*KUZET_EDGE_HTTP_PORT`));
});

test('the process starts from its file, stops on SIGTERM with 0, and says what is wrong with 78', async () => {
  writeConfig(1);
  // As people run it; `npm test` builds it.
  const main = fileURLToPath(new URL('../../dist/edge-agent/main.js', import.meta.url));
  const run = () => {
    const child = spawn(process.execPath, [main, '--config', configPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    stops.push(() => child.kill('SIGKILL'));
    const told = { text: '' };
    child.stdout!.on('data', (chunk) => {
      told.text += chunk;
    });
    return { child, told };
  };
  const good = run();
  await vi.waitFor(() => expect(good.told.text).toMatch(/edge agent ready/), { timeout: 15_000 });
  const startedAt = Date.now();
  good.child.kill('SIGTERM');
  expect(await once(good.child, 'exit')).toEqual([0, null]);
  expect(Date.now() - startedAt).toBeLessThan(5_000);

  writeConfig(1, { siteFile: 'missing.site.yaml' });
  const bad = run();
  expect(await once(bad.child, 'exit')).toEqual([78, null]);
  expect(bad.told.text).toMatch(/missing\.site\.yaml: cannot be read/);
}, 40_000);
