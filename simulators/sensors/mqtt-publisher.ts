import type { Log } from '@kuzet/lib/log.ts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { WireMessage } from './formats/device-format.ts';

export interface MqttPublisherOptions {
  /** `mqtt://host:port` */
  url: string;
  clientId: string;
  username?: string | undefined;
  password?: string | undefined;
  /** What the broker says when this connection dies. */
  will?: WireMessage;
  /** Said after every connect. */
  greetings?: () => WireMessage[];
  /** Said before a clean goodbye. */
  farewell?: WireMessage;
  log: Log;
}

export interface MqttPublisher {
  publish(message: WireMessage): void;
  /** Messages the broker has acknowledged, those under way, and those waiting for a connection. */
  counts(): { acknowledged: number; inFlight: number; waiting: number; replaced: number };
  connected(): boolean;
  stop(): Promise<void>;
}

/** Beyond this many unacknowledged messages a gateway waits with the next. */
const maxInFlight = 64;

/**
 * One gateway's connection, QoS 1, reconnecting for ever. Bounded: while the line is down or full it keeps the newest
 * message of each topic, as a gateway does that knows only its devices' present state.
 */
export function createMqttPublisher(options: MqttPublisherOptions): MqttPublisher {
  const { log, greetings, farewell, will } = options;
  const waiting = new Map<string, WireMessage>();
  let inFlight = 0;
  let acknowledged = 0;
  let replaced = 0;
  let told = false;
  let stopping = false;

  const connectOptions: IClientOptions = {
    clientId: options.clientId,
    clean: true,
    reconnectPeriod: 1_000,
    connectTimeout: 5_000,
    keepalive: 20,
    ...(options.username ? { username: options.username, password: options.password ?? '' } : {}),
    ...(will
      ? { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain ?? false } }
      : {}),
  };
  const client: MqttClient = mqtt.connect(options.url, connectOptions);

  const flush = () => {
    while (client.connected && inFlight < maxInFlight) {
      const next = waiting.entries().next();
      if (next.done) return;
      const [topic, message] = next.value;
      waiting.delete(topic);
      inFlight++;
      client.publish(topic, message.payload, { qos: 1, retain: message.retain ?? false }, (err) => {
        inFlight--;
        if (err) {
          if (!stopping) log.warn({ err: String(err.message), topic }, 'a reading was not taken');
        } else acknowledged++;
        flush();
      });
    }
  };
  const put = (message: WireMessage) => {
    if (waiting.has(message.topic)) replaced++;
    waiting.set(message.topic, message);
  };

  client.on('connect', () => {
    if (told) log.info({ client: options.clientId }, 'sensor broker is back');
    told = false;
    for (const message of greetings?.() ?? []) put(message);
    flush();
  });
  // One line an outage: mqtt.js tries again every second and fails every time.
  const tell = (err?: Error) => {
    if (told || stopping) return;
    told = true;
    log.warn(
      { client: options.clientId, url: options.url, reason: err?.message },
      'sensor broker not reached, trying on',
    );
  };
  client.on('error', tell);
  client.on('close', () => tell());

  return {
    publish(message) {
      if (stopping) return;
      put(message);
      flush();
    },
    counts: () => ({ acknowledged, inFlight, waiting: waiting.size, replaced }),
    connected: () => client.connected,
    async stop() {
      stopping = true;
      waiting.clear();
      if (client.connected && farewell) {
        // The answer may never come; the connection is closed either way.
        const said = client.publishAsync(farewell.topic, farewell.payload, {
          qos: 1,
          retain: farewell.retain ?? false,
        });
        await Promise.race([said, new Promise((resolve) => setTimeout(resolve, 300).unref())]).catch((err: unknown) =>
          log.debug({ err }, 'no goodbye'),
        );
      }
      await client.endAsync(true);
    },
  };
}
