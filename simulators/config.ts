import { dirname, resolve } from 'node:path';
import { Id } from '@kuzet/contracts/common.ts';
import { SiteFile } from '@kuzet/contracts/site-file.ts';
import { loadConfig } from '@kuzet/lib/config.ts';
import { type Static, Type } from 'typebox';
import { ReceiverConfig } from './receivers/behaviour.ts';

const strict = { additionalProperties: false };
const port = (fallback: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: fallback });
const section = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { ...strict, default: {} });

/** Known to everybody who has the program: for the demo on one machine only. */
export const demoSecret = 'whsec_S3V6ZXQtZGVtby1yZWNlaXZlci1zZWNyZXQtMjAyNiE=';

const defaultClips: Record<string, string> = {
  'K-0412': 'night-crossing',
  'K-0267': 'night-street',
  'K-0118': 'plaza',
  'K-0075': 'night-crossing',
  'K-0342': 'night-embankment',
  'K-0530': 'plaza',
  'K-1043': 'mall-entrance',
  'K-1047': 'mall-atrium',
  'K-1051': 'mall-atrium',
  'K-1058': 'car-park',
  'K-1062': 'mall-atrium',
  'K-1066': 'car-park',
};

const http = { status: 204, delayMs: 0, hang: false };
const receiver = (name: string, answer: object) => ({
  name,
  secrets: [demoSecret],
  token: '',
  behaviour: { ...http, answer },
});
const defaultReceivers = [
  receiver('101', {
    kind: 'accept',
    afterS: 6,
    by: 'Ахметов Д.',
    unit: 'АЦ-14',
    etaS: 170,
    enRouteAfterS: 15,
    onSceneAfterS: 150,
  }),
  receiver('103', {
    kind: 'accept',
    afterS: 150,
    by: 'Сейтқали А.',
    unit: 'ЖЖ-7',
    etaS: 300,
    enRouteAfterS: 10,
    onSceneAfterS: 280,
  }),
  receiver('104', { kind: 'accept', afterS: 20, by: 'Омаров Е.', unit: 'ГҚ-3', etaS: 400, enRouteAfterS: 30 }),
];

export const SimulatorsConfig = Type.Object(
  {
    control: section({ host: Type.String({ default: '127.0.0.1' }), port: port(8090) }),
    siteFile: Type.String({ default: 'astana.site.yaml' }),
    scenarioFolder: Type.String({ default: '../simulators/scenarios' }),
    seed: Type.Integer({ default: 2026 }),
    scenario: Type.String({ default: 'city-life' }),
    sensors: section({
      host: Type.String({ default: '127.0.0.1' }),
      port: port(1884),
      username: Type.String({ default: '' }),
      password: Type.String({ default: '' }),
    }),
    cameras: section({
      host: Type.String({ default: '127.0.0.1' }),
      onvifPort: port(8091),
      rtspPort: port(8554),
      clipFolder: Type.String({ default: '../simulators/clips/media' }),
      clips: Type.Record(Id, Type.String({ minLength: 1 }), { default: defaultClips }),
    }),
    hub: section({
      host: Type.String({ default: '127.0.0.1' }),
      port: port(8080),
      agencyToken: Type.String({ default: '' }),
    }),
    receivers: section({
      keep: Type.Integer({ minimum: 1, maximum: 10_000, default: 200 }),
      agencies: Type.Array(ReceiverConfig, { default: defaultReceivers }),
    }),
  },
  strict,
);
export type SimulatorsConfig = Static<typeof SimulatorsConfig>;

const environment = {
  KUZET_SIM_PORT: 'control.port',
  KUZET_SIM_ONVIF_PORT: 'cameras.onvifPort',
  KUZET_SIM_RTSP_PORT: 'cameras.rtspPort',
  KUZET_EDGE_MQTT_PORT: 'sensors.port',
  KUZET_HTTP_PORT: 'hub.port',
  KUZET_SCENARIO: 'scenario',
};

/**
 * The config at `file`, its paths made absolute: they are relative to the file's folder.
 * @throws StartError naming file, line and key of what is wrong.
 */
export function loadSimulatorsConfig(file: string, env: NodeJS.ProcessEnv = process.env): SimulatorsConfig {
  const config = loadConfig(SimulatorsConfig, { file, environment, env });
  const from = (path: string) => resolve(dirname(file), path);
  return {
    ...config,
    siteFile: from(config.siteFile),
    scenarioFolder: from(config.scenarioFolder),
    cameras: { ...config.cameras, clipFolder: from(config.cameras.clipFolder) },
  };
}

/** The site file that the config names. @throws StartError naming file, line and key of what is wrong. */
export function loadSite(config: SimulatorsConfig, env: NodeJS.ProcessEnv = process.env): SiteFile {
  return loadConfig(SiteFile, { file: config.siteFile, env });
}
