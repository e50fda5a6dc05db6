import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import { loadConfig } from '@kuzet/lib/config.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { faultParamsRefusal } from '../camera/camera-fault.ts';
import { faultRefusal } from '../sensors/device-fault.ts';
import { ScenarioFile, type ScenarioStep } from './scenario-file.ts';

/**
 * Reads every scenario of a folder and checks it against the city it is to be played in.
 * @throws StartError with file and place of everything that does not fit.
 */
export function loadScenarios(folder: string, site: SiteFile): Map<string, ScenarioFile> {
  const scenarios = new Map<string, ScenarioFile>();
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()) {
    const file = join(folder, name);
    const scenario = loadConfig(ScenarioFile, { file });
    const faults = misfits(scenario, site);
    if (`${scenario.name}.yaml` !== name) faults.push(`name: ${scenario.name} should be the file's own`);
    if (scenarios.has(scenario.name)) faults.push(`name: ${scenario.name} is taken`);
    if (faults.length > 0) throw new StartError(faults.map((fault) => `${file}: ${fault}`).join('\n'));
    scenarios.set(scenario.name, scenario);
  }
  return scenarios;
}

function misfits(scenario: ScenarioFile, site: SiteFile): string[] {
  const faults: string[] = [];
  if (scenario.pauseS.max < scenario.pauseS.min) faults.push('pauseS: max is below min');
  for (const episode of scenario.episodes) {
    for (const [i, step] of episode.steps.entries()) {
      const wrong = step.atS > episode.lastsS ? 'comes after the episode has ended' : misfit(step, site);
      if (wrong) faults.push(`episodes.${episode.id}.steps.${i}: ${wrong}`);
    }
  }
  return faults;
}

function misfit(step: ScenarioStep, site: SiteFile): string | null {
  switch (step.do) {
    case 'fire':
      return site.sites.some(({ id }) => id === step.siteId) ? null : `no site ${step.siteId}`;
    case 'hold': {
      const device = site.devices.find(({ id }) => id === step.device);
      if (!device) return `no device ${step.device}`;
      const strange = Object.keys(step.values).find((name) => !device.metrics.some((metric) => metric.name === name));
      return strange ? `${step.device} has no metric ${strange}` : null;
    }
    case 'break': {
      const device = site.devices.find(({ id }) => id === step.device);
      return device ? faultRefusal(device, step.kind) : `no device ${step.device}`;
    }
    case 'clip':
      return noCamera([step.camera], site);
    case 'camera-fault':
      return noCamera([step.camera], site) ?? faultParamsRefusal(step.kind, step.params);
    case 'cameras-fault':
      return noCamera(step.cameras, site) ?? faultParamsRefusal(step.kind, step.params);
  }
}

function noCamera(wanted: readonly string[], site: SiteFile): string | null {
  const missing = wanted.filter((camera) => !site.cameras.some(({ id }) => id === camera));
  return missing.length > 0 ? `no camera ${missing.join(', ')}` : null;
}
