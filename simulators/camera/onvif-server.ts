import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { deviceService } from './onvif/device-service.ts';
import { eventService } from './onvif/event-service.ts';
import { mediaService } from './onvif/media-service.ts';
import { media2Service } from './onvif/media2-service.ts';
import { ptzService } from './onvif/ptz-service.ts';
import type { OnvifDevice, Service, ServiceCall } from './onvif/service.ts';
import { faultBody, parseSoap, SoapFault, soapEnvelope, textOf, type XmlNode } from './onvif/soap.ts';
import { createUsernameTokens } from './onvif/username-token.ts';
import { type Credentials, createDigestAuth } from './rtsp/digest-auth.ts';

/** What the server asks of a camera at each request. */
export interface OnvifCamera {
  device: OnvifDevice;
  credentials(): Credentials;
  /** False while the camera is off the network: requests get no answer. */
  reachable(): boolean;
  /** How long its answers take, in milliseconds. */
  delayMs(): number;
  snapshot(): Buffer;
}

export interface OnvifServerDeps {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Port of the RTSP server, for stream addresses; asked at each request. */
  rtspPort(): number;
  clock: Clock;
  log: Log;
  /** PEM; then it is https. */
  tls?: { key: string; cert: string };
  camera(id: string): OnvifCamera | undefined;
}

/** Many ONVIF devices on one HTTP port: http://host:port/onvif/<cameraId>/device_service. */
export interface OnvifServer {
  /** The port it listens on. Rejects when the port is taken. */
  start(): Promise<number>;
  stop(): Promise<void>;
}

const services: Readonly<Record<string, Service>> = {
  device_service: deviceService,
  media_service: mediaService,
  media2_service: media2Service,
  ptz_service: ptzService,
  event_service: eventService,
  subscription: eventService,
};
const maxBodyBytes = 262_144;

interface Reply {
  status: number;
  headers?: Record<string, string | string[]>;
  body: string | Buffer;
}

export function createOnvifServer(deps: OnvifServerDeps): OnvifServer {
  const { clock, log } = deps;
  const auth = createDigestAuth({ clock, realm: 'Kuzet camera' });
  const tokens = createUsernameTokens({ clock });
  const connections = new Set<Socket>();
  const onRequest = (request: IncomingMessage, response: ServerResponse) => void serve(request, response);
  const server = deps.tls ? createTlsServer(deps.tls, onRequest) : createServer(onRequest);
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, root = '', cameraId = '', name = '', resource = ''] = pathOf(request);
    const camera = root === 'onvif' ? deps.camera(cameraId) : undefined;
    if (camera && !camera.reachable()) {
      request.socket.destroy();
      return;
    }
    const cancelOnClose = new AbortController();
    response.on('close', () => cancelOnClose.abort());
    let reply: Reply;
    try {
      if (!camera) reply = { status: 404, body: '' };
      else if (name === 'snapshot.jpg') reply = snapshotReply(request, camera);
      else reply = await soapReply(request, camera, name, resource);
    } catch (error) {
      log.error({ err: error, cameraId }, 'an ONVIF request failed');
      reply = {
        status: 500,
        body: soapEnvelope(faultBody(new SoapFault('Internal error', ['ter:Action'], 500, 's:Receiver'))),
      };
    }
    const send = () => {
      if (response.destroyed) return;
      response.writeHead(reply.status, { 'Content-Length': Buffer.byteLength(reply.body), ...reply.headers });
      response.end(reply.body);
    };
    const delayMs = camera?.delayMs() ?? 0;
    if (delayMs === 0) send();
    else cancelOnClose.signal.addEventListener('abort', clock.after(delayMs, send));
  }

  function snapshotReply(request: IncomingMessage, camera: OnvifCamera): Reply {
    if (request.method !== 'GET') return { status: 405, headers: { Allow: 'GET' }, body: '' };
    const checked = auth.check(request.headers.authorization, 'GET', camera.credentials());
    if (checked !== 'ok') return { status: 401, headers: { 'WWW-Authenticate': auth.challenges(checked) }, body: '' };
    return {
      status: 200,
      headers: { 'Content-Type': 'image/jpeg', 'Cache-Control': 'no-store' },
      body: camera.snapshot(),
    };
  }

  async function soapReply(
    request: IncomingMessage,
    camera: OnvifCamera,
    name: string,
    resource: string,
  ): Promise<Reply> {
    const service = services[name];
    if (!service) return { status: 404, body: '' };
    if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' }, body: '' };
    const headers = { 'Content-Type': 'application/soap+xml; charset=utf-8' };
    try {
      const { operation, parameters, header } = parseSoap(await bodyOf(request));
      const handler = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
      if (!handler) throw new SoapFault(`${operation} is not supported`, ['ter:ActionNotSupported']);
      if (!service.open.includes(operation)) {
        signedIn(request, camera, header);
      }
      const call: ServiceCall = {
        device: camera.device,
        parameters,
        header,
        nowMs: clock.now(),
        resource,
        query: new URL(request.url ?? '', 'http://camera').searchParams,
        ...originsOf(request),
      };
      const body = await handler(call);
      return { status: 200, headers, body: soapEnvelope(body, addressing(header, textOf(header, 'Action'))) };
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      const body = soapEnvelope(faultBody(error));
      if (!(error instanceof Challenge)) return { status: error.httpStatus, headers, body };
      return { status: 401, headers: { ...headers, 'WWW-Authenticate': error.challenges }, body };
    }
  }

  /** ONVIF Core, 5.9: by WS-UsernameToken or HTTP Digest, whichever of them this camera takes. @throws SoapFault */
  function signedIn(request: IncomingMessage, { device, credentials }: OnvifCamera, header: XmlNode): void {
    const { signIn, clockErrorMs } = device.quirks;
    if (signIn !== 'digest') {
      const byToken = tokens.check(header, credentials(), clock.now() + clockErrorMs);
      if (byToken === 'ok') return;
      if (byToken === 'wrong' || signIn === 'token') throw notAuthorized();
    }
    const byHttp = auth.check(request.headers.authorization, 'POST', credentials());
    if (byHttp === 'ok') return;
    if (byHttp === 'wrong' && signIn !== 'digest') throw notAuthorized();
    throw new Challenge(auth.challenges(byHttp));
  }

  /** Addresses as the client reached us: a camera behind another name or port still works. */
  function originsOf(request: IncomingMessage): Pick<ServiceCall, 'origin' | 'rtspOrigin'> {
    const { address, port } = server.address() as AddressInfo;
    const local = address.includes(':') ? `[${address}]` : address;
    const host = /^[\w.\-:[\]]+$/.test(request.headers.host ?? '') ? request.headers.host! : `${local}:${port}`;
    return {
      origin: `${deps.tls ? 'https' : 'http'}://${host}`,
      rtspOrigin: `rtsp://${host.replace(/:\d+$/, '')}:${deps.rtspPort()}`,
    };
  }

  return {
    async start() {
      server.listen(deps.port, deps.host);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

const notAuthorized = () => new SoapFault('Sender not authorized', ['ter:NotAuthorized']);

/** Ask again with HTTP Digest. */
class Challenge extends SoapFault {
  readonly challenges: string[];

  constructor(challenges: string[]) {
    super('Sender not authorized', ['ter:NotAuthorized'], 401);
    this.challenges = challenges;
  }
}

/** WS-Addressing (1.0) headers of an answer, when the request carried an action. */
const addressing = (header: Parameters<typeof textOf>[0], action: string): string =>
  /^[\w:/.#-]+$/.test(action)
    ? `<wsa:Action>${action.replace(/Request$/, 'Response')}</wsa:Action>${relatesTo(textOf(header, 'MessageID'))}`
    : '';
const relatesTo = (id: string): string => (/^[\w:.-]+$/.test(id) ? `<wsa:RelatesTo>${id}</wsa:RelatesTo>` : '');

function pathOf(request: IncomingMessage): string[] {
  const [path = ''] = (request.url ?? '').split('?');
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return [];
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new SoapFault('The request is too large', ['ter:InvalidArgs'], 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
