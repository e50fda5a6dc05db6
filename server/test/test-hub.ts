import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { topics } from '@kuzet/contracts/topics.ts';
import type { UplinkBatch, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { systemClock, timestamp } from '@kuzet/lib/clock.ts';
import { createLifecycle } from '@kuzet/lib/lifecycle.ts';
import { createLog, silentLog } from '@kuzet/lib/log.ts';
import mqtt from 'mqtt';
import { Value } from 'typebox/value';
import { type Hub, startHub } from '../app.ts';
import { ServerConfig } from '../config.ts';
import { makeDataDir } from './open-test-database.ts';

export const password = 'demo-password';
export const adminPassword = 'admin-password';
export const edgeToken = 'edge-token-of-tests';
export const agencyToken = 'agency-token-of-tests';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}
export interface TestHub extends Hub {
  dataDir: string;
  signIn(username: string, secret?: string): Promise<string>;
  call(
    method: string,
    path: string,
    options?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  stop(): Promise<void>;
}

/** The real hub, on PGlite in a folder of its own and on free ports. */
export async function startTestHub(
  settings: { dataDir?: string; pagesDir?: string; config?: (config: ServerConfig) => void } = {},
): Promise<TestHub> {
  const dataDir = settings.dataDir ?? (await makeDataDir());
  const config = structuredClone(Value.Default(ServerConfig, {})) as ServerConfig;
  config.dataDir = dataDir;
  config.http.port = 0;
  config.mqtt.port = 0;
  config.edge.token = edgeToken;
  config.edge.answerTimeoutMs = 1_000;
  config.auth.adminPassword = adminPassword;
  config.demo = { password, agencyToken, webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };
  // Discard (RFC 863): nobody answers there, and never a simulator that happens to run on this machine.
  for (const agency of config.agencies) {
    if (agency.channel !== 'webhook') continue;
    agency.endpoint = `http://127.0.0.1:9/${agency.id}`;
    agency.drillEndpoint = `http://127.0.0.1:9/${agency.id}/drill`;
  }
  settings.config?.(config);
  const lifecycle = createLifecycle(silentLog);
  const hub = await startHub(lifecycle, {
    config,
    clock: systemClock,
    log: process.env.KUZET_TEST_LOG ? createLog('hub') : silentLog,
    pagesDir: settings.pagesDir ?? join(dataDir, 'no-pages'),
    passwordCost: { ln: 4, r: 8, p: 1 },
  });
  const call: TestHub['call'] = async (method, path, { token, body, headers = {} } = {}) => {
    const response = await fetch(new URL(path, hub.url), {
      method,
      redirect: 'manual',
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    ...hub,
    dataDir,
    call,
    async signIn(username, secret = password) {
      const answer = await call('POST', '/api/v1/session', { body: { username, password: secret } });
      return answer.body.token as string;
    },
    stop: () => lifecycle.stop(),
  };
}

const name = (en: string) => ({ kk: en, ru: en, en });
const position = { lon: 71.43, lat: 51.128 };

/** An edge agent as the hub hears one: signs in at its broker and sends batches. */
export async function connectTestEdge(mqttPort: number, httpUrl: string | null = null, edge = 'edge-1') {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { username: edge, password: edgeToken });
  const status = { edge, online: true, at: timestamp(Date.now()), version: '0', httpUrl };
  await client.publishAsync(topics.edgeStatus(edge), JSON.stringify(status), { qos: 1, retain: true });
  let seq = 1;
  const epoch = `epoch-${Date.now()}`;
  const send = async (...items: UplinkItem[]) => {
    const batch = { v: 1, edge, epoch, lane: 'alarm', firstSeq: seq, oldestSeq: 1, items } as UplinkBatch;
    seq += items.length;
    await client.publishAsync(topics.uplink(edge, 'alarm'), gzipSync(JSON.stringify(batch)), { qos: 1 });
  };
  return {
    send,
    announce: () =>
      send({
        t: 'inventory',
        at: timestamp(Date.now()),
        inventory: {
          sites: [
            {
              id: 'mall',
              name: name('Mall'),
              kind: 'mall',
              address: name('Street 1'),
              district: name('Esil'),
              position,
            },
          ],
          zones: [{ id: 'atrium', siteId: 'mall', name: name('Atrium'), position }],
          devices: ['smoke-1', 'smoke-2', 'smoke-3'].map((id) => ({
            id,
            siteId: 'mall',
            zoneId: 'atrium',
            kind: 'smoke-detector' as const,
            name: name(id),
            position,
            metrics: [{ name: 'smoke', unit: '' }],
            expectedIntervalS: 60,
          })),
          cameras: ['cam-1', 'cam-far'].map((id) => ({
            id,
            siteId: 'mall',
            zoneId: null,
            name: name(id),
            position: id === 'cam-1' ? position : { lon: 71.6, lat: 51.2 },
            bearingDeg: 0,
            fovDeg: 70,
            ptz: id === 'cam-1',
            enabled: true,
          })),
        },
      }),
    smoke: (device: string, smoke: boolean) => {
      const at = timestamp(Date.now());
      return send({ t: 'reading', device, observedAt: at, receivedAt: at, values: { smoke } });
    },
    close: () => client.endAsync(),
  };
}
