import { timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { topics } from '@kuzet/contracts/topics.ts';
import { lanes } from '@kuzet/contracts/uplink.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { BrokerClient } from './broker-client.ts';

export interface EmbeddedBrokerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What every edge agent signs in with, as the password beside its id. */
  edgeToken: string;
  log: Log;
}

export interface EmbeddedBroker {
  port: number;
  /** The hub's own ear and mouth: inside the process, without a connection that would double what each batch costs. */
  client: BrokerClient;
  close(): Promise<void>;
}

const edgeId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const badUsernameOrPassword = 4;
/** Beyond what the largest batch can have, even if gzip won nothing. */
const maxPacketBytes = 33_619_968;
/** A sign-in with its last will is below 1 kB: nobody fills the hub's memory from outside. */
const maxStrangerBytes = 65_536;

/**
 * The broker inside the hub: edge agents sign in with their id and the shared token, publish only their own uplink and
 * status, and hear only their own acknowledgements.
 * @throws StartError when the port cannot be taken.
 */
export async function createEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { host, port, edgeToken, log } = options;
  const names = new WeakMap<Client, string>();

  const aedes = await Aedes.createBroker({
    authenticate(client, username, password, done) {
      if (username && edgeId.test(username) && password && same(password, Buffer.from(edgeToken))) {
        names.set(client, username);
        return done(null, true);
      }
      log.warn(
        { client: client.id, edge: username },
        'sign-in at the MQTT broker refused: check edge.token on both sides',
      );
      const refusal = Object.assign(new Error('bad user name or password'), { returnCode: badUsernameOrPassword });
      done(refusal as AuthenticateError, false);
    },
    authorizePublish(client, packet, done) {
      const name = client ? names.get(client) : undefined;
      if (name && mayPublish(name, packet.topic)) return done(null);
      log.warn({ edge: name, topic: packet.topic }, 'publish refused: not a topic of this edge');
      done(new Error('not authorised to publish there'));
    },
    authorizeSubscribe(client, subscription, done) {
      const name = names.get(client);
      if (name && mayHear(name, subscription.topic)) return done(null, subscription);
      log.warn({ edge: name, topic: subscription.topic }, 'subscription refused: not a topic of this edge');
      done(null, null);
    },
  });
  aedes.on('clientError', (client, cause) => log.debug({ client: client.id, err: cause }, 'MQTT client failed'));
  aedes.on('connectionError', (client, cause) =>
    log.debug({ client: client.id, err: cause }, 'MQTT connection failed'),
  );

  const sockets = new Set<Socket>();
  // Without noDelay acknowledgements wait for Nagle: measured p99 26 ms instead of 4.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const client = aedes.handle(socket);
    socket.on('readable', () => {
      const bytes = announcedBytes(client);
      if (bytes <= (names.has(client) ? maxPacketBytes : maxStrangerBytes)) return;
      log.warn({ edge: names.get(client), address: socket.remoteAddress, bytes }, 'MQTT packet too large: closed');
      socket.destroy();
    });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    await new Promise<void>((resolve) => aedes.close(resolve));
    throw new StartError(explain(host, port, (cause as NodeJS.ErrnoException).code), { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    client: {
      subscribe: (filter, handle) =>
        new Promise((resolve) => {
          const deliver: Deliver = ({ topic, payload }, done) => {
            handle(topic, typeof payload === 'string' ? Buffer.from(payload) : payload);
            done();
          };
          aedes.subscribe(filter, deliver, () => resolve());
        }),
      publish: (topic, payload) =>
        new Promise((resolve, reject) => {
          const packet = { cmd: 'publish' as const, topic, payload, qos: 0 as const, dup: false, retain: false };
          aedes.publish(packet, (cause) => (cause ? reject(cause) : resolve()));
        }),
      state: () => ({ ok: true }),
      close: async () => undefined,
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Deliver = Parameters<Aedes['subscribe']>[1];

const mayPublish = (edge: string, topic: string) =>
  topic === topics.edgeStatus(edge) || lanes.some((lane) => topic === topics.uplink(edge, lane));
const mayHear = (edge: string, topic: string) =>
  topic === topics.acks(edge) || lanes.some((lane) => topic === topics.ack(edge, lane));

const same = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b);

/** aedes keeps no bound of its own: mqtt-packet gathers a packet whole. Its parser knows the length from the header. */
function announcedBytes(client: Client): number {
  const parser = (client as unknown as { _parser?: { packet?: { length?: number } } })._parser;
  return parser?.packet?.length ?? 0;
}

function explain(host: string, port: number, code: string | undefined): string {
  const what = `The hub's MQTT broker cannot listen on ${host}:${port}`;
  if (code === 'EADDRINUSE')
    return `${what}: the port is taken. Stop what listens there, or choose another with KUZET_MQTT_PORT (mqtt.port).`;
  if (code === 'EACCES')
    return `${what}: this user may not take it. Choose a port above 1023 with KUZET_MQTT_PORT (mqtt.port).`;
  return `${what} (${code}). Check mqtt.host and KUZET_MQTT_PORT (mqtt.port).`;
}
