import { timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { Intake } from './intake.ts';

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

  const aedes = await Aedes.createBroker({
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
    authorizePublish(_client, { topic, payload }, done) {
      if (topic.startsWith('$')) return done(null);
      intake.take({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload }, done);
    },
  });
  aedes.on('clientError', (client, err) => log.debug({ client: client.id, err }, 'sensor connection failed'));
  aedes.on('connectionError', (client, err) => log.debug({ client: client.id, err }, 'sensor connection failed'));

  const sockets = new Set<Socket>();
  // Without noDelay acknowledgements wait for Nagle: p99 26-30 ms instead of 3-4.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const client = aedes.handle(socket);
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

/** aedes keeps no bound of its own: mqtt-packet gathers a packet whole. Its parser knows the length from the header. */
function announcedBytes(client: Client): number {
  const parser = (client as unknown as { _parser?: { packet?: { length?: number } } })._parser;
  return parser?.packet?.length ?? 0;
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
