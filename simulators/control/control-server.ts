import type { ProblemCode } from '@kuzet/contracts/errors.ts';
import { problemCodes } from '@kuzet/contracts/errors.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { CameraFarm } from '../camera/camera-farm.ts';
import { BehaviourPatch } from '../receivers/behaviour.ts';
import type { Endpoint, Receiver } from '../receivers/receiver.ts';
import type { ScenarioPlayer } from '../scenarios/player.ts';
import type { ScenarioFile } from '../scenarios/scenario-file.ts';
import type { SensorGateways } from '../sensors/sensor-gateways.ts';
import type { FaultDesk } from './fault-desk.ts';
import { checked, ProblemError, problemDocument } from './problem.ts';

const strict = { additionalProperties: false };
const target = Type.String({ minLength: 1, maxLength: 64 });
/** One target, or several that break at the same moment. */
const FaultBody = Type.Object(
  {
    target: Type.Optional(target),
    targets: Type.Optional(Type.Array(target, { minItems: 1, maxItems: 1000, uniqueItems: true })),
    kind: Type.String({ minLength: 1, maxLength: 40 }),
    seconds: Type.Number({ exclusiveMinimum: 0, maximum: 86_400 }),
    params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  strict,
);
const ClipBody = Type.Object({ clip: Type.String({ minLength: 1, maxLength: 100 }) }, strict);

export interface ControlDeps {
  version: string;
  scenarios: ReadonlyMap<string, ScenarioFile>;
  player: ScenarioPlayer;
  faults: FaultDesk;
  receivers: ReadonlyMap<string, Receiver>;
  farm: Pick<CameraFarm, 'list' | 'setClip'>;
  isCamera(id: string): boolean;
  gateways: Pick<SensorGateways, 'counts'>;
  clock: Clock;
  log: Log;
}

/** The simulators' control API. No sign-in: it is for loopback. */
export function createControlServer(deps: ControlDeps): FastifyInstance {
  const { player, scenarios, faults, receivers, farm, isCamera, gateways, clock, log } = deps;
  const server = Fastify({ logger: false, bodyLimit: 1_048_576, forceCloseConnections: true });

  server.setErrorHandler((err: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const problem =
      err instanceof ProblemError
        ? problemDocument(err.code, err.message, err.errors)
        : problemDocument(codeOfStatus(err.statusCode), err.statusCode ? err.message : 'unexpected failure');
    if (problem.status >= 500) log.error({ err }, 'a control request failed');
    reply.code(problem.status).type('application/problem+json').send(problem);
  });
  server.setNotFoundHandler((request, reply) => {
    const problem = problemDocument('not-found', `${request.method} ${request.url.split('?')[0]}: no such address`);
    reply.code(404).type('application/problem+json').send(problem);
  });
  const receiverOf = (name: string): Receiver => {
    const receiver = receivers.get(name);
    if (!receiver)
      throw new ProblemError('not-found', `no receiver ${name}; there are ${[...receivers.keys()].join(', ')}`);
    return receiver;
  };

  server.get('/healthz', async () => ({
    status: 'ok',
    process: 'simulators',
    pid: process.pid,
    version: deps.version,
    sensors: gateways.counts(),
  }));

  server.get('/scenarios', async () => ({
    items: [...scenarios.values()].map(({ name, title, background, repeat, episodes }) => ({
      name,
      title,
      background,
      repeat,
      episodes: episodes.map(({ id, title: episodeTitle, lastsS }) => ({ id, title: episodeTitle, lastsS })),
    })),
    running: player.running(),
  }));
  server.post<{ Params: { name: string } }>('/scenarios/:name/run', async (request, reply) => {
    const result = player.run(request.params.name);
    if (!result.ok) throw new ProblemError(result.code, result.detail);
    return reply.code(202).send(result.state);
  });
  server.post('/scenarios/stop', async () => ({ ...player.stop(), running: player.running() }));

  server.post('/faults', async (request, reply) => {
    const { target, targets, kind, seconds, params } = checked(FaultBody, request.body);
    if ((target === undefined) === (targets === undefined)) {
      throw new ProblemError('invalid-request', 'name target, or targets');
    }
    const broken = faults.breakFor(targets ?? [target!], kind, seconds, params);
    return reply.code(202).send({ ...(target === undefined ? {} : { target }), ...broken });
  });

  server.get('/cameras', async () => ({ items: farm.list() }));
  server.post<{ Params: { id: string } }>('/cameras/:id/clip', async (request) => {
    const { id } = request.params;
    if (!isCamera(id)) throw new ProblemError('not-found', `no camera ${id}`);
    const { clip } = checked(ClipBody, request.body);
    const result = farm.setClip(id, clip);
    if (result !== 'done') throw new ProblemError('invalid-request', clipRefusals[result]);
    return { id, clip };
  });

  server.get('/receivers', async () => ({
    items: [...receivers.values()].map((receiver) => ({
      name: receiver.name,
      webhook: `/receivers/${receiver.name}/webhook`,
      drill: `/receivers/${receiver.name}/drill`,
      behaviour: receiver.behaviour(),
      requests: receiver.requests().length,
    })),
  }));
  server.get<{ Params: { name: string } }>('/receivers/:name/requests', async (request) => ({
    items: receiverOf(request.params.name).requests(),
  }));
  server.post<{ Params: { name: string } }>('/receivers/:name/behaviour', async (request) =>
    receiverOf(request.params.name).change(checked(BehaviourPatch, request.body)),
  );

  // Webhooks are verified over the bytes that came: no parser may touch them.
  server.register(async (webhooks) => {
    webhooks.removeAllContentTypeParsers();
    webhooks.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    webhooks.post<{ Params: { name: string; endpoint: Endpoint } }>(
      '/receivers/:name/:endpoint(^webhook|drill$)',
      async (request, reply) => {
        const { name, endpoint } = request.params;
        const receiver = receiverOf(name);
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(', ') : (value ?? ''),
          ]),
        );
        const { status, delayMs } = receiver.handle(
          endpoint,
          headers,
          Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        );
        if (delayMs > 0) await new Promise<void>((resolve) => clock.after(delayMs, resolve));
        if (status === null) {
          // Left hanging: the connection ends with the caller's patience, or with this process.
          reply.hijack();
          return reply;
        }
        return reply.code(status).send();
      },
    );
  });
  return server;
}

const clipRefusals = {
  'unknown-camera': 'no such camera',
  'unknown-clip': 'no such clip; npm run clips renders them',
  'other-size': 'this clip has another size than what the camera shows',
};

function codeOfStatus(status = 500): ProblemCode {
  const found = Object.entries(problemCodes).find(([, carried]) => carried === status);
  if (found) return found[0] as ProblemCode;
  return status < 500 ? 'invalid-request' : 'internal';
}
