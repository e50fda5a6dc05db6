import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import { AcceptBody, CompleteBody, Page, RejectBody, UpdateBody } from '@kuzet/contracts/api.ts';
import { Id } from '@kuzet/contracts/common.ts';
import { Dispatch } from '@kuzet/contracts/dispatch.ts';
import { type Static, type TObject, Type } from 'typebox';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import { actorOf, type Listing } from '../ports.ts';
import { unwrap } from '../problems.ts';

const DispatchesQuery = Type.Object(
  {
    incidentId: Type.Optional(Type.String()),
    agencyId: Type.Optional(Id),
    state: Type.Optional(Type.String()),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    cursor: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
type Act<B extends TObject> = (id: string, body: Static<B>, actor: Actor) => Promise<ActionResult<Dispatch>>;

export interface DispatchRoutesDeps {
  list(query: Static<typeof DispatchesQuery>, actor: Actor): Listing<Dispatch>;
  get(id: string, actor: Actor): Promise<ActionResult<Dispatch>>;
  accept: Act<typeof AcceptBody>;
  reject: Act<typeof RejectBody>;
  update: Act<typeof UpdateBody>;
  complete: Act<typeof CompleteBody>;
  redeliver(id: string, actor: Actor): Promise<ActionResult<Dispatch>>;
}

const tags = ['dispatches'];
const ById = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** Dispatches. Only the agency itself, a dispatcher at its desk or its own system, answers for it. */
export function dispatchRoutes(app: HttpApp, dispatches: DispatchRoutesDeps): void {
  app.get(
    '/api/v1/dispatches',
    {
      schema: {
        tags,
        summary: 'Dispatches; an agency sees its own',
        querystring: DispatchesQuery,
        response: { 200: Page(Dispatch) },
      },
      config: { access: ['view', 'desk'] },
    },
    async (request) => unwrap(await dispatches.list(request.query, actorOf(userOf(request)))),
  );
  app.get(
    '/api/v1/dispatches/:id',
    {
      schema: { tags, summary: 'One dispatch', params: ById, response: { 200: Dispatch } },
      config: { access: ['view', 'desk'] },
    },
    async (request) => unwrap(await dispatches.get(request.params.id, actorOf(userOf(request)))),
  );

  const answer = <B extends TObject>(name: string, summary: string, body: B, act: Act<B>) =>
    app.post(
      `/api/v1/dispatches/:id/${name}`,
      {
        schema: { tags, summary, params: ById, body: body as TObject, response: { 200: Dispatch } },
        config: { access: 'desk', action: `dispatch.${name}` },
      },
      async (request) =>
        unwrap(await act((request.params as { id: string }).id, request.body as Static<B>, actorOf(userOf(request)))),
    );
  answer('accept', 'The agency takes it', AcceptBody, dispatches.accept);
  answer('reject', 'The agency does not take it, and why', RejectBody, dispatches.reject);
  answer('update', 'On the way, on scene, another unit', UpdateBody, dispatches.update);
  answer('complete', 'The agency is done', CompleteBody, dispatches.complete);
  app.post(
    '/api/v1/dispatches/:id/redeliver',
    {
      schema: {
        tags,
        summary: 'Send it once more, now',
        params: ById,
        body: Type.Object({}, { additionalProperties: false }),
        response: { 200: Dispatch },
      },
      config: { access: 'operate', action: 'dispatch.redeliver' },
    },
    async (request) => unwrap(await dispatches.redeliver(request.params.id, actorOf(userOf(request)))),
  );
}
