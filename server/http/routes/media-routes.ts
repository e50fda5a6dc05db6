import type { Readable } from 'node:stream';
import { PtzCommand } from '@kuzet/contracts/camera.ts';
import { Id } from '@kuzet/contracts/common.ts';
import { may } from '@kuzet/contracts/user.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { leaseFor, type PtzLease } from '../../domain/ptz-lease.ts';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import { found, ProblemError } from '../problems.ts';

type EdgeAnswer =
  | { ok: true; status: number; headers: Record<string, string>; body: Readable }
  | { ok: false; detail: string };

export interface MediaRoutesDeps {
  clock: Clock;
  getCamera(id: string): Promise<{ ptz: boolean } | null>;
  edgeHttpUrl(cameraId: string): Promise<string | null>;
  camerasOfAgency(agencyId: string): Promise<string[]>;
  ask(edgeHttpUrl: string, path: string, options?: { method?: 'GET' | 'POST'; json?: unknown }): Promise<EdgeAnswer>;
}

const ById = Type.Object({ id: Id });
// One name, no folders: nothing of another path can be asked of an edge agent.
const ByFile = Type.Object({ id: Id, file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$' }) });
/** Players add what LL-HLS asks for; pages add a number against caching. */
const AnyQuery = Type.Object({});
const tags = ['cameras'];

/** Video, snapshots and movement of cameras, fetched from the edge agent that looks after them. */
export function mediaRoutes(app: HttpApp, deps: MediaRoutesDeps): void {
  const seeing = { access: ['view', 'desk'] as const };
  /** By camera. A hub that starts anew has none: nobody moves anything at that moment. */
  const leases = new Map<string, PtzLease>();

  /** @throws ProblemError that names who moves the camera. */
  function takeLease(request: FastifyRequest, camera: string): void {
    const { id: userId, displayName: name, role } = userOf(request);
    const nowMs = deps.clock.now();
    const { granted, lease } = leaseFor(leases.get(camera) ?? null, { userId, name, role }, nowMs);
    if (granted) leases.set(camera, lease);
    else {
      const seconds = Math.ceil((lease.untilMs - nowMs) / 1_000);
      throw new ProblemError('conflict', `${lease.name} (${lease.role}) moves camera ${camera} now.`, {
        'retry-after': String(seconds),
      });
    }
  }

  async function edgeOf(request: FastifyRequest, id: string): Promise<string> {
    const user = userOf(request);
    const isMine = may(user.role, 'view') || (await deps.camerasOfAgency(user.agencyId ?? '')).includes(id);
    const edge = isMine ? await deps.edgeHttpUrl(id) : null;
    if (edge !== null) return edge;
    found(isMine ? await deps.getCamera(id) : null, `camera ${id}`);
    throw new ProblemError('upstream-failed', `The edge agent of camera ${id} has not said where it serves video.`);
  }

  async function pass(
    request: FastifyRequest,
    reply: FastifyReply,
    edge: string,
    path: string,
    options?: { method: 'POST'; json: unknown },
  ): Promise<FastifyReply> {
    const answer = await deps.ask(edge, path, options);
    if (!answer.ok) throw new ProblemError('upstream-failed', answer.detail);
    if (answer.status >= 400) request.problemCode = 'upstream-failed';
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  }

  app.get(
    '/api/v1/cameras/:id/live/:file',
    {
      schema: { tags, summary: 'HLS: index.m3u8 and what it names', params: ByFile, querystring: AnyQuery },
      config: seeing,
    },
    async (request, reply) => {
      const { id, file } = request.params;
      const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
      return pass(request, reply, await edgeOf(request, id), `/cameras/${id}/live/${file}${query}`);
    },
  );
  app.get(
    '/api/v1/cameras/:id/snapshot.jpg',
    { schema: { tags, summary: 'A still, taken now', params: ById, querystring: AnyQuery }, config: seeing },
    async (request, reply) => {
      const { id } = request.params;
      return pass(request, reply, await edgeOf(request, id), `/cameras/${id}/snapshot.jpg`);
    },
  );
  app.post(
    '/api/v1/cameras/:id/ptz',
    {
      schema: { tags, summary: 'Move, stop, or go to a preset', params: ById, body: PtzCommand },
      config: { access: 'control-camera', action: 'camera.ptz' },
    },
    async (request, reply) => {
      const { id } = request.params;
      const camera = found(await deps.getCamera(id), `camera ${id}`);
      if (!camera.ptz) throw new ProblemError('not-possible-now', `Camera ${id} cannot be moved.`);
      const edge = await edgeOf(request, id);
      takeLease(request, id);
      const options = { method: 'POST' as const, json: request.body };
      return pass(request, reply, edge, `/cameras/${id}/ptz`, options);
    },
  );
  app.get(
    '/api/v1/cameras/:id/presets',
    {
      schema: { tags, summary: 'Its presets: token and name', params: ById },
      config: { access: 'control-camera' },
    },
    async (request, reply) => {
      const { id } = request.params;
      const camera = found(await deps.getCamera(id), `camera ${id}`);
      if (!camera.ptz) throw new ProblemError('not-possible-now', `Camera ${id} cannot be moved.`);
      return pass(request, reply, await edgeOf(request, id), `/cameras/${id}/presets`);
    },
  );
}
