import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadServerConfig, missingTokenWarning, ServerConfig, serverEnvironment } from './config.ts';
import { defaultAllowedNetworks } from './dispatch/targets/address-guard.ts';

const shipped = fileURLToPath(new URL('../config/server.yaml', import.meta.url));
const fileOf = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kuzet-config-')), 'server.yaml');
  writeFileSync(file, text);
  return file;
};

it('[C1] the shipped file is the defaults, every one of them', () => {
  const defaults = Value.Default(ServerConfig, {}) as Record<string, unknown>;
  expect(loadServerConfig(shipped, {})).toEqual(defaults);
  const written = parse(readFileSync(shipped, 'utf8')) as Record<string, unknown>;
  for (const [key, value] of Object.entries(defaults)) {
    expect(Object.keys(written[key] as object), key).toEqual(Object.keys(value as object));
  }
});

it('the environment wins over the file, and a password of digits stays a text', () => {
  const config = loadServerConfig(fileOf('http: {port: 9000}'), {
    KUZET_HTTP_PORT: '9001',
    KUZET_ADMIN_PASSWORD: '12345678',
  });
  expect(config.http.port).toBe(9001);
  expect(config.auth.adminPassword).toBe('12345678');
});

it('the simulators’ port reaches the demo agencies', () => {
  const config = loadServerConfig(shipped, { KUZET_SIM_PORT: '9990' });
  expect(config.agencies[0]?.endpoint).toBe('http://127.0.0.1:9990/receivers/101/webhook');
});

it('a wrong value is named with file, line, key and variable', () => {
  const file = fileOf('http:\n  port: many\n');
  expect(() => loadServerConfig(file, {})).toThrow(`${file}:2: http.port`);
  expect(() => loadServerConfig(fileOf(''), { KUZET_HTTP_PORT: 'x' })).toThrow(/http\.port.*KUZET_HTTP_PORT/);
  expect(() => loadServerConfig(fileOf('htp: {}'), {})).toThrow(StartError);
});

it('every variable names a key that exists', () => {
  const defaults = Value.Default(ServerConfig, {});
  for (const path of Object.values(serverEnvironment)) {
    expect(path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], defaults)).not.toBe(
      undefined,
    );
  }
});

it('a missing edge token is told with what it costs and the next step, also with a broker of one’s own', () => {
  const warning = (env: NodeJS.ProcessEnv) => missingTokenWarning(loadServerConfig(shipped, env));
  const own = { KUZET_MQTT_URL: 'mqtt://hub:secret@127.0.0.1' };
  expect(warning({})).toMatch(/no edge agent can sign in.*Set KUZET_EDGE_TOKEN/);
  expect(warning(own)).toMatch(/refuse this hub their video.*Set KUZET_EDGE_TOKEN/);
  expect(warning({ ...own, KUZET_EDGE_TOKEN: '0123456789abcdef' })).toBeNull();
});

it('[D17] webhooks may go to this machine and private networks, and no further', () => {
  expect(loadServerConfig(shipped, {}).dispatch.allowedNetworks).toEqual(defaultAllowedNetworks);
});

it('[P15] what is coarser is kept at least as long as what it is made of', () => {
  const keeping = (text: string) => () => loadServerConfig(fileOf(`store: {${text}}`), {});
  expect(keeping('rawDays: 181')).toThrow(/store:.*growing order/);
  expect(keeping('rawDays: null')).toThrow(StartError);
  expect(keeping('minuteDays: 400, hourDays: 300')).toThrow(StartError);
  expect(keeping('rawDays: null, minuteDays: null, hourDays: null')().store.rawDays).toBeNull();
  expect(keeping('rawDays: 5, minuteDays: 5, hourDays: 5')().store.minuteDays).toBe(5);
});
