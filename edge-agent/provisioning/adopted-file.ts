import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AdoptedFile } from '@kuzet/contracts/provisioning.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { loadConfig } from '@kuzet/lib/config.ts';
import { nodeDisk } from '../spool/disk.ts';

/** Its name in the edge agent's data folder. */
export const adoptedFileName = 'adopted.site.yaml';

const head = `# Devices that were adopted at this edge agent (POST /adopt). Written whole at each adoption; a device may be moved from
# here to the site file, or taken out, by hand while the edge agent does not run.
`;

/**
 * What was adopted before; none when there is no file.
 * @throws StartError when it cannot be read or does not fit its schema.
 */
export function loadAdopted(file: string): SiteDevice[] {
  // Nothing in it is filled from the environment: what came over HTTP must not read a secret.
  return existsSync(file) ? loadConfig(AdoptedFile, { file, env: {} }).devices : [];
}

/** A device a line: JSON is YAML too. Replaces the file whole: after a crash it holds the devices of before or these. */
export async function saveAdopted(file: string, devices: readonly SiteDevice[]): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const lines = devices.map((device) => `\n  - ${JSON.stringify(device)}`);
  await nodeDisk.replaceText(folder, adoptedFileName, `${head}devices:${lines.join('') || ' []'}\n`);
}
