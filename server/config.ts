import { NewAgency } from '@kuzet/contracts/api.ts';
import { Id, LocalizedText, literals } from '@kuzet/contracts/common.ts';
import { Screen } from '@kuzet/contracts/wall.ts';
import { loadConfig } from '@kuzet/lib/config.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { type Static, type TProperties, Type } from 'typebox';
import { demoAgencies, demoWalls } from './config-city.ts';
import { defaultAllowedNetworks } from './dispatch/targets/address-guard.ts';

/** A part of the file: unknown keys are refused, and a part that is left out has its defaults. */
const part = <T extends TProperties>(properties: T) =>
  Type.Object(properties, { additionalProperties: false, default: {} });
const text = (value: string) => Type.String({ minLength: 1, default: value });
const secret = (minLength: number) => Type.Union([Type.String({ minLength }), Type.Null()], { default: null });
const port = (value: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: value });
const count = (value: number, minimum = 1) => Type.Integer({ minimum, default: value });
const daysOrForEver = (value: number) => Type.Union([Type.Number({ minimum: 1 }), Type.Null()], { default: value });

/** An agency of the file: as the API takes it, and the SHA-256 of a token that its own system signs in with. */
export const ConfiguredAgency = Type.Object(
  {
    ...NewAgency.properties,
    tokenHash: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  },
  { additionalProperties: false },
);
export type ConfiguredAgency = Static<typeof ConfiguredAgency>;

export const ConfiguredWall = Type.Object(
  {
    id: Id,
    name: LocalizedText,
    languages: Type.Array(literals(['kk', 'ru', 'en']), { minItems: 1, maxItems: 2 }),
    screens: Type.Array(Screen, { minItems: 1 }),
  },
  { additionalProperties: false },
);
export type ConfiguredWall = Static<typeof ConfiguredWall>;

/** The hub's settings. Every one stands, with its default and its reason, in config/server.yaml. */
export const ServerConfig = Type.Object(
  {
    dataDir: text('./data'),
    http: part({
      host: text('127.0.0.1'),
      port: port(8080),
      trustProxy: Type.Boolean({ default: false }),
      bodyLimitBytes: count(262_144),
      metricsToken: secret(16),
      pagesDir: Type.Union([Type.String(), Type.Null()], { default: null }),
    }),
    database: part({
      url: Type.Union([Type.String({ pattern: '^postgres(ql)?://' }), Type.Null()], { default: null }),
    }),
    store: part({
      rawDays: daysOrForEver(30),
      minuteDays: daysOrForEver(180),
      hourDays: daysOrForEver(1826),
      chunkHours: Type.Integer({ minimum: 1, maximum: 720, default: 6 }),
      compressAfterHours: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { default: 24 }),
    }),
    mqtt: part({
      host: text('127.0.0.1'),
      port: port(1883),
      url: Type.Union([Type.String({ pattern: '^mqtts?://' }), Type.Null()], { default: null }),
    }),
    edge: part({
      token: secret(16),
      connectTimeoutMs: count(3_000),
      answerTimeoutMs: count(10_000),
    }),
    deadLetters: part({ keep: count(100_000, 1_000), keepDays: Type.Number({ exclusiveMinimum: 0, default: 30 }) }),
    auth: part({
      adminPassword: secret(8),
      sessionHours: Type.Number({ exclusiveMinimum: 0, default: 12 }),
      screenSessionDays: Type.Number({ exclusiveMinimum: 0, default: 90 }),
    }),
    live: part({
      coalesceMs: count(250),
      maxBufferedBytes: count(4_194_304, 65_536),
    }),
    dispatch: part({
      timeoutMs: count(10_000),
      allowedNetworks: Type.Array(Type.String(), { default: [...defaultAllowedNetworks] }),
    }),
    evidence: part({
      enabled: Type.Boolean({ default: true }),
      preS: Type.Integer({ minimum: 0, maximum: 30, default: 15 }),
      postS: Type.Integer({ minimum: 5, maximum: 270, default: 45 }),
      followS: Type.Integer({ minimum: 10, maximum: 270, default: 60 }),
      longestS: Type.Integer({ minimum: 5, maximum: 3_600, default: 300 }),
      keepDays: daysOrForEver(365),
      drillKeepDays: daysOrForEver(30),
    }),
    demo: part({ password: secret(8), agencyToken: secret(16), webhookSecret: secret(16) }),
    agencies: Type.Array(ConfiguredAgency, { default: demoAgencies }),
    walls: Type.Array(ConfiguredWall, { default: demoWalls }),
  },
  { additionalProperties: false },
);
export type ServerConfig = Static<typeof ServerConfig>;

/** Environment variables that win over the file, and the key each one sets. */
export const serverEnvironment: Record<string, string> = {
  KUZET_DATA_DIR: 'dataDir',
  KUZET_HTTP_HOST: 'http.host',
  KUZET_HTTP_PORT: 'http.port',
  KUZET_METRICS_TOKEN: 'http.metricsToken',
  KUZET_DATABASE_URL: 'database.url',
  KUZET_MQTT_PORT: 'mqtt.port',
  KUZET_MQTT_URL: 'mqtt.url',
  KUZET_EDGE_TOKEN: 'edge.token',
  KUZET_ADMIN_PASSWORD: 'auth.adminPassword',
  KUZET_DEMO_PASSWORD: 'demo.password',
  KUZET_DEMO_AGENCY_TOKEN: 'demo.agencyToken',
  KUZET_DEMO_WEBHOOK_SECRET: 'demo.webhookSecret',
};

/** Reads the hub's settings. @throws StartError naming file, line and key. */
export function loadServerConfig(file: string, env: NodeJS.ProcessEnv = process.env): ServerConfig {
  const config = loadConfig(ServerConfig, { file, environment: serverEnvironment, env });
  const { rawDays, minuteDays, hourDays } = config.store;
  const forEver = Number.POSITIVE_INFINITY;
  if ((rawDays ?? forEver) > (minuteDays ?? forEver) || (minuteDays ?? forEver) > (hourDays ?? forEver))
    throw new StartError(
      `${file}: store: what is coarser is made of what is finer and is kept at least as long; give rawDays, minuteDays and hourDays in growing order (null: for ever).`,
    );
  return config;
}

/** What to tell at the start when there is no shared token; null when there is one. */
export function missingTokenWarning({ edge, mqtt }: Pick<ServerConfig, 'edge' | 'mqtt'>): string | null {
  if (edge.token !== null) return null;
  const lost =
    mqtt.url === null
      ? 'edge.token is not set: no edge agent can sign in.'
      : 'edge.token is not set: edge agents refuse this hub their video.';
  return `${lost} Set KUZET_EDGE_TOKEN (16 characters or more), the same here and at each edge`;
}
