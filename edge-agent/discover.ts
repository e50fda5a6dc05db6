import { existsSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { createDiscovery, type Discovery, type Places, probeOf } from './cameras/discovery.ts';
import { discoveryReport } from './cameras/discovery-report.ts';
import type { EdgeConfig } from './config.ts';
import { profiles } from './profiles/index.ts';
import { loadSiteFile } from './site-file.ts';

/**
 * `--discover`: looks for cameras once and says what to write into the site file. Nothing of the edge agent is started.
 * @returns the exit code: 0 when the network was asked, 1 when it could not be.
 * @throws StartError when the site file has a fault.
 */
export async function discover(
  { siteFile }: Pick<EdgeConfig, 'siteFile'>,
  argv: readonly string[],
  write: (text: string) => void,
  discovery: Discovery = createDiscovery(probeOf(placesOf(argv))),
): Promise<0 | 1> {
  const site = existsSync(siteFile) ? loadSiteFile(siteFile, profiles) : null;
  write('Looking for cameras, about three seconds…\n');
  const result = await discovery.discover();
  if (result.kind === 'failed') {
    write(`${result.reason}. Check this machine's network, or name its address there: --interface ADDRESS\n`);
    return 1;
  }
  write(discoveryReport(result.cameras, { site, siteFile }));
  return 0;
}

/** `--interface ADDRESS` and `--host HOST`, each as often as wanted or with commas between. */
function placesOf(argv: readonly string[]): Places {
  const interfaces = valuesOf(argv, '--interface');
  if (interfaces?.some((address) => !isIPv4(address))) {
    throw new StartError('--interface needs an IPv4 address of this machine');
  }
  const hosts = valuesOf(argv, '--host') ?? [];
  if (hosts.some((host) => !/^(https?:\/\/)?[\w.-]+(:\d+)?(\/\S*)?$/.test(host))) {
    throw new StartError("--host needs a camera's address: HOST, HOST:PORT or http(s)://HOST/PATH");
  }
  return { interfaces, hosts };
}

/** Null when the word does not stand there. */
function valuesOf(argv: readonly string[], word: string): string[] | null {
  const given = argv.flatMap((argument, at) => (argument === word ? [(argv[at + 1] ?? '').split(',')] : []));
  return given.length === 0 ? null : given.flat();
}
