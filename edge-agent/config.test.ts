import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { Value } from 'typebox/value';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { EdgeConfig, edgeEnvironment, loadEdgeConfig, missingTokenWarning, uplinkUrl } from './config.ts';

const shipped = fileURLToPath(new URL('../config/edge.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kuzet-edge-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (text: string): string => {
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, text);
  return file;
};

test('config/edge.yaml holds every setting with its default', () => {
  expect(parse(readFileSync(shipped, 'utf8'))).toEqual(Value.Default(EdgeConfig, {}));
});

test('config/edge.yaml names every environment variable', () => {
  const text = readFileSync(shipped, 'utf8');
  for (const name of Object.keys(edgeEnvironment)) expect(text).toContain(`[${name}]`);
});

test('an empty file gives the defaults, with the site file beside it', () => {
  const config = loadEdgeConfig(written(''), {});
  expect(config).toMatchObject({ id: 'demo-edge', sensors: { broker: { port: 1884 } }, http: { port: 8081 } });
  expect(config.siteFile).toBe(join(folder, 'astana.site.yaml'));
  expect(uplinkUrl(config)).toBe('mqtt://127.0.0.1:1883');
});

test('the environment wins over the file', () => {
  const file = written('sensors: { broker: { port: 5 } }\nuplink: { token: 0123456789abcdef }');
  const config = loadEdgeConfig(file, {
    KUZET_EDGE_MQTT_PORT: '11884',
    KUZET_MQTT_PORT: '11883',
    KUZET_EDGE_TOKEN: 'a-token-of-sixteen',
  });
  expect(config.sensors.broker.port).toBe(11884);
  expect(config.uplink.token).toBe('a-token-of-sixteen');
  expect(uplinkUrl(config)).toBe('mqtt://127.0.0.1:11883');
});

test('KUZET_MQTT_URL wins over host and port', () => {
  const config = loadEdgeConfig(written(''), { KUZET_MQTT_URL: 'mqtts://hub.example.kz', KUZET_MQTT_PORT: '7' });
  expect(uplinkUrl(config)).toBe('mqtts://hub.example.kz');
});

test.each([
  ['sensors:\n  broker:\n    prot: 1884', /edge\.yaml:3: sensors\.broker\.prot: unknown key/],
  ['sensors: { broker: { username: gateway } }', /sensors\.broker: username and password are set together/],
  ['uplink: { url: "http://hub" }', /uplink\.url/],
  ['id: "a/b"', /id: /],
])('refuses %j with file and key', (text, message) => {
  const load = () => loadEdgeConfig(written(text), {});
  expect(load).toThrow(StartError);
  expect(load).toThrow(message);
});

test('a missing token is told with what it costs and the next step, also with a broker of one’s own', () => {
  const warning = (env: NodeJS.ProcessEnv) => missingTokenWarning(loadEdgeConfig(written(''), env));
  const own = { KUZET_MQTT_URL: 'mqtt://edge:secret@127.0.0.1' };
  expect(warning({})).toMatch(/will not let this edge agent in.*Set KUZET_EDGE_TOKEN/);
  expect(warning(own)).toMatch(/cannot fetch video.*Set KUZET_EDGE_TOKEN/);
  expect(warning({ ...own, KUZET_EDGE_TOKEN: '0123456789abcdef' })).toBeNull();
});
