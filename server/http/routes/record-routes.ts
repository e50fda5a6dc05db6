import { ListQuery, Page, Statistics } from '@kuzet/contracts/api.ts';
import { Nullable, Timestamp } from '@kuzet/contracts/common.ts';
import { type Static, Type } from 'typebox';
import type { HttpApp } from '../http-app.ts';
import type { PageOf } from '../ports.ts';

const strict = { additionalProperties: false };
const AuditQuery = Type.Object(
  {
    ...ListQuery.properties,
    actor: Type.Optional(Type.String()),
    action: Type.Optional(Type.String()),
    subject: Type.Optional(Type.String()),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
  },
  strict,
);
export const AuditRecord = Type.Object({
  id: Type.String(),
  at: Timestamp,
  actor: Type.String(),
  role: Nullable(Type.String()),
  action: Type.String(),
  subject: Nullable(Type.String()),
  address: Nullable(Type.String()),
  outcome: Type.String(),
});
const StatisticsQuery = Type.Object({ from: Type.Optional(Timestamp), to: Type.Optional(Timestamp) }, strict);

export interface RecordRoutesDeps {
  listAudit(query: Static<typeof AuditQuery>): Promise<PageOf<Static<typeof AuditRecord>>>;
  statistics(query: Static<typeof StatisticsQuery>): Promise<Static<typeof Statistics>>;
}

/** What the hub has on record: who did what, and figures. */
export function recordRoutes(app: HttpApp, deps: RecordRoutesDeps): void {
  app.get(
    '/api/v1/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'Who did what, newest first',
        querystring: AuditQuery,
        response: { 200: Page(AuditRecord) },
      },
      config: { access: 'read-audit' },
    },
    async ({ query }) => deps.listAudit(query),
  );
  app.get(
    '/api/v1/statistics',
    {
      schema: {
        tags: ['statistics'],
        summary: 'Figures of a span; the last 24 hours unless said otherwise. Drills are left out',
        querystring: StatisticsQuery,
        response: { 200: Statistics },
      },
      config: { access: 'view' },
    },
    async ({ query }) => deps.statistics(query),
  );
}
