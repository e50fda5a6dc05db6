import { topics } from '@kuzet/contracts/topics.ts';
import { type EdgeStatus, type Lane, lanes, UplinkAck } from '@kuzet/contracts/uplink.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import mqtt, { type MqttClient } from 'mqtt';
import { Compile } from 'typebox/compile';
import type { Spool } from '../spool/spool.ts';
import { createLaneSender, type LaneSender } from './lane-sender.ts';

export interface UplinkSettings {
  /** `mqtt(s)://[user:password@]host[:port]`. A user in it stands in for the edge's own sign-in. */
  url: string;
  token: string | null;
  maxBatchItems: number;
  maxBatchBytes: number;
  /** Telemetry only; alarms never wait. */
  lingerMs: number;
  window: number;
  ackTimeoutMs: number;
  retryMs: number;
  maxRetryMs: number;
  /** After the hub refused the sign-in. */
  refusedRetryMs: number;
}

export interface Uplink {
  readonly connected: boolean;
  /** Why there is no line; null while there is one. */
  readonly fault: string | null;
  /** Where in the alarm lane the inventory stands: telemetry held back by `holdTelemetryMs` goes once the hub has it. */
  announced(alarmSeq: number): void;
  figures(): Record<Lane, ReturnType<LaneSender['figures']>>;
  /** Says goodbye to the hub and ends the connection. */
  stop(): Promise<void>;
}

export interface UplinkDeps {
  edge: string;
  version: string;
  /** Where the hub fetches video; null when nothing is served. */
  httpUrl: string | null;
  spool: Spool;
  clock: Clock;
  log: Log;
  /** The hub holds less than it did: it may be a new one that knows no device yet. */
  onHubWentBack?: () => void;
  /** How long after the first connection telemetry waits for the inventory to be acknowledged; 0: not at all. */
  holdTelemetryMs?: number;
  random?: () => number;
}

const ackCheck = Compile(UplinkAck);
const goodbyeMs = 1_000;

/** The line to the hub: keeps it up, tells presence, and lets both lanes send. Starts at once. */
export function createUplink(settings: UplinkSettings, deps: UplinkDeps): Uplink {
  const { edge, version, httpUrl, spool, clock, log, random = Math.random } = deps;
  const { address, username, password } = signIn(settings, edge);
  const shown = new URL(address).host;
  let client: MqttClient | null = null;
  let connected = false;
  let stopping = false;
  let failures = 0;
  let fault: string | null = 'not connected yet';
  let told: string | null = null;
  let held = (deps.holdTelemetryMs ?? 0) > 0;
  let inventory: { epoch: string; seq: number } | null = null;
  let cancelHold: (() => void) | null = null;
  let cancelRetry: () => void = () => undefined;

  const status = (online: boolean): string => {
    const body: EdgeStatus = { edge, online, at: timestamp(clock.now()), version, httpUrl };
    return JSON.stringify(body);
  };

  const sender = (lane: Lane, lingerMs: number, allowed: () => boolean) =>
    createLaneSender({
      edge,
      lane: spool[lane],
      settings: { ...settings, lingerMs },
      publish: (name, body) => client?.publish(topics.uplink(edge, name), body, { qos: 1 }),
      allowed,
      onWentBack: () => deps.onHubWentBack?.(),
      clock,
      log,
    });
  /** The hub knows the devices, or has had its time: a full disk that cannot take the inventory must not hold the rest. */
  function release(): void {
    held = false;
    cancelHold?.();
    senders.telemetry.wake();
  }
  function releaseIfKnown(): void {
    if (!held || !inventory) return;
    if (inventory.epoch !== spool.alarm.epoch || spool.alarm.acked >= inventory.seq) release();
  }
  const senders: Record<Lane, LaneSender> = {
    alarm: sender('alarm', 0, () => true),
    telemetry: sender('telemetry', settings.lingerMs, () => !held),
  };
  for (const lane of lanes) spool[lane].onAppended(() => senders[lane].wake());

  function down(why: string, hint: string): void {
    fault = why;
    if (told === why) return;
    told = why;
    log.warn({ hub: shown, why }, `no line to the hub; all is kept on disk meanwhile. ${hint}`);
  }

  function connect(): void {
    let refused = false;
    const own = mqtt.connect(address, {
      clientId: `kuzet-edge-${edge}`,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      clean: true,
      keepalive: 15,
      connectTimeout: 5_000,
      // A new client a try: what it had on the way is sent again from the cursor, not from its memory.
      reconnectPeriod: 0,
      will: { topic: topics.edgeStatus(edge), payload: Buffer.from(status(false)), qos: 1, retain: true },
    });
    client = own;
    own.on('connect', () => {
      const { stream } = own as unknown as { stream: { setNoDelay?(on: boolean): void } };
      stream.setNoDelay?.(true);
      own.subscribe(topics.acks(edge), { qos: 1 }, (err, granted) => {
        const denied = granted?.some(({ qos }) => (qos as number) > 2);
        if (err || denied) {
          down(
            denied ? 'the broker refuses the subscription to acknowledgements' : err!.message,
            'Let this user subscribe to kuzet/v1/ack/<edge>/+ there.',
          );
          own.end(true);
          return;
        }
        failures = 0;
        connected = true;
        fault = null;
        told = null;
        own.publish(topics.edgeStatus(edge), status(true), { qos: 1, retain: true });
        log.info(
          {
            hub: shown,
            waitingAlarms: spool.alarm.head - spool.alarm.acked,
            waitingTelemetry: spool.telemetry.head - spool.telemetry.acked,
          },
          'connected to the hub',
        );
        if (held) cancelHold ??= clock.after(deps.holdTelemetryMs ?? 0, release);
        for (const lane of lanes) senders[lane].connected();
      });
    });
    own.on('message', (topic, payload) => onAck(topic, payload));
    own.on('error', (err) => {
      const { code } = err as { code?: unknown };
      // CONNACK 4 and 5 of MQTT 3.1.1.
      if (code === 4 || code === 5) {
        refused = true;
        down(
          'the hub refuses the sign-in',
          'Set the same token on both sides: KUZET_EDGE_TOKEN (uplink.token here, edge.token at the hub).',
        );
      } else {
        const why = err.message || (typeof code === 'string' ? code : 'no answer');
        down(why, 'Check uplink.url (KUZET_MQTT_URL) and that the hub runs.');
      }
    });
    own.on('close', () => {
      if (client !== own) return;
      client = null;
      connected = false;
      for (const lane of lanes) senders[lane].disconnected();
      if (stopping) return;
      down(fault ?? 'the connection was closed', 'It is tried again.');
      const delayMs = refused
        ? settings.refusedRetryMs
        : Math.min(settings.retryMs * 2 ** Math.min(failures++, 10), settings.maxRetryMs);
      cancelRetry = clock.after(delayMs * (0.75 + random() / 2), connect);
      own.end(true);
    });
  }

  function onAck(topic: string, payload: Buffer): void {
    let ack: unknown;
    try {
      ack = JSON.parse(payload.toString('utf8'));
    } catch (err) {
      log.warn({ topic, err }, 'an acknowledgement that is not JSON was ignored');
      return;
    }
    if (!ackCheck.Check(ack) || ack.edge !== edge || topic !== topics.ack(edge, ack.lane)) {
      log.warn({ topic }, 'an acknowledgement that does not fit its schema or topic was ignored');
      return;
    }
    senders[ack.lane].acknowledged(ack.epoch, ack.seq);
    if (ack.lane === 'alarm') releaseIfKnown();
  }

  connect();

  return {
    get connected() {
      return connected;
    },
    get fault() {
      return fault;
    },
    announced(seq) {
      inventory = { epoch: spool.alarm.epoch, seq };
      releaseIfKnown();
    },
    figures: () => ({ alarm: senders.alarm.figures(), telemetry: senders.telemetry.figures() }),
    async stop() {
      stopping = true;
      cancelRetry();
      cancelHold?.();
      for (const lane of lanes) senders[lane].stop();
      const last = client;
      if (!last) return;
      if (connected) {
        let cancel: () => void = () => undefined;
        const late = new Promise<void>((resolve) => {
          cancel = clock.after(goodbyeMs, resolve);
        });
        const said = new Promise<void>((resolve) =>
          last.publish(topics.edgeStatus(edge), status(false), { qos: 1, retain: true }, () => resolve()),
        );
        await Promise.race([said, late]);
        cancel();
      }
      await last.endAsync(!connected);
    },
  };
}

/** The address without its secret, and who signs in. */
function signIn({ url, token }: UplinkSettings, edge: string) {
  const parsed = new URL(url);
  const own = parsed.username !== '';
  const username = own ? decodeURIComponent(parsed.username) : token === null ? null : edge;
  const password = own ? decodeURIComponent(parsed.password) : token;
  parsed.username = '';
  parsed.password = '';
  return { address: parsed.href, username, password };
}
