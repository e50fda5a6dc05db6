import { createHash, timingSafeEqual } from 'node:crypto';
import { PtzCommand } from '@kuzet/contracts/camera.ts';
import type { Problem } from '@kuzet/contracts/common.ts';
import { type ProblemCode, problemCodes } from '@kuzet/contracts/errors.ts';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { Compile } from 'typebox/compile';
import type { HlsPackager, PlaylistPlace } from '../video/hls-packager.ts';
import { IntakeError } from '../video/intake-error.ts';
import type { CameraFleet, FleetCamera } from './camera-fleet.ts';
import type { CameraSession } from './camera-session.ts';
import { fetchSnapshot } from './snapshot.ts';

export interface MediaRoutesOptions {
  cameras: CameraFleet;
  /** What the hub must send as `Authorization: Bearer`. */
  token: string;
}

interface CameraRequest {
  Params: { id: string };
}
interface PieceRequest {
  Params: { id: string; number: string };
}
interface PartRequest {
  Params: { id: string; number: string; part: string };
}
interface PlaylistRequest extends CameraRequest {
  Querystring: { _HLS_msn?: string; _HLS_part?: string };
}

// Fastify's own validation would strip the properties of one command while it tries the shape of another.
const ptzCommand = Compile(PtzCommand);
/** As long a player is kept waiting for what comes next. Pictures that come slower than this are none of a live camera. */
const patienceMs = 3_500;
/** A piece's address means the same bytes for ever, but it is of no use once it has left the playlist. */
const pieceCaching = 'private, max-age=60, immutable';

/** Video, snapshots and PTZ of the site's cameras, for the hub. */
export async function mediaRoutes(fastify: FastifyInstance, { cameras, token }: MediaRoutesOptions): Promise<void> {
  const expected = digest(`Bearer ${token}`);

  fastify.addHook('onRequest', async (request, reply) => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      reply.header('www-authenticate', 'Bearer');
      return problem(reply, 'sign-in-needed', 'Sign in', 'The edge agent wants its bearer token');
    }
  });
  fastify.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      request.log.error({ err: error }, 'media request failed');
      return problem(reply, 'internal', 'The request failed', 'See the log of the edge agent');
    }
    return problem(reply, status === 413 ? 'too-large' : 'invalid-request', 'The request failed', error.message);
  });

  fastify.get('/cameras', async () => ({ items: cameras.list(), nextCursor: null }));

  fastify.get<PlaylistRequest>('/cameras/:id/live/index.m3u8', async ({ params, query }, reply) => {
    const camera = cameras.get(params.id);
    if (!camera) return unknownCamera(reply, params.id);
    const { packager } = camera.session;
    const place = placeAsked(query);
    if (place === 'wrong')
      return problem(reply, 'invalid-request', 'No such place', '_HLS_msn and _HLS_part count from 0');
    if (place && packager.find(place) === 'beyond')
      return problem(reply, 'invalid-request', 'Too far ahead', 'Ask for what comes next; read the playlist');
    if (place && !(await listed(packager, place))) return noPicture(reply, camera);
    const playlist = await readPlaylist(camera.session);
    if (playlist === null) return noPicture(reply, camera);
    return reply.type('application/vnd.apple.mpegurl').send(playlist);
  });

  fastify.get<PartRequest>(
    '/cameras/:id/live/part-:number(^\\d{1,15}).:part(^\\d{1,6}).m4s',
    async ({ params }, reply) => {
      const camera = cameras.get(params.id);
      if (!camera) return unknownCamera(reply, params.id);
      const { packager } = camera.session;
      const [sequence, part] = [Number(params.number), Number(params.part)];
      if (packager.find({ sequence, part }) === 'next') await listed(packager, { sequence, part });
      return piece(reply, packager.part(sequence, part));
    },
  );

  for (const [path, kind] of [
    ['/cameras/:id/live/init-:number(^\\d{1,15}).mp4', 'init'],
    ['/cameras/:id/live/seg-:number(^\\d{1,15}).m4s', 'segment'],
  ] as const) {
    fastify.get<PieceRequest>(path, async ({ params }, reply) => {
      const camera = cameras.get(params.id);
      if (!camera) return unknownCamera(reply, params.id);
      return piece(reply, camera.session.packager[kind](Number(params.number)));
    });
  }

  fastify.get<CameraRequest>('/cameras/:id/snapshot.jpg', async ({ params }, reply) => {
    const camera = cameras.get(params.id);
    if (!camera) return unknownCamera(reply, params.id);
    const { username, password, onvif } = camera.session.camera;
    return tryCamera(reply, async () => {
      const url = await camera.onvif?.getSnapshotUri();
      if (!url || !onvif) return problem(reply, 'not-found', 'No snapshot', 'This camera has no snapshot address');
      const credentials = username === undefined ? null : { username, password: password ?? '' };
      const jpeg = await fetchSnapshot({ url, host: new URL(onvif.address).hostname, credentials });
      return reply.type('image/jpeg').send(jpeg);
    });
  });

  fastify.get<CameraRequest>('/cameras/:id/presets', async ({ params }, reply) => {
    const camera = cameras.get(params.id);
    if (!camera) return unknownCamera(reply, params.id);
    const { onvif, session } = camera;
    if (!session.camera.ptz || !onvif)
      return problem(reply, 'not-possible-now', 'Fixed camera', 'This camera cannot be moved');
    return tryCamera(reply, async () => reply.send({ items: await onvif.getPresets(), nextCursor: null }));
  });

  fastify.post<CameraRequest>('/cameras/:id/ptz', async ({ params, body }, reply) => {
    const camera = cameras.get(params.id);
    if (!camera) return unknownCamera(reply, params.id);
    const { onvif, session } = camera;
    if (!session.camera.ptz || !onvif)
      return problem(reply, 'not-possible-now', 'Fixed camera', 'This camera cannot be moved');
    if (!ptzCommand.Check(body)) {
      const errors = ptzCommand.Errors(body).map(({ instancePath, message }) => ({ path: instancePath, message }));
      return problem(reply, 'invalid-request', 'Not a PTZ command', 'Send move, stop or preset', errors);
    }
    return tryCamera(reply, async () => {
      await onvif.ptz(body);
      return reply.code(204).send();
    });
  });
}

/** What a player of low-latency HLS waits for; null when it waits for nothing. */
function placeAsked({
  _HLS_msn: msn,
  _HLS_part: part,
}: PlaylistRequest['Querystring']): PlaylistPlace | null | 'wrong' {
  if (msn === undefined) return part === undefined ? null : 'wrong';
  const count = /^\d{1,15}$/;
  if (!count.test(msn) || (part !== undefined && !count.test(part))) return 'wrong';
  return { sequence: Number(msn), part: part === undefined ? null : Number(part) };
}

/** Waits for the next place of a playlist. @returns false when it did not come. */
async function listed(packager: HlsPackager, place: PlaylistPlace): Promise<boolean> {
  await whileGrowing(packager, () => packager.find(place) === 'next');
  return packager.find(place) === 'listed';
}

/** The first who reads it waits for the first segment, of a camera that sends. */
async function readPlaylist({ packager, status }: CameraSession): Promise<string | null> {
  const isFirst = packager.playlist() === null && status().state === 'live';
  if (isFirst) await whileGrowing(packager, () => packager.playlist() === null);
  return packager.playlist();
}

async function whileGrowing(packager: HlsPackager, isWaiting: () => boolean): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  for (let grew = true; grew && isWaiting(); ) {
    grew = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        forget();
        resolve(false);
      }, untilMs - performance.now());
      const forget = packager.onChange(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}

function piece(reply: FastifyReply, bytes: Buffer | null): FastifyReply {
  if (!bytes) return problem(reply, 'not-found', 'No such piece', 'It has left the live window; read the playlist');
  return reply.type('video/mp4').header('cache-control', pieceCaching).send(bytes);
}

function noPicture(reply: FastifyReply, { session }: FleetCamera): FastifyReply {
  const { state, lastError } = session.status();
  if (state === 'disabled')
    return problem(reply, 'not-possible-now', 'Camera out of service', 'It is disabled in the site file');
  reply.header('retry-after', '1');
  return problem(reply, 'not-ready', 'No picture now', lastError ?? 'The first segment is not whole yet');
}

async function tryCamera(reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IntakeError)) throw error;
    return problem(reply, 'upstream-failed', 'The camera did not do it', error.message);
  }
}

const unknownCamera = (reply: FastifyReply, id: string): FastifyReply =>
  problem(reply, 'not-found', 'No such camera', `This edge agent has no camera ${id}`);

function problem(
  reply: FastifyReply,
  code: ProblemCode,
  title: string,
  detail: string,
  errors?: Problem['errors'],
): FastifyReply {
  const status = problemCodes[code];
  const body: Problem = { type: 'about:blank', title, status, code, detail, ...(errors && { errors }) };
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body));
}

/** Equal lengths for timingSafeEqual, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
