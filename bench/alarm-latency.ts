/**
 * `npm run bench -- alarm-latency`: how long it takes from a sensor's publish of an alarm, through the commit, to the
 * message at a wall, while readings stream in at a steady rate.
 */
import { cpus } from 'node:os';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { liveProtocol, type ServerMessage } from '@kuzet/contracts/live.ts';
import WebSocket from 'ws';
import type { Bench } from './support/bench.ts';
import { say } from './support/bench.ts';
import { startCpuSpan } from './support/cpu-span.ts';
import { type Line, startLine } from './support/line.ts';
import { startLoad } from './support/load.ts';
import { describeMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';
import { openBenchPostgres } from './support/postgres.ts';
import { createBenchSite } from './support/site.ts';

const defaults = {
  devices: 2_000,
  connections: 50,
  perSecond: 2_000,
  alarmsPerSecond: 20,
  seconds: 60,
  warmUpSeconds: 5,
  pglite: false,
  /** Over uplink.lingerMs of the edge agent; below 0: its default. */
  lingerMs: -1,
  /** Folder for CPU profiles of hub and edge agent. */
  profile: '',
};

const now = () => Number(process.hrtime.bigint()) / 1e6;
const round = (ms: number) => Math.round(ms * 10) / 10;

/** A wall: signed in, with its snapshot, reading all that comes. `onAlarm` is told of every alarm an incident shows. */
async function openWall(line: Line, onAlarm: (deviceId: string, atMs: number) => void): Promise<WebSocket> {
  const token = await line.signIn();
  const socket = new WebSocket(`${line.hubUrl.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send(JSON.stringify({ t: 'hello', protocol: liveProtocol, page: 'bench' })));
    socket.on('message', (data) => {
      const atMs = now();
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.t === 'snapshot') resolve();
      if (message.t !== 'patch') return;
      for (const { kind, value } of message.changes) {
        if (kind === 'incident' && value) for (const alarm of (value as Incident).alarms) onAlarm(alarm.deviceId, atMs);
      }
    });
  });
  return socket;
}

function quantiles(sortedMs: readonly number[]): Record<string, number | null> {
  const at = (share: number) => {
    const value = sortedMs[Math.min(sortedMs.length - 1, Math.ceil(share * sortedMs.length) - 1)];
    return value === undefined ? null : round(value);
  };
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), worstMs: at(1) };
}

export const run: Bench['run'] = async (args) => {
  const options = readOptions(args, defaults);
  const machine = describeMachine();
  const { devices, connections, perSecond, alarmsPerSecond, seconds } = options;
  const alarmDevices = Math.max(1, Math.floor(alarmsPerSecond * seconds));
  const postgres = options.pglite ? null : await openBenchPostgres();
  let line: Line | null = null;
  let wall: WebSocket | null = null;
  const load = startLoad();
  try {
    const site = createBenchSite(devices, alarmDevices);
    line = await startLine({
      databaseUrl: postgres ? await postgres.fresh() : null,
      site: site.file,
      profileDir: options.profile,
      edgeUplink: options.lingerMs < 0 ? {} : { lingerMs: options.lingerMs },
    });
    const sentMs = new Map<string, number>();
    const seenMs = new Map<string, number>();
    wall = await openWall(line, (deviceId, atMs) => {
      if (!seenMs.has(deviceId)) seenMs.set(deviceId, atMs);
    });
    load.onAlarm((deviceId, atMs) => sentMs.set(deviceId, atMs));
    say(`${perSecond} readings a second from ${connections} connections for ${seconds} s, ${alarmDevices} alarms …`);
    const done = load.done();
    await load.prepare({
      kind: 'paced',
      port: line.sensorPort,
      connections,
      devices,
      alarmDevices,
      perSecond,
      alarmsPerSecond,
      seconds,
      warmUpMs: options.warmUpSeconds * 1_000,
    });
    const span = startCpuSpan(
      {
        edge: { pid: line.edgePid! },
        hub: { pid: line.hubPid },
        ...(postgres?.serverPid ? { postgres: { pid: postgres.serverPid, family: true } } : {}),
        generator: { pid: load.pid },
      },
      cpus().length,
    );
    const { sent, acked, tookMs } = await done;
    const report = span(sent);
    if (acked !== sent) throw new Error(`${sent} readings were sent and ${acked} acknowledged`);
    const waitUntilMs = now() + 10_000;
    while (seenMs.size < sentMs.size && now() < waitUntilMs) await new Promise((resolve) => setTimeout(resolve, 20));
    const latencies = [...sentMs].flatMap(([device, atMs]) => (seenMs.has(device) ? seenMs.get(device)! - atMs : []));
    latencies.sort((a, b) => a - b);
    return {
      machine,
      database: postgres?.settings ?? 'PGlite',
      devices,
      connections,
      alarms: sentMs.size,
      missing: sentMs.size - latencies.length,
      readingsPerS: Math.round((sent * 1_000) / tookMs),
      ...quantiles(latencies),
      ...report,
    };
  } catch (err) {
    if (line) say(line.output().slice(-2_000));
    throw err;
  } finally {
    load.stop();
    wall?.terminate();
    if (options.profile !== '') await line?.stop();
    line?.clean();
    await postgres?.stop();
  }
};
