import { fileURLToPath } from 'node:url';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { loadSimulatorsConfig, loadSite, SimulatorsConfig } from './config.ts';

const file = fileURLToPath(new URL('../config/simulators.yaml', import.meta.url));

describe('config/simulators.yaml', () => {
  it('says every default', () => {
    expect(loadSimulatorsConfig(file, {})).toEqual(Value.Default(SimulatorsConfig, {}));
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
    const site = loadSite(file, config, {});
    expect(Object.keys(config.cameras.clips).sort()).toEqual(site.cameras.map(({ id }) => id).sort());
  });
});
