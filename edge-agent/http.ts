import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Problem } from '@kuzet/contracts/common.ts';
import { type ProblemCode, problemCodes } from '@kuzet/contracts/errors.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import fastify, { type FastifyError, type FastifyReply } from 'fastify';
import type { CameraFleet } from './cameras/camera-fleet.ts';
import { clipRoutes } from './cameras/clip-routes.ts';
import { createLiveSockets } from './cameras/live-sockets.ts';
import { mediaRoutes } from './cameras/media-routes.ts';
import { type ReplayRoutesDeps, replayRoutes } from './intake/replay-routes.ts';
import { type ProvisioningRoutesDeps, provisioningRoutes } from './provisioning/provisioning-routes.ts';
import type { ClipRecorder } from './video/clip-recorder.ts';

export interface HttpDeps {
  version: string;
  cameras: CameraFleet;
  /** What the hub sends as `Authorization: Bearer`. */
  token: string;
  /** False makes /healthz say `degraded`. */
  healthy(): boolean;
  /** Figures for whoever has the token. */
  status(): Record<string, unknown>;
  clips: ClipRecorder;
  replay: Omit<ReplayRoutesDeps, 'refuse'>;
  provisioning: Omit<ProvisioningRoutesDeps, 'refuse'>;
  clock: Clock;
  log: Log;
}

/**
 * The edge agent's HTTP: `/healthz` open, `/status`, video, provisioning and replay for the hub's token; all else is 401 without it.
 * @throws StartError when the port cannot be taken.
 */
export async function startHttp(
  { host, port }: { host: string; port: number },
  { version, cameras, token, healthy, status, clips, replay, provisioning, clock, log }: HttpDeps,
): Promise<{ port: number; close(): Promise<void> }> {
  const app = fastify({ logger: false, bodyLimit: 65_536, forceCloseConnections: true });
  const expected = digest(`Bearer ${token}`);

  app.get('/healthz', async () => ({
    status: healthy() ? 'ok' : 'degraded',
    process: 'edge-agent',
    pid: process.pid,
    version,
  }));
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === '/healthz') return;
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return;
    reply.header('www-authenticate', 'Bearer');
    return problem(reply, 'sign-in-needed', 'Sign in', 'The edge agent wants its bearer token');
  });
  app.get('/status', async () => status());
  app.setNotFoundHandler((_request, reply) => problem(reply, 'not-found', 'Not found', 'There is nothing here'));
  app.setErrorHandler((err: FastifyError, _request, reply) => {
    if ((err.statusCode ?? 500) < 500) return problem(reply, 'invalid-request', 'The request failed', err.message);
    log.error({ err }, 'request failed');
    return problem(reply, 'internal', 'The request failed', 'See the log of the edge agent');
  });
  await app.register(mediaRoutes, { cameras, token });
  await app.register(clipRoutes, {
    clips,
    knows: (camera: string) => cameras.get(camera) !== null,
    refuse: (reply: FastifyReply, code: ProblemCode, detail: string) =>
      problem(reply, code, 'The request was refused', detail),
  });
  await app.register(replayRoutes, {
    ...replay,
    refuse: (reply, code, detail) => problem(reply, code, 'The request was refused', detail),
  });
  await app.register(provisioningRoutes, {
    ...provisioning,
    refuse: (reply, code, detail) => problem(reply, code, 'The request was refused', detail),
  });

  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    const { code } = cause as NodeJS.ErrnoException;
    const what = `The edge agent's HTTP cannot listen on ${host}:${port}`;
    const how = 'KUZET_EDGE_HTTP_PORT (http.port)';
    throw new StartError(
      code === 'EADDRINUSE'
        ? `${what}: the port is taken. Stop what listens there, or choose another with ${how}.`
        : `${what} (${code}). Check http.host and ${how}.`,
      { cause },
    );
  }
  const sockets = createLiveSockets({ server: app.server, watch: cameras.watch, token, clock, log });
  const close = () => {
    sockets.stop();
    return app.close();
  };
  return { port: (app.server.address() as AddressInfo).port, close };
}

function problem(reply: FastifyReply, code: ProblemCode, title: string, detail: string): FastifyReply {
  const status = problemCodes[code];
  const body: Problem = { type: 'about:blank', title, status, code, detail };
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body));
}

/** Equal lengths for timingSafeEqual, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
