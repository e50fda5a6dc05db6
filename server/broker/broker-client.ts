import type { Log } from '@kuzet/lib/log.ts';
import mqtt from 'mqtt';

export interface BrokerClientOptions {
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  clientId: string;
  log: Log;
}

export interface BrokerClient {
  /**
   * Hears a topic filter from now on, over every reconnect. Answers when the broker does, however late it comes up.
   * `handle` must not throw.
   */
  subscribe(filter: string, handle: (topic: string, payload: Buffer) => void): Promise<void>;
  /** QoS 0. Rejects while there is no connection: what must arrive is the sender's to send again. */
  publish(topic: string, payload: string | Buffer): Promise<void>;
  /** Whether messages come in, for /readyz. */
  state(): { ok: boolean; detail?: string };
  close(): Promise<void>;
}

const reconnectMs = 1_000;

/**
 * The hub's own connection to a broker that is not embedded. It comes up when the broker does and finds it again when it
 * was gone; one log line each way.
 */
export function createBrokerClient({ url, username, password, clientId, log }: BrokerClientOptions): BrokerClient {
  const client = mqtt.connect(url, {
    ...(username === undefined ? {} : { username, password }),
    clientId,
    clean: true,
    reconnectPeriod: reconnectMs,
    connectTimeout: 5_000,
    // mqtt.js gives up a subscription with the first failed connection, and forgets its answer at the others.
    resubscribe: false,
  });
  const address = withoutPassword(url);
  const handlers: {
    filter: string;
    pattern: RegExp;
    handle: (topic: string, payload: Buffer) => void;
    answered: (refusal: Error | null) => void;
  }[] = [];
  /** Asked again at the next connection when this one ends before the answer. */
  const ask = ({ filter, answered }: (typeof handlers)[number]) =>
    client.subscribe(filter, { qos: 1 }, (cause, _granted, suback) => {
      if (!cause) answered(null);
      else if (suback) answered(new Error(`the broker refuses the subscription to ${filter}`));
    });
  let lastError = 'connecting';
  let told = false;
  const down = (why: string) => {
    lastError = why;
    if (!told) log.warn({ broker: address, why }, 'MQTT broker not reachable; trying again. Check KUZET_MQTT_URL');
    told = true;
  };
  client.on('connect', () => {
    // Else an acknowledgement waits with Nagle for the answer to the one before: milliseconds in which the edge is idle.
    (client as unknown as { stream: { setNoDelay?(on: boolean): void } }).stream.setNoDelay?.(true);
    log.info({ broker: address }, 'connected to the MQTT broker');
    told = false;
    for (const handler of handlers) ask(handler);
  });
  client.on('error', (cause) => down(cause.message || (cause as NodeJS.ErrnoException).code || 'no answer'));
  let closing = false;
  client.on('close', () => {
    if (!closing) down(lastError === 'connecting' ? 'connection closed' : lastError);
  });
  client.on('message', (topic, payload) => {
    for (const { pattern, handle } of handlers) if (pattern.test(topic)) handle(topic, payload);
  });

  return {
    subscribe: (filter, handle) =>
      new Promise<void>((resolve, reject) => {
        const answered = (refusal: Error | null) => (refusal ? reject(refusal) : resolve());
        const handler = { filter, pattern: toPattern(filter), handle, answered };
        handlers.push(handler);
        if (client.connected) ask(handler);
      }),
    async publish(topic, payload) {
      if (!client.connected) throw new Error('no connection to the MQTT broker');
      await client.publishAsync(topic, payload, { qos: 0 });
    },
    state: () => (client.connected ? { ok: true } : { ok: false, detail: `MQTT broker ${address}: ${lastError}` }),
    async close() {
      closing = true;
      await client.endAsync(!client.connected);
    },
  };
}

/** `+` stands for one level, as in MQTT; our filters hold no `#`. */
const toPattern = (filter: string) =>
  new RegExp(`^${filter.replace(/[.*?^${}()|[\]\\$]/g, '\\$&').replaceAll('+', '[^/]+')}$`);

function withoutPassword(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
