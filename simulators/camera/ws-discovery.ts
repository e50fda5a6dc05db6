import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { Log } from '@kuzet/lib/log.ts';
import { escapeXml, parseSoap, SoapFault, textOf } from './onvif/soap.ts';

/** A camera as discovery announces it. */
export interface DiscoverableCamera {
  /** Stable over restarts: urn:uuid:… */
  endpoint: string;
  scopes: readonly string[];
  /** Address of its device service, as reached over `host`. */
  address(host: string): string;
}

export interface WsDiscoveryDeps {
  log: Log;
  /** Cameras on the network now. */
  cameras(): readonly DiscoverableCamera[];
  /** What the servers listen on: a concrete address is announced as it is, `0.0.0.0` as each interface's own. */
  host: string;
  group?: string;
  port?: number;
}

/** Answers WS-Discovery probes (SOAP over UDP, 2005/04 drafts as ONVIF uses them) on every interface. */
export interface WsDiscovery {
  /** False when multicast is not possible here; that was logged, and all else goes on. */
  start(): Promise<boolean>;
  stop(): Promise<void>;
}

const discoveryNamespace = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
const maxProbeBytes = 16_384;

export function createWsDiscovery(deps: WsDiscoveryDeps): WsDiscovery {
  const { log, cameras, host, group = '239.255.255.250', port = 3702 } = deps;
  let socket: Socket | null = null;

  async function start(): Promise<boolean> {
    const opened = createSocket({ type: 'udp4', reuseAddr: true });
    try {
      opened.bind(port);
      await once(opened, 'listening');
    } catch (error) {
      opened.close();
      log.warn(
        { err: error, port },
        'WS-Discovery is off: its port cannot be opened. Cameras answer at their addresses all the same.',
      );
      return false;
    }
    const joined = interfaceAddresses().filter((address) => {
      try {
        opened.addMembership(group, address);
        return true;
      } catch {
        // No multicast on this interface; what could be joined is logged below.
        return false;
      }
    });
    if (joined.length === 0) {
      opened.close();
      log.warn(
        { group },
        'WS-Discovery is off: no interface takes multicast. Cameras answer at their addresses all the same.',
      );
      return false;
    }
    opened.on('message', (message, peer) => answer(opened, message, peer));
    opened.on('error', (error) => log.warn({ err: error }, 'WS-Discovery socket'));
    socket = opened;
    log.info({ interfaces: joined }, 'WS-Discovery answers');
    return true;
  }

  function answer(from: Socket, message: Buffer, peer: { address: string; port: number }): void {
    if (message.length > maxProbeBytes) return;
    let probe: ReturnType<typeof parseSoap>;
    try {
      probe = parseSoap(message.toString('utf8'));
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      log.debug({ peer: peer.address }, 'not a probe');
      return;
    }
    if (probe.operation !== 'Probe' || !wantsCameras(textOf(probe.parameters, 'Types'))) return;
    const wanted = textOf(probe.parameters, 'Scopes').split(/\s+/).filter(Boolean);
    const messageId = textOf(probe.header, 'MessageID');
    for (const camera of cameras()) {
      if (
        !wanted.every((scope) =>
          camera.scopes.some((own) => own === scope || own.startsWith(`${scope.replace(/\/$/, '')}/`)),
        )
      ) {
        continue;
      }
      const reply = Buffer.from(probeMatch(camera, camera.address(announcedHost(host, peer.address)), messageId));
      from.send(reply, peer.port, peer.address);
    }
  }

  return {
    start,
    async stop() {
      const open = socket;
      socket = null;
      if (!open) return;
      const closed = once(open, 'close');
      open.close();
      await closed;
    },
  };
}

const interfaceAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter((address) => address.family === 'IPv4').map((address) => address.address),
  );

/** ONVIF clients ask for NetworkVideoTransmitter, tds:Device, or nothing in particular. */
const wantsCameras = (types: string): boolean =>
  types === '' || types.split(/\s+/).some((type) => /(^|:)(NetworkVideoTransmitter|Device)$/.test(type));

/** The address that a peer can reach us at: ours in the peer's network, or the first that is not loopback. */
function announcedHost(host: string, peer: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  if (peer.startsWith('127.')) return '127.0.0.1';
  const own = interfaceAddresses();
  const near = own.find(
    (address) => address.split('.').slice(0, 3).join('.') === peer.split('.').slice(0, 3).join('.'),
  );
  return near ?? own.find((address) => !address.startsWith('127.')) ?? '127.0.0.1';
}

const probeMatch = ({ endpoint, scopes }: DiscoverableCamera, address: string, relatesTo: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="${discoveryNamespace}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">` +
  `<s:Header><a:MessageID>urn:uuid:${randomUUID()}</a:MessageID><a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo>` +
  `<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To><a:Action>${discoveryNamespace}/ProbeMatches</a:Action></s:Header>` +
  `<s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>${endpoint}</a:Address></a:EndpointReference>` +
  `<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>${escapeXml(scopes.join(' '))}</d:Scopes>` +
  `<d:XAddrs>${escapeXml(address)}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`;
