import type { ActionResult } from '@kuzet/contracts/actor.ts';
import { AgencyPatch, NewAgency, Page } from '@kuzet/contracts/api.ts';
import { Id } from '@kuzet/contracts/common.ts';
import { Agency } from '@kuzet/contracts/dispatch.ts';
import { may } from '@kuzet/contracts/user.ts';
import { type Static, Type } from 'typebox';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import { found, unwrap } from '../problems.ts';

export interface AgencyRoutesDeps {
  list(): Promise<Agency[]>;
  create(body: NewAgency): Promise<ActionResult<Agency>>;
  patch(id: string, body: Static<typeof AgencyPatch>): Promise<ActionResult<Agency>>;
  /** A new token for the agency's own system. Given out once. */
  createToken(agency: Agency): Promise<string>;
  /** Ends every token of the agency's own system. */
  endTokens(agency: Agency): Promise<void>;
}

const tags = ['agencies'];
const ById = Type.Object({ id: Id });

/** Agencies that incidents are handed to. Their webhook secrets go in and never come out. */
export function agencyRoutes(app: HttpApp, agencies: AgencyRoutesDeps): void {
  const manage = (action: string) => ({ access: 'manage-agencies' as const, action });
  const get = async (id: string) =>
    found(
      (await agencies.list()).find((agency) => agency.id === id),
      `agency ${id}`,
    );

  app.get(
    '/api/v1/agencies',
    {
      schema: { tags, summary: 'All agencies; an agency sees itself', response: { 200: Page(Agency) } },
      config: { access: ['view', 'desk'] },
    },
    async (request) => {
      const { role, agencyId } = userOf(request);
      const all = await agencies.list();
      return { items: may(role, 'view') ? all : all.filter(({ id }) => id === agencyId), nextCursor: null };
    },
  );
  app.get(
    '/api/v1/agencies/:id',
    { schema: { tags, summary: 'One agency', params: ById, response: { 200: Agency } }, config: { access: 'view' } },
    async ({ params }) => get(params.id),
  );
  app.post(
    '/api/v1/agencies',
    {
      schema: { tags, summary: 'Add an agency', body: NewAgency, response: { 201: Agency } },
      config: manage('agency.create'),
    },
    async (request, reply) => {
      request.auditSubject = request.body.id;
      return reply.code(201).send(unwrap(await agencies.create(request.body)));
    },
  );
  app.patch(
    '/api/v1/agencies/:id',
    {
      schema: {
        tags,
        summary: 'Change an agency; a new secret leaves the old one valid for a while',
        params: ById,
        body: AgencyPatch,
        response: { 200: Agency },
      },
      config: manage('agency.change'),
    },
    async ({ params, body }) => unwrap(await agencies.patch(params.id, body)),
  );
  app.post(
    '/api/v1/agencies/:id/token',
    {
      schema: {
        tags,
        summary: 'A token for the agency’s own system, shown once',
        params: ById,
        response: { 201: Type.Object({ token: Type.String() }) },
      },
      config: manage('agency.token-create'),
    },
    async ({ params }, reply) => {
      const token = await agencies.createToken(await get(params.id));
      return reply.code(201).send({ token });
    },
  );
  app.delete(
    '/api/v1/agencies/:id/token',
    {
      schema: { tags, summary: 'End every token of the agency’s system', params: ById, response: { 204: Type.Null() } },
      config: manage('agency.tokens-end'),
    },
    async ({ params }, reply) => {
      await agencies.endTokens(await get(params.id));
      return reply.code(204).send(null);
    },
  );
}
