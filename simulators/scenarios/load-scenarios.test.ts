import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateCity } from '../city/generate-city.ts';
import { loadScenarios } from './load-scenarios.ts';

describe('the scenarios', () => {
  const site = generateCity();
  const folder = mkdtempSync(join(tmpdir(), 'kuzet-scenarios-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('fit the demo city, all of them', () => {
    expect([...loadScenarios(import.meta.dirname, site).keys()]).toEqual([
      'camera-trouble',
      'city-life',
      'door-forced',
      'mall-fire',
      'none',
      'stream-trouble',
      'switch-failure',
    ]);
  });

  it('are refused with file and place when they name what the city does not have', () => {
    writeFileSync(
      join(folder, 'odd.yaml'),
      `name: odd
title: { kk: а, ru: б, en: c }
episodes:
  - id: one
    title: { kk: а, ru: б, en: c }
    lastsS: 10
    steps:
      - { atS: 0, do: hold, device: nowhere-1, values: { smoke: true } }
      - { atS: 0, do: hold, device: akku-mcp-301, values: { smoke: true } }
      - { atS: 11, do: camera-fault, camera: K-1051, kind: freeze, forS: 3 }
      - { atS: 1, do: cameras-fault, cameras: [K-1051, K-9], kind: freeze, forS: 3 }
      - { atS: 1, do: camera-fault, camera: K-1051, kind: udp-loss, forS: 3, params: { percent: 101 } }
`,
    );
    expect(() => loadScenarios(folder, site)).toThrow(
      /odd\.yaml: episodes\.one\.steps\.0: no device nowhere-1[\s\S]*akku-mcp-301 has no metric smoke[\s\S]*after the episode[\s\S]*no camera K-9\n[\s\S]*params of udp-loss/,
    );
  });
});
