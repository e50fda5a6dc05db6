import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ClipRequest } from '@kuzet/contracts/evidence.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Compile } from 'typebox/compile';
import type { ClipRecorder } from '../video/clip-recorder.ts';

export interface ClipRoutesOptions {
  clips: ClipRecorder;
  knows(camera: string): boolean;
  refuse(reply: FastifyReply, code: 'not-found' | 'invalid-request' | 'not-possible-now', detail: string): FastifyReply;
}
interface OfClip {
  Params: { id: string; clip: string; part: string };
}

const clipRequest = Compile(ClipRequest);

/** Clips of a camera, for the hub: asked for, described, fetched. The agent's HTTP asks for the token before. */
export async function clipRoutes(fastify: FastifyInstance, { clips, knows, refuse }: ClipRoutesOptions): Promise<void> {
  fastify.post<OfClip>('/cameras/:id/clips', async ({ params, body }, reply) => {
    if (!knows(params.id)) return refuse(reply, 'not-found', `This edge agent has no camera ${params.id}`);
    if (!clipRequest.Check(body)) return refuse(reply, 'invalid-request', 'Send id, fromMs and toMs');
    const answer = await clips.request(params.id, body);
    if (!answer.ok) return refuse(reply, 'not-possible-now', answer.detail);
    return reply.code(answer.clip.state === 'recording' ? 202 : 200).send(answer.clip);
  });
  fastify.get<OfClip>('/cameras/:id/clips/:clip', async ({ params }, reply) => {
    const clip = clips.get(params.id, params.clip);
    return clip ?? refuse(reply, 'not-found', 'There is no such clip; it may have been deleted');
  });
  fastify.get<OfClip>('/cameras/:id/clips/:clip/:part', async ({ params }, reply) => {
    const path = clips.partPath(params.id, params.clip, params.part);
    const size = path === null ? null : await sizeOf(path);
    if (path === null || size === null) return refuse(reply, 'not-found', 'There is no such part of a clip');
    if (clips.get(params.id, params.clip)?.state === 'recording')
      return refuse(reply, 'not-possible-now', 'The clip is still being recorded');
    return reply.type('video/mp4').header('content-length', size).send(createReadStream(path));
  });
}

/** Null where there is no such file: the agent is deleting the clip at this moment. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
