import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { CameraTrack } from './rtsp/camera-track.ts';
import { type Credentials, createDigestAuth } from './rtsp/digest-auth.ts';
import { chooseTransport, createRtspParser, type RtspRequest } from './rtsp/rtsp-message.ts';
import { openRtspSession, type RtspSession, type SendingTrouble, sessionTimeoutMs } from './rtsp/rtsp-session.ts';

/** A camera's large picture and its small one. */
export const streamNames = ['main', 'sub'] as const;
export type StreamName = (typeof streamNames)[number];

/** What the server asks of a camera at each request. */
export interface RtspCamera {
  track(stream: StreamName): CameraTrack;
  trouble: SendingTrouble;
  /** How long its answers take, in milliseconds. */
  delayMs(): number;
  /** What every request is answered with; `reset`: the connection is reset. */
  refusal(): 500 | 503 | 'reset' | null;
  /** Sessions that it has room for. */
  maxSessions(): number;
  credentials(): Credentials;
  /** False while the camera is off the network: its connections are cut and new requests get no answer. */
  reachable(): boolean;
}

export interface RtspServerDeps {
  host: string;
  /** 0 takes a free one. */
  port: number;
  clock: Clock;
  log: Log;
  camera(id: string): RtspCamera | undefined;
}

/** Many cameras on one RTSP port (RFC 2326): rtsp://host:port/<cameraId>/main and /sub, over UDP or interleaved in TCP. */
export interface RtspServer {
  /** The port it listens on. Rejects when the port is taken. */
  start(): Promise<number>;
  stop(): Promise<void>;
  /** Cuts every connection that plays this camera. */
  drop(cameraId: string): void;
  /** Viewers playing now, by camera. */
  viewers(cameraId: string): number;
}

const methods = 'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER';
const reasons: Record<number, string> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

interface Answer {
  status: number;
  headers?: (readonly [string, string])[];
  body?: string;
  /** Runs once the answer is written. */
  after?: () => void;
}

export function createRtspServer(deps: RtspServerDeps): RtspServer {
  const { clock, log, host } = deps;
  const auth = createDigestAuth({ clock, realm: 'Kuzet camera' });
  const connections = new Set<Socket>();
  const sessions = new Map<string, { session: RtspSession; socket: Socket; playing: boolean }>();
  const server = createServer(serve);

  function serve(socket: Socket): void {
    connections.add(socket);
    socket.setNoDelay(true);
    const parse = createRtspParser();
    let work = Promise.resolve();
    socket.on('data', (chunk: Buffer) => {
      for (const input of parse(chunk)) {
        if (input.type === 'interleaved') continue;
        work = work.then(async () => {
          if (input.type === 'request') await respond(socket, input.request);
          else socket.end('RTSP/1.0 400 Bad Request\r\n\r\n');
        });
      }
    });
    socket.on('error', (error) => log.debug({ err: error }, 'a viewer went away'));
    socket.on('close', () => {
      connections.delete(socket);
      for (const [id, entry] of sessions) if (entry.socket === socket) closeSession(id);
    });
  }

  async function respond(socket: Socket, request: RtspRequest): Promise<void> {
    const [cameraId, stream] = pathOf(request.url);
    const camera = cameraId === null ? undefined : deps.camera(cameraId);
    const delayMs = camera?.delayMs() ?? 0;
    if (delayMs > 0) await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    if (camera && !camera.reachable()) {
      socket.destroy();
      return;
    }
    const refusal = camera?.refusal() ?? null;
    if (refusal === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    let answer: Answer;
    try {
      answer = refusal === null ? await answerTo(socket, request, cameraId, stream, camera) : { status: refusal };
    } catch (error) {
      log.warn({ err: error, cameraId, method: request.method }, 'an RTSP request failed');
      answer = { status: 500 };
    }
    if (!socket.writable) return;
    const { status, headers = [], body = '', after } = answer;
    const lines = [`RTSP/1.0 ${status} ${reasons[status]}`, `CSeq: ${request.headers.get('cseq') ?? '0'}`];
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
    if (body) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    after?.();
  }

  async function answerTo(
    socket: Socket,
    request: RtspRequest,
    cameraId: string | null,
    stream: StreamName | null,
    camera: RtspCamera | undefined,
  ): Promise<Answer> {
    if (request.method === 'OPTIONS') return { status: 200, headers: [['Public', methods]] };
    if (!methods.split(', ').includes(request.method)) return { status: 501, headers: [['Public', methods]] };
    if (!camera || cameraId === null || stream === null) return { status: 404 };

    const checked = auth.check(request.headers.get('authorization'), request.method, camera.credentials());
    if (checked !== 'ok') {
      return { status: 401, headers: auth.challenges(checked).map((value) => ['WWW-Authenticate', value] as const) };
    }
    if (request.method === 'DESCRIBE' || request.method === 'SETUP') {
      const taken = [...sessions.values()].filter(({ session }) => session.cameraId === cameraId).length;
      if (taken >= camera.maxSessions()) return { status: 453 };
    }
    if (request.method === 'DESCRIBE') {
      return {
        status: 200,
        headers: [
          ['Content-Base', `${request.url.replace(/\/$/, '')}/`],
          ['Content-Type', 'application/sdp'],
        ],
        body: camera.track(stream).describe(socket.localAddress ?? host),
      };
    }
    if (request.method === 'SETUP') return setUp(socket, request, cameraId, camera.track(stream), camera);

    const id = request.headers.get('session')?.split(';')[0]?.trim();
    const entry = id === undefined ? undefined : sessions.get(id);
    if (!entry || entry.session.cameraId !== cameraId) {
      // A ping outside a session is how some clients ask whether the camera is there.
      return { status: request.method.endsWith('_PARAMETER') && id === undefined ? 200 : 454 };
    }
    const { session } = entry;
    session.touch();
    const headers: Answer['headers'] = [['Session', session.id]];
    switch (request.method) {
      case 'PLAY':
        return {
          status: 200,
          headers: [...headers, ['Range', 'npt=now-']],
          after() {
            entry.playing = true;
            session.play();
          },
        };
      case 'PAUSE':
        entry.playing = false;
        session.pause();
        return { status: 200, headers };
      case 'TEARDOWN':
        closeSession(session.id);
        return { status: 200, headers };
      default:
        return { status: 200, headers };
    }
  }

  async function setUp(
    socket: Socket,
    request: RtspRequest,
    cameraId: string,
    track: CameraTrack,
    { trouble }: RtspCamera,
  ): Promise<Answer> {
    const choice = chooseTransport(request.headers.get('transport') ?? '');
    if (!choice) return { status: 461 };
    const drop = (reason: string) => {
      log.info({ cameraId, reason }, 'viewer dropped');
      socket.destroy();
    };
    const session = await openRtspSession({ clock, cameraId, track, socket, host, trouble, drop }, choice);
    if (socket.destroyed) {
      session.close();
      return { status: 454 };
    }
    sessions.set(session.id, { session, socket, playing: false });
    return {
      status: 200,
      headers: [
        ['Transport', session.transport],
        ['Session', `${session.id};timeout=${sessionTimeoutMs / 1000}`],
      ],
    };
  }

  function closeSession(id: string): void {
    const entry = sessions.get(id);
    if (!entry) return;
    sessions.delete(id);
    entry.session.close(deps.camera(entry.session.cameraId)?.reachable() === false);
  }

  return {
    async start() {
      server.listen(deps.port, host);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const id of [...sessions.keys()]) closeSession(id);
      for (const socket of connections) socket.destroy();
      await closed;
    },
    drop(cameraId) {
      for (const { session, socket } of [...sessions.values()]) if (session.cameraId === cameraId) socket.destroy();
    },
    viewers: (cameraId) =>
      [...sessions.values()].filter(({ session, playing }) => playing && session.cameraId === cameraId).length,
  };
}

/** Camera and stream: rtsp://host:port/K-0412/main/trackID=0 is K-0412's `main`. */
function pathOf(url: string): [cameraId: string | null, stream: StreamName | null] {
  const [, path, name] = /^rtsps?:\/\/[^/]*\/([^/?#]+)(?:\/([^/?#]*))?/i.exec(url) ?? [];
  if (path === undefined) return [null, null];
  try {
    return [decodeURIComponent(path), streamNames.find((stream) => stream === name) ?? null];
  } catch {
    return [null, null];
  }
}
