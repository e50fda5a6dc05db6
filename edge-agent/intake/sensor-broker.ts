import { timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import type { Intake } from './intake.ts';
import { createRetainedBudget } from './retained-budget.ts';
import { createSubscribedTopics } from './subscribed-topics.ts';

export interface SensorBrokerSettings {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** With both set, every sensor signs in with them. */
  username: string | null;
  password: string | null;
  /** Who may connect without them when none are set. */
  anonymous: 'loopback' | 'anywhere' | 'nobody';
  /** A packet that says it is longer is not waited for: the connection is closed. */
  maxPacketBytes: number;
}

export interface SensorBroker {
  port: number;
  close(): Promise<void>;
}

/**
 * aedes delivers before it goes on, so a subscriber that stops reading would stop every sensor, for a minute unless
 * told otherwise. It gets this much of a buffer and of time, then its connection is closed.
 */
const subscriberBufferBytes = 1_048_576;
const subscriberStalledMs = 1_000;
const notAuthorized = 5;
const badUsernameOrPassword = 4;

/**
 * The broker that sensors connect to. A QoS 1 or 2 publish is answered only once the spool has it on disk: aedes
 * acknowledges after `authorizePublish` calls back and before it publishes, so the hook is where durability belongs.
 * An error from the hook closes the connection and takes earlier acknowledgements with it; it is for a spool that
 * cannot write, never for a bad payload.
 * @throws StartError when the port cannot be taken.
 */
export async function createSensorBroker(
  settings: SensorBrokerSettings,
  deps: { intake: Intake; log: Log },
): Promise<SensorBroker> {
  const { intake, log } = deps;
  const toldAddresses = new Set<string>();
  const retained = createRetainedBudget();
  let toldRetained = false;
  const reply = (topic: string, payload: Buffer | string) =>
    aedes.publish({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false }, (err) => {
      if (err) log.debug({ err, topic }, 'what a profile says back could not be published');
    });

  const aedes = await Aedes.createBroker({
    drainTimeout: subscriberStalledMs,
    authenticate(client, username, password, done) {
      const address = (client.conn as Socket).remoteAddress ?? '';
      const refusal = whyRefused(settings, address, username, password);
      if (refusal === null) return done(null, true);
      if (toldAddresses.size < 1_000 && !toldAddresses.has(address)) {
        toldAddresses.add(address);
        log.warn({ address, client: client.id }, `a sensor was not let in: ${refusal.message}`);
      }
      done(refusal, false);
    },
    authorizePublish(_client, packet, done) {
      const { topic, payload } = packet;
      if (topic.startsWith('$')) return done(null);
      if (packet.retain && !retained.take(topic, payload.length)) {
        packet.retain = false;
        if (!toldRetained)
          log.warn({ topic: topic.slice(0, 200) }, 'too much is retained: more is passed on, not kept');
        toldRetained = true;
      }
      intake.take({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload, reply }, done);
    },
  });
  onlyToSubscribers(aedes);
  aedes.on('clientError', (client, err) => {
    if (err.message === 'drain timeout') {
      log.warn({ client: client.id }, 'a subscriber did not read what it asked for; its connection was closed');
    } else log.debug({ client: client.id, err }, 'sensor connection failed');
  });
  aedes.on('connectionError', (client, err) => log.debug({ client: client.id, err }, 'sensor connection failed'));

  const sockets = new Set<Socket>();
  // Without noDelay acknowledgements wait for Nagle: p99 26-30 ms instead of 3-4.
  const server = createServer({ noDelay: true, highWaterMark: subscriberBufferBytes }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const client = aedes.handle(socket);
    grantQos0(client);
    socket.on('readable', () => {
      const bytes = announcedBytes(client);
      if (bytes <= settings.maxPacketBytes) return;
      log.warn(
        { client: client.id, address: socket.remoteAddress, bytes },
        `a sensor announced a packet above sensors.broker.maxPacketBytes (${settings.maxPacketBytes}); its connection was closed`,
      );
      socket.destroy();
    });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(settings.port, settings.host, resolve);
    });
  } catch (cause) {
    await new Promise<void>((resolve) => aedes.close(resolve));
    throw new StartError(explain(settings, (cause as NodeJS.ErrnoException).code), { cause });
  }
  server.on('error', (err) => log.error({ err }, 'the sensor broker cannot accept connections'));

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Most readings are for the spool alone: taking them through the broker's queues for nobody costs as much as keeping them. */
function onlyToSubscribers(aedes: Aedes): void {
  const subscribed = createSubscribedTopics();
  const { publish, subscribe, unsubscribe } = aedes;
  aedes.subscribe = (topic, ...rest) => {
    subscribed.add(topic);
    subscribe.call(aedes, topic, ...rest);
  };
  aedes.unsubscribe = (topic, ...rest) => {
    subscribed.remove(topic);
    unsubscribe.call(aedes, topic, ...rest);
  };
  aedes.publish = ((packet, client, done) => {
    const isForSome = packet.retain || packet.topic.startsWith('$') || subscribed.has(packet.topic);
    if (isForSome || typeof client === 'function' || typeof done !== 'function') {
      (publish as Publish).call(aedes, packet, client, done);
    } else done();
  }) satisfies Publish as typeof publish;
}
type Publish = (packet: PublishPacket, client?: unknown, done?: (err?: Error) => void) => void;

function whyRefused(
  settings: SensorBrokerSettings,
  address: string,
  username: string | undefined,
  password: Buffer | undefined,
): AuthenticateError | null {
  if (settings.username !== null && settings.password !== null) {
    const matches = same(username ?? '', settings.username) && same(password ?? '', settings.password);
    return matches ? null : refusal('wrong username or password', badUsernameOrPassword);
  }
  if (settings.anonymous === 'anywhere') return null;
  if (settings.anonymous === 'loopback' && isLoopback(address)) return null;
  return refusal(
    'sign-in is needed; set sensors.broker.username and password, or sensors.broker.anonymous',
    notAuthorized,
  );
}

const refusal = (message: string, returnCode: number): AuthenticateError =>
  Object.assign(new Error(message), { returnCode }) as AuthenticateError;

function same(given: string | Buffer, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

interface Parser {
  packet?: { length?: number };
  prependListener(event: 'packet', heard: (packet: { cmd: string; subscriptions?: { qos: number }[] }) => void): void;
}
const parserOf = (client: Client): Parser | undefined => (client as unknown as { _parser?: Parser })._parser;

/**
 * Subscriptions are granted QoS 0: for any other aedes keeps in memory, without a bound, what a subscriber has not
 * acknowledged, also one that never comes back. Its hook for subscriptions comes too late to change what SUBACK says.
 */
function grantQos0(client: Client): void {
  parserOf(client)?.prependListener('packet', ({ cmd, subscriptions = [] }) => {
    if (cmd === 'subscribe') for (const subscription of subscriptions) subscription.qos = 0;
  });
}

/** aedes keeps no bound of its own: mqtt-packet gathers a packet whole. Its parser knows the length from the header. */
function announcedBytes(client: Client): number {
  return parserOf(client)?.packet?.length ?? 0;
}

function explain({ host, port }: SensorBrokerSettings, code: string | undefined): string {
  const what = `The edge agent's sensor broker cannot listen on ${host}:${port}`;
  const how = 'KUZET_EDGE_MQTT_PORT (sensors.broker.port)';
  if (code === 'EADDRINUSE') {
    return `${what}: the port is taken. Stop what listens there, or choose another with ${how}.`;
  }
  if (code === 'EACCES') return `${what}: this user may not take it. Choose a port above 1023 with ${how}.`;
  return `${what} (${code}). Check sensors.broker.host and ${how}.`;
}
