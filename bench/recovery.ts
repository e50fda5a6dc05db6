/**
 * `npm run bench -- recovery`: cameras of the farm lose their network all at once and come back, over hub and edge agent
 * as people run them. A short loss first, which is to raise nothing. Times are those of a wall: of its messages.
 */
import type { AlarmRecord } from '@kuzet/contracts/alarm.ts';
import type { Camera, CameraState } from '@kuzet/contracts/camera.ts';
import { liveProtocol, type ServerMessage } from '@kuzet/contracts/live.ts';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import WebSocket from 'ws';
import { startRtspIntake } from '../edge-agent/video/rtsp-client.ts';
import { type CameraFarm, createCameraFarm } from '../simulators/camera/camera-farm.ts';
import { pause } from '../test/chaos.ts';
import { until } from '../test/demo-city.ts';
import { type Bench, say } from './support/bench.ts';
import { type Line, startLine } from './support/line.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';

const defaults = { cameras: 40, awaySeconds: 60, glitchSeconds: 3, clip: 'plaza' };
const account = { username: 'kuzet', password: 'bench-camera' };
const now = () => performance.now();

function createSite(ids: readonly string[], rtspPort: number): SiteFile {
  const word = (text: string) => ({ kk: text, ru: text, en: text });
  const position = { lon: 71.43, lat: 51.13 };
  return {
    sites: [{ id: 'mall', name: word('Mall'), kind: 'mall', address: word('1'), district: word('Bench'), position }],
    zones: [],
    devices: [],
    cameras: ids.map((id) => ({
      id,
      siteId: 'mall',
      name: word(id),
      position,
      bearingDeg: 0,
      fovDeg: 70,
      ptz: false,
      enabled: true,
      rtsp: { address: `rtsp://127.0.0.1:${rtspPort}/${id}/main` },
      ...account,
      transport: 'tcp',
      intake: 'native',
    })),
  };
}

/** A wall that keeps the state of each camera, and when it last changed to it. */
async function openWall(line: Line, token: string) {
  const states = new Map<string, { state: CameraState; sinceMs: number }>();
  const hear = ({ id, state }: Camera) => {
    if (states.get(id)?.state !== state) states.set(id, { state, sinceMs: now() });
  };
  const socket = new WebSocket(`${line.hubUrl.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send(JSON.stringify({ t: 'hello', protocol: liveProtocol, page: 'bench' })));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.t === 'snapshot') {
        for (const camera of message.data.camera) hear(camera);
        resolve();
      } else if (message.t === 'patch')
        for (const { kind, value } of message.changes) if (kind === 'camera' && value) hear(value as Camera);
    });
  });
  return {
    count: (state: CameraState) => [...states.values()].filter((camera) => camera.state === state).length,
    liveSinceMs: () => [...states.values()].map(({ sinceMs }) => sinceMs).sort((a, b) => a - b),
    close: () => socket.terminate(),
  };
}

/** The floor: one camera alone, from the connection to its first picture. */
async function bareConnectMs(address: string): Promise<number> {
  const startedMs = now();
  return new Promise((resolve, reject) => {
    const intake = startRtspIntake(
      { address, ...account, transport: 'tcp' },
      {
        onConnected: () => undefined,
        onAccessUnit() {
          resolve(now() - startedMs);
          void intake.stop();
        },
        onEnd: ({ detail }) => reject(new Error(`the farm's own camera: ${detail}`)),
      },
    );
  });
}

export const run: Bench['run'] = async (args) => {
  const options = readOptions(args, defaults);
  const ids = Array.from({ length: options.cameras }, (_, n) => `K-${String(n).padStart(4, '0')}`);
  const farm: CameraFarm = createCameraFarm({
    cameras: ids.map((id, number) => ({ id, number, name: id, clip: options.clip, ...account, ptz: false })),
    rtspPort: 0,
    onvifPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    discovery: false,
  });
  const cutFor = (seconds: number) => {
    for (const id of ids) farm.fault(id, 'disconnect', seconds);
  };
  let line: Line | null = null;
  let wall: Awaited<ReturnType<typeof openWall>> | null = null;
  try {
    const { rtspPort } = await farm.start();
    const bareMs = await bareConnectMs(`rtsp://127.0.0.1:${rtspPort}/${ids[0]}/main`);
    line = await startLine({ databaseUrl: null, site: createSite(ids, rtspPort) });
    const { hubUrl } = line;
    const token = await line.signIn();
    const screen = await openWall(line, token);
    wall = screen;
    const alarms = async (): Promise<AlarmRecord[]> => {
      const answer = await fetch(`${hubUrl}/api/v1/alarms?condition=camera-lost&limit=1000`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return ((await answer.json()) as { items: AlarmRecord[] }).items;
    };
    const waitFor = (what: string, timeoutMs: number, look: () => boolean | Promise<boolean>) =>
      until(look, timeoutMs, () => `${what}: ${screen.count('live')} of ${ids.length} live`);
    const allLive = () => screen.count('live') === ids.length;

    await waitFor('cameras do not come up', 60_000, allLive);
    say(`${ids.length} cameras live; all away for ${options.glitchSeconds} s`);
    cutFor(options.glitchSeconds);
    await waitFor('the cut does not show', 5_000, () => screen.count('live') === 0);
    await waitFor('cameras do not come back', 60_000, allLive);
    // As long as an alarm of that loss might still take.
    await pause(10_000);
    const alarmsOfGlitch = (await alarms()).length;

    say(`${alarmsOfGlitch} alarms of that; all away for ${options.awaySeconds} s`);
    const cutMs = now();
    cutFor(options.awaySeconds * 2);
    await waitFor('no alarm', 30_000, async () => (await alarms()).length > alarmsOfGlitch);
    const alarmAfterMs = now() - cutMs;
    await pause(Math.max(0, options.awaySeconds * 1_000 - (now() - cutMs)));
    // Newest first.
    const all = await alarms();
    const raised = all.slice(0, all.length - alarmsOfGlitch);

    say(`${raised.length} alarms; the network returns`);
    cutFor(0);
    const backMs = now();
    await waitFor('cameras do not come back', 120_000, allLive);
    const liveMs = screen.liveSinceMs().map((ms) => ms - backMs);
    const at = (share: number) => Math.round(liveMs[Math.ceil(share * liveMs.length) - 1] ?? Number.NaN);
    await waitFor('the alarm does not clear', 60_000, async () =>
      (await alarms()).every(({ state }) => state === 'cleared'),
    );
    const clearedAfterMs = now() - backMs;
    return {
      ...describeMachine(),
      cameras: ids.length,
      glitchS: options.glitchSeconds,
      alarmsOfGlitch,
      awayS: options.awaySeconds,
      alarms: raised.length,
      camerasInAlarms: raised.reduce((sum, { cameras }) => sum + (cameras?.ids.length ?? 0), 0),
      alarmAfterMs: Math.round(alarmAfterMs),
      liveAfterMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), all: at(1) },
      clearedAfterMs: Math.round(clearedAfterMs),
      bareConnectMs: Math.round(bareMs),
    };
  } catch (err) {
    if (line) say(line.output().slice(-2_000));
    throw err;
  } finally {
    wall?.close();
    line?.clean();
    await farm.stop();
  }
};
