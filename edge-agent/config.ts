import { dirname, resolve } from 'node:path';
import { Id, literals } from '@kuzet/contracts/common.ts';
import { loadConfig } from '@kuzet/lib/config.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { type Static, type TProperties, Type } from 'typebox';

/** A part of the file: unknown keys are refused, and a part that is left out has its defaults. */
const part = <T extends TProperties>(properties: T) =>
  Type.Object(properties, { additionalProperties: false, default: {} });
const text = (value: string) => Type.String({ minLength: 1, default: value });
const port = (value: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: value });
const count = (value: number, minimum = 1, maximum = Number.MAX_SAFE_INTEGER) =>
  Type.Integer({ minimum, maximum, default: value });
const orNull = (schema: ReturnType<typeof Type.String>) => Type.Union([schema, Type.Null()], { default: null });

/** Settings of an edge agent. Every one stands, with its default and its reason, in config/edge.yaml. */
export const EdgeConfig = Type.Object(
  {
    id: Type.String({ ...Id, default: 'demo-edge' }),
    siteFile: text('astana.site.yaml'),
    dataDir: text('./data'),
    sensors: part({
      broker: part({
        enabled: Type.Boolean({ default: true }),
        host: text('127.0.0.1'),
        port: port(1884),
        username: orNull(Type.String({ minLength: 1 })),
        password: orNull(Type.String({ minLength: 1 })),
        anonymous: literals(['loopback', 'anywhere', 'nobody'], { default: 'loopback' }),
        maxPacketBytes: count(4_194_304, 1_024, 268_435_455),
      }),
      clients: Type.Array(
        Type.Object(
          {
            url: Type.String({ pattern: '^mqtts?://' }),
            topics: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
          },
          { additionalProperties: false },
        ),
        { default: [] },
      ),
      maxPayloadBytes: count(65_536),
    }),
    cameras: part({ statusIntervalS: count(30, 1, 3_600) }),
    video: part({
      ringS: count(20, 10, 30),
      ringMaxBytes: count(268_435_456, 1_048_576),
      clipMaxBytes: count(2_147_483_648, 1_048_576),
      clipKeepHours: count(24, 1, 8_760),
    }),
    http: part({
      host: text('127.0.0.1'),
      port: port(8081),
      publicUrl: orNull(Type.String({ pattern: '^https?://' })),
    }),
    uplink: part({
      host: text('127.0.0.1'),
      port: port(1883),
      url: orNull(Type.String({ pattern: '^mqtts?://' })),
      token: orNull(Type.String({ minLength: 16 })),
      maxBatchItems: count(1_000, 1, 5_000),
      maxBatchBytes: count(524_288, 1_024, 8_388_608),
      lingerMs: count(100, 0, 1_000),
      window: count(8, 1, 64),
      ackTimeoutMs: count(5_000, 100, 600_000),
      retryMs: count(250, 50),
      maxRetryMs: count(5_000, 50),
      refusedRetryMs: count(15_000, 50),
    }),
    spool: part({
      maxBytes: count(2_147_483_648, 1_048_576),
      segmentBytes: count(8_388_608, 65_536, 268_435_456),
      dedupeReadings: count(1_000_000, 0, 16_777_216),
      dedupeWindowS: count(900, 1, 86_400),
    }),
  },
  { additionalProperties: false },
);
export type EdgeConfig = Static<typeof EdgeConfig>;

/** Environment variables that win over the file, and the key each one sets. */
export const edgeEnvironment: Record<string, string> = {
  KUZET_DATA_DIR: 'dataDir',
  KUZET_EDGE_MQTT_HOST: 'sensors.broker.host',
  KUZET_EDGE_MQTT_PORT: 'sensors.broker.port',
  KUZET_EDGE_HTTP_HOST: 'http.host',
  KUZET_EDGE_HTTP_PORT: 'http.port',
  KUZET_EDGE_PUBLIC_URL: 'http.publicUrl',
  KUZET_MQTT_PORT: 'uplink.port',
  KUZET_MQTT_URL: 'uplink.url',
  KUZET_EDGE_TOKEN: 'uplink.token',
};

/**
 * Reads the edge agent's settings. `siteFile` comes back absolute: it stands relative to the settings' own folder, so
 * that the two move together.
 * @throws StartError naming file, line and key.
 */
export function loadEdgeConfig(file: string, env: NodeJS.ProcessEnv = process.env): EdgeConfig {
  const config = loadConfig(EdgeConfig, { file, environment: edgeEnvironment, env });
  const { username, password } = config.sensors.broker;
  if ((username === null) !== (password === null)) {
    throw new StartError(`${file}: sensors.broker: username and password are set together or not at all`);
  }
  const urls = [
    ['uplink.url', config.uplink.url],
    ...config.sensors.clients.map(({ url }, i) => [`sensors.clients.${i}.url`, url]),
  ];
  for (const [path, url] of urls) {
    if (url && !URL.canParse(url)) throw new StartError(`${file}: ${path}: not an address such as mqtt://host:1883`);
  }
  return { ...config, siteFile: resolve(dirname(file), config.siteFile) };
}

/** Where the hub's broker is. */
export const uplinkUrl = ({ uplink: { url, host, port: hubPort } }: Pick<EdgeConfig, 'uplink'>): string =>
  url ?? `mqtt://${host.includes(':') ? `[${host}]` : host}:${hubPort}`;

/** What to tell at the start when there is no shared token; null when there is one. */
export function missingTokenWarning({ uplink: { token, url } }: Pick<EdgeConfig, 'uplink'>): string | null {
  if (token !== null) return null;
  const lost =
    url === null
      ? 'no token for the hub: it will not let this edge agent in.'
      : 'no token for the hub: it cannot fetch video from this edge agent.';
  return `${lost} Set KUZET_EDGE_TOKEN (uplink.token, 16 characters or more), the same here and at the hub`;
}
