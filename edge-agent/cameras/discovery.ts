import onvif, { type ProbeMatch } from 'node-onvif';

export interface FoundCamera {
  urn: string;
  name: string;
  /** The device service, ready for `onvif.address` of the site file. */
  xaddr: string;
  hardware: string;
  location: string;
}

export type DiscoveryResult = { kind: 'found'; cameras: FoundCamera[] } | { kind: 'failed'; reason: string };

export interface Discovery {
  /** One WS-Discovery probe; takes about three seconds. */
  discover(): Promise<DiscoveryResult>;
}

const limitMs = 8_000;

/** Prober of node-onvif's making, one at a time: two at once share a socket and one of them never settles. */
export function createDiscovery(probe: () => Promise<ProbeMatch[]> = probeOn(null)): Discovery {
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

/** A probe through the interface that has this IPv4 address; null: where the system sends multicast by itself. */
export const probeOn = (interfaceAddress: string | null) => () => probeOnce(interfaceAddress);

/** node-onvif drops errors of sending and leaves the bound socket without an error handler, which would end us. */
async function probeOnce(interfaceAddress: string | null): Promise<ProbeMatch[]> {
  const probing = onvif.startProbe();
  const socket = onvif._udp;
  let failure: Error | null = null;
  let sent = 0;
  if (socket) {
    socket.on('listening', () => {
      socket.on('error', (error) => {
        failure ??= error;
      });
    });
    const send = socket.send.bind(socket) as (...args: unknown[]) => void;
    const watched = (...args: unknown[]) => {
      const done = args.pop() as (error: Error | null, bytes: number) => void;
      try {
        if (interfaceAddress !== null) socket.setMulticastInterface(interfaceAddress);
      } catch (error) {
        failure ??= error as Error;
        done(error as Error, 0);
        return;
      }
      send(...args, (error: Error | null, bytes: number) => {
        if (error) failure ??= error;
        else sent++;
        done(error, bytes);
      });
    };
    socket.send = watched as typeof socket.send;
  }
  const matches = await probing;
  if (failure && sent === 0) throw failure;
  return matches;
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
