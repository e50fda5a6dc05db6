// Clips of an edge agent as a process of its own, for tests that kill it: recorder and routes over one camera, `cam-1`,
// that sends real H.264 by the wall clock. Argument: one JSON of `ChildClips`. Says `up` when it answers.
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import Fastify from 'fastify';
import { clipRoutes } from '../cameras/clip-routes.ts';
import { createClipRecorder } from '../video/clip-recorder.ts';
import { createEventRing, createRingBudget } from '../video/event-ring.ts';
import { readH264 } from './h264-pictures.ts';

export interface ChildClips {
  folder: string;
  port: number;
  /** Made by `encodeH264`, a whole number of groups; it is sent over and over. */
  source: string;
  fps: number;
  /** The camera sends nothing from then to then, epoch ms. */
  silent?: [fromMs: number, toMs: number];
}

const { folder, port, source, fps, silent } = JSON.parse(process.argv[2] as string) as ChildClips;
const pictures = readH264(source, { fps, startMs: 0 });
const stepMs = 1_000 / fps;
const maxBytes = 50_000_000;
const ring = createEventRing({ ringMs: 20_000, maxBytes, budget: createRingBudget(maxBytes) });

const first = Math.floor(Date.now() / stepMs);
let next = first;
let waitsForKey = true;
setInterval(() => {
  for (; next * stepMs <= Date.now(); next++) {
    const captureTimeMs = Math.round(next * stepMs);
    const picture = pictures[next % pictures.length]!;
    if (silent && captureTimeMs >= silent[0] && captureTimeMs < silent[1]) waitsForKey = true;
    else if (picture.keyFrame) waitsForKey = false;
    if (waitsForKey) continue;
    ring.push({ ...picture, captureTimeMs, ptsTicks: (next - first) * (90_000 / fps) });
  }
}, stepMs / 2);

const clips = createClipRecorder({
  folder,
  clock: systemClock,
  log: silentLog,
  camera: (id) => (id === 'cam-1' ? { ring, whyLost: () => null } : null),
  keepMs: 3_600_000,
  maxBytes: 1_000_000_000,
});
await clips.start();
const app = Fastify();
await app.register(clipRoutes, {
  clips,
  knows: (id: string) => id === 'cam-1',
  refuse: (reply, code, detail) => reply.code(code === 'not-found' ? 404 : 409).send({ detail }),
});
app.get('/cameras/:id/snapshot.jpg', async (_request, reply) =>
  reply.type('image/jpeg').send(Buffer.from([0xff, 0xd8, 0xff, 0xd9])),
);
await app.listen({ port, host: '127.0.0.1' });
process.stdout.write('up\n');
