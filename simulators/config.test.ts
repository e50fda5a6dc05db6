import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@kuzet/lib/config.ts';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSimulatorsConfig, loadSite, SimulatorsConfig } from './config.ts';

const file = fileURLToPath(new URL('../config/simulators.yaml', import.meta.url));

/** Every key path, sorted. */
const keysOf = (value: unknown, at = ''): string[] =>
  value !== null && typeof value === 'object'
    ? Object.entries(value)
        .flatMap(([key, item]) => keysOf(item, `${at}/${key}`))
        .sort()
    : [at];

describe('config/simulators.yaml', () => {
  it('says every default', () => {
    const environment = {};
    expect(loadConfig(SimulatorsConfig, { file, env: environment })).toEqual(Value.Default(SimulatorsConfig, {}));
  });

  it('says it explicitly: no key is left to the defaults', () => {
    const written = parse(readFileSync(file, 'utf8')) as object;
    const defaults = Value.Default(SimulatorsConfig, {}) as object;
    expect(keysOf(written)).toEqual(keysOf(defaults));
  });

  it('takes paths relative to its own folder', () => {
    expect(loadSimulatorsConfig(file, {}).siteFile).toBe(join(dirname(file), 'astana.site.yaml'));
  });

  it('lets the environment over it', () => {
    const env = {
      KUZET_SIM_PORT: '9090',
      KUZET_SIM_ONVIF_PORT: '9091',
      KUZET_SIM_RTSP_PORT: '9554',
      KUZET_EDGE_MQTT_PORT: '9884',
      KUZET_HTTP_PORT: '9080',
      KUZET_SCENARIO: 'none',
      KUZET_DEMO_AGENCY_TOKEN: 'a-token',
    };
    const config = loadSimulatorsConfig(file, env);
    expect(config.control.port).toBe(9090);
    expect(config.cameras).toMatchObject({ onvifPort: 9091, rtspPort: 9554 });
    expect(config.sensors.port).toBe(9884);
    expect(config.hub.port).toBe(9080);
    expect(config.scenario).toBe('none');
    expect(config.hub.agencyToken).toBe('a-token');
  });

  it('names a wrong value by file, key and variable', () => {
    expect(() => loadSimulatorsConfig(file, { KUZET_SIM_PORT: 'eighty' })).toThrow(
      /simulators\.yaml.*control\.port.*KUZET_SIM_PORT/s,
    );
  });

  it('has a clip for every camera of the site file it names', () => {
    const config = loadSimulatorsConfig(file, {});
    const site = loadSite(config, {});
    expect(Object.keys(config.cameras.clips).sort()).toEqual(site.cameras.map(({ id }) => id).sort());
  });
});
