import { isIPv4 } from 'node:net';
import { IntakeError } from '../video/intake-error.ts';
import { probeCamera } from './onvif/probe-camera.ts';
import { type ProbeMatch, probeWsDiscovery } from './ws-discovery-probe.ts';

export interface FoundCamera {
  /** Empty for one that was found by its address alone. */
  urn: string;
  name: string;
  /** The device service, ready for `onvif.address` of the site file. */
  xaddr: string;
  hardware: string;
  location: string;
}

export type DiscoveryResult = { kind: 'found'; cameras: FoundCamera[] } | { kind: 'failed'; reason: string };

export interface Discovery {
  /** One probe; takes about three seconds. */
  discover(): Promise<DiscoveryResult>;
}

export interface Places {
  /** This machine's own IPv4 addresses in the networks to ask; null: all of its networks. */
  interfaces: readonly string[] | null;
  /** Cameras that are asked one by one: `host`, `host:port`, or the address of a device service. */
  hosts: readonly string[];
}

const limitMs = 12_000;

/** One probe at a time; who asks meanwhile shares it. */
export function createDiscovery(probe: () => Promise<ProbeMatch[]>): Discovery {
  let running: Promise<DiscoveryResult> | null = null;

  async function run(): Promise<DiscoveryResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the probe did not end within ${limitMs} ms`)), limitMs);
    });
    try {
      return { kind: 'found', cameras: (await Promise.race([probe(), late])).flatMap(toFound) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', reason: `cameras cannot be looked for on this network: ${reason}` };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    discover() {
      running ??= run().finally(() => {
        running = null;
      });
      return running;
    },
  };
}

/**
 * A probe of these networks and hosts. A host is asked over UDP, and its device service over HTTP: many cameras answer
 * multicast only. With hosts alone no network is asked.
 */
export const probeOf =
  ({ interfaces, hosts }: Places) =>
  async (): Promise<ProbeMatch[]> => {
    const networks = interfaces ?? (hosts.length > 0 ? [] : null);
    const [matches, answered] = await Promise.all([
      probeWsDiscovery({ interfaces: networks, hosts: hosts.filter((host) => isIPv4(host)) }),
      Promise.all(hosts.map(askDeviceService)),
    ]);
    const known = new Set(matches.flatMap(({ xaddrs }) => xaddrs.flatMap((address) => hostOf(address) ?? [])));
    const byAddress = answered.filter((match) => match !== null && !known.has(hostOf(match.xaddrs[0]!) ?? ''));
    return [...matches, ...(byAddress as ProbeMatch[])];
  };

/** Host and port, for two names of one thing. */
const hostOf = (address: string): string | null => (URL.canParse(address) ? new URL(address).host : null);

/** Asks for what a camera tells to everybody. Null when there is none. */
async function askDeviceService(host: string): Promise<ProbeMatch | null> {
  const address = /^https?:\/\//.test(host) ? host : `http://${host}/onvif/device_service`;
  if (!URL.canParse(address)) return null;
  try {
    const { clockErrorMs, eventsAddress } = await probeCamera({
      address,
      credentials: null,
      timeoutMs: 3_000,
      now: Date.now,
    });
    // Something that answers over HTTP and knows neither its time nor its services is no camera.
    if (clockErrorMs === null && eventsAddress === null) return null;
    return { urn: '', name: '', hardware: '', location: '', xaddrs: [address] };
  } catch (error) {
    if (error instanceof IntakeError) return null;
    throw error;
  }
}

function toFound({ urn, name, xaddrs, hardware, location }: ProbeMatch): FoundCamera[] {
  const xaddr = xaddrs.find((address) => /^https?:\/\/(?!\[)/.test(address)) ?? xaddrs[0];
  if (!xaddr) return [];
  return [{ urn, name: decode(name), xaddr, hardware: decode(hardware), location: decode(location) }];
}

function decode(scope: string): string {
  try {
    return decodeURIComponent(scope);
  } catch {
    // A camera that wrote a bare "%" into its scope.
    return scope;
  }
}
