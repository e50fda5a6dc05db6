import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import mqtt from 'mqtt';
import type { Intake } from './intake.ts';

export interface SensorClientSettings {
  /** `mqtt(s)://[user:password@]host[:port]`. */
  url: string;
  /** Topic filters to hear. */
  topics: string[];
}

export interface SensorClient {
  /** Null while connected and subscribed. */
  readonly fault: string | null;
  close(): Promise<void>;
}

const reconnectMs = 2_000;

/**
 * Takes sensors from a broker that is there already (Zigbee2MQTT often has its own Mosquitto). The session outlives
 * the connection, and a message is acknowledged once the spool has it, so that the broker keeps what comes meanwhile.
 */
export function createSensorClient(
  settings: SensorClientSettings,
  deps: { intake: Intake; clientId: string; clock: Clock; log: Log; retryMs?: number },
): SensorClient {
  const { intake, clock, log } = deps;
  const broker = new URL(settings.url).host;
  let fault: string | null = 'connecting';
  let told: string | null = null;
  const down = (why: string) => {
    fault = `sensor broker ${broker}: ${why}`;
    if (told === why) return;
    told = why;
    log.warn({ broker, why }, 'sensor broker not reachable; trying again. Check sensors.clients in the settings');
  };

  const client = mqtt.connect(settings.url, {
    clientId: deps.clientId,
    clean: false,
    reconnectPeriod: reconnectMs,
    reconnectOnConnackError: true,
    connectTimeout: 5_000,
    resubscribe: false,
  });
  let closing = false;
  let cancelRetry: () => void = () => undefined;

  const reply = (topic: string, payload: Buffer | string) =>
    client.publish(topic, payload, { qos: 1 }, (err) => {
      if (err) log.debug({ err, broker, topic }, 'what a profile says back could not be published');
    });
  // mqtt.js acknowledges when the callback comes, one message at a time. A message that the spool refused is tried
  // again here: without the callback the broker keeps the rest.
  client.handleMessage = (packet, callback) => {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const attempt = () =>
      intake.take({ topic: packet.topic, payload, stale: packet.retain, reply }, (err) => {
        if (!err) return callback();
        if (closing) return;
        cancelRetry = clock.after(deps.retryMs ?? 1_000, attempt);
      });
    attempt();
  };
  client.on('connect', () => {
    client.subscribe(settings.topics, { qos: 1 }, (err, granted) => {
      const refused = granted?.filter(({ qos }) => (qos as number) > 2).map(({ topic }) => topic) ?? [];
      if (err || refused.length > 0) {
        down(err ? err.message : `the broker refuses the subscription to ${refused.join(', ')}`);
        return;
      }
      fault = null;
      told = null;
      log.info({ broker, topics: settings.topics }, 'hears sensors at their broker');
    });
  });
  client.on('error', (err) => down(err.message || ((err as NodeJS.ErrnoException).code ?? 'no answer')));
  client.on('close', () => {
    if (!closing && fault === null) down('the connection was closed');
  });

  return {
    get fault() {
      return fault;
    },
    async close() {
      closing = true;
      cancelRetry();
      await client.endAsync(true);
    },
  };
}
