import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { IntakeError } from '../video/intake-error.ts';
import { child, children, parseXml, textOf } from './onvif/xml.ts';

/** What a camera said of itself; texts as they stood in its scopes. */
export interface ProbeMatch {
  urn: string;
  name: string;
  hardware: string;
  location: string;
  xaddrs: string[];
}

export interface WsDiscoveryProbe {
  /** IPv4 addresses of this machine, one for each network to ask by multicast; null: of all its networks. */
  interfaces: readonly string[] | null;
  /** IPv4 addresses or names that are asked one by one, in networks that multicast does not reach. */
  hosts: readonly string[];
  waitMs?: number;
  group?: string;
  port?: number;
}

const discovery = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
/** Some answer the one, some the other. */
const types = ['dn:NetworkVideoTransmitter', 'tds:Device'];
/** UDP loses: asked again, once. */
const againMs = 500;

/**
 * One WS-Discovery probe (SOAP over UDP, 2005/04) through every network at once, each on a socket of its own. A camera that
 * tells no scopes is kept: it is there, and has a name only when it is set up.
 * @throws Error when none of the networks can be asked.
 */
export async function probeWsDiscovery(options: WsDiscoveryProbe): Promise<ProbeMatch[]> {
  const { hosts, waitMs = 3_000, group = '239.255.255.250', port = 3702 } = options;
  const interfaces = options.interfaces ?? ownAddresses();
  const found = new Map<string, ProbeMatch>();
  const failures: Error[] = [];
  const sockets: Socket[] = [];

  async function ask(from: string | null, targets: readonly string[]): Promise<void> {
    const socket = createSocket('udp4');
    sockets.push(socket);
    try {
      if (from === null) socket.bind();
      else socket.bind({ port: 0, address: from });
      await once(socket, 'listening');
      if (from !== null) socket.setMulticastInterface(from);
      socket.on('error', (error) => failures.push(error));
      socket.on('message', (message) => take(message.toString('utf8'), found));
      await sendTo(socket, targets);
    } catch (error) {
      failures.push(error as Error);
    }
  }

  async function sendTo(socket: Socket, targets: readonly string[]): Promise<void> {
    for (const target of targets) {
      for (const type of types) {
        const message = Buffer.from(probeMessage(type));
        await new Promise<void>((resolve, reject) =>
          socket.send(message, port, target, (error) => (error ? reject(error) : resolve())),
        );
      }
    }
  }

  const networks = interfaces.length > 0 ? interfaces : options.interfaces === null ? [null] : [];
  const asked = [...networks.map((from) => ask(from, [group])), ...hosts.map((host) => ask(null, [host]))];
  await Promise.all(asked);
  if (asked.length > 0 && failures.length >= asked.length) {
    for (const socket of sockets) socket.close();
    throw failures[0];
  }
  await wait(Math.min(againMs, waitMs));
  const again = sockets.map((socket, at) =>
    sendTo(socket, at < networks.length ? [group] : [hosts[at - networks.length]!]).catch((error) =>
      failures.push(error),
    ),
  );
  await Promise.all(again);
  await wait(Math.max(0, waitMs - againMs));
  for (const socket of sockets) socket.close();
  return [...found.values()];
}

const wait = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));

/** One IPv4 address of each of this machine's networks but its own inside. */
const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
  );

const probeMessage = (type: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">` +
  `<s:Header><a:Action s:mustUnderstand="1">${discovery}/Probe</a:Action><a:MessageID>uuid:${randomUUID()}</a:MessageID>` +
  `<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>` +
  `<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>` +
  `<s:Body><Probe xmlns="${discovery}"><d:Types xmlns:d="${discovery}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">${type}</d:Types></Probe></s:Body></s:Envelope>`;

/** Adds the cameras of one answer. Anybody can send to an open port: what is no answer is passed over. */
function take(xml: string, found: Map<string, ProbeMatch>): void {
  let matches: ReturnType<typeof readProbeMatches>;
  try {
    matches = readProbeMatches(xml);
  } catch (error) {
    if (error instanceof IntakeError) return;
    throw error;
  }
  for (const match of matches) found.set(match.urn || match.xaddrs.join(' '), match);
}

/** @throws IntakeError when it is no XML. */
export function readProbeMatches(xml: string): ProbeMatch[] {
  const list = child(parseXml(xml), 'Envelope', 'Body', 'ProbeMatches');
  return children(list, 'ProbeMatch').flatMap((match) => {
    const xaddrs = textOf(match, 'XAddrs').split(/\s+/).filter(Boolean);
    if (xaddrs.length === 0) return [];
    const scopes = textOf(match, 'Scopes').split(/\s+/);
    const scope = (name: string) => {
      const start = `onvif://www.onvif.org/${name}/`;
      return scopes.find((candidate) => candidate.startsWith(start))?.slice(start.length) ?? '';
    };
    return [
      {
        urn: textOf(match, 'EndpointReference', 'Address'),
        name: scope('name'),
        hardware: scope('hardware'),
        location: scope('location'),
        xaddrs,
      },
    ];
  });
}
