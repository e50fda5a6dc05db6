import { ListQuery, Page } from '@kuzet/contracts/api.ts';
import { Id } from '@kuzet/contracts/common.ts';
import { Gap } from '@kuzet/contracts/gap.ts';
import { Type } from 'typebox';
import type { HttpApp } from '../http-app.ts';
import type { PageOf, PageQuery } from '../ports.ts';

const GapsQuery = Type.Object({ ...ListQuery.properties, edgeId: Type.Optional(Id) }, { additionalProperties: false });

export interface GapRoutesDeps {
  list(query: PageQuery & { edgeId?: string }): Promise<PageOf<Gap>>;
}

/** What edges took in and could not keep. */
export function gapRoutes(app: HttpApp, gaps: GapRoutesDeps): void {
  app.get(
    '/api/v1/gaps',
    {
      schema: {
        tags: ['gaps'],
        summary: 'Items of edges that exist nowhere any more, newest first',
        querystring: GapsQuery,
        response: { 200: Page(Gap) },
      },
      config: { access: 'view' },
    },
    async ({ query }) => gaps.list(query),
  );
}
