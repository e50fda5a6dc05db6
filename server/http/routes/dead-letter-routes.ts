import type { ActionResult } from '@kuzet/contracts/actor.ts';
import { ListQuery, Page } from '@kuzet/contracts/api.ts';
import {
  DeadLetter,
  DeadLetterCounts,
  DeadLetterFilter,
  DeadLetterId,
  ReplayBody,
  ReplayResult,
} from '@kuzet/contracts/dead-letter.ts';
import { Type } from 'typebox';
import type { HttpApp } from '../http-app.ts';
import type { PageOf, PageQuery } from '../ports.ts';
import { found, unwrap } from '../problems.ts';

const strict = { additionalProperties: false };
const DeadLettersQuery = Type.Object({ ...DeadLetterFilter.properties, ...ListQuery.properties }, strict);

export interface DeadLetterRoutesDeps {
  list(query: DeadLetterFilter & PageQuery): Promise<PageOf<DeadLetter>>;
  get(id: string): Promise<DeadLetter | null>;
  counts(filter: DeadLetterFilter): Promise<DeadLetterCounts>;
  replay(body: ReplayBody): Promise<ActionResult<ReplayResult>>;
}

/** What nobody understood: to read, to count, and to send through its edge again once that has been mended. */
export function deadLetterRoutes(app: HttpApp, letters: DeadLetterRoutesDeps): void {
  const tags = ['dead-letters'];
  const config = { access: 'engineer' as const };
  app.get(
    '/api/v1/dead-letters',
    {
      schema: {
        tags,
        summary: 'Messages that could not be used, newest first; reason: their class, topic: how it begins',
        querystring: DeadLettersQuery,
        response: { 200: Page(DeadLetter) },
      },
      config,
    },
    async ({ query }) => letters.list(query),
  );
  app.get(
    '/api/v1/dead-letters/counts',
    {
      schema: {
        tags,
        summary: 'How many there are, by class of reason, edge and beginning of the topic',
        querystring: DeadLetterFilter,
        response: { 200: DeadLetterCounts },
      },
      config,
    },
    async ({ query }) => letters.counts(query),
  );
  app.get(
    '/api/v1/dead-letters/:id',
    {
      schema: {
        tags,
        summary: 'One of them',
        params: Type.Object({ id: DeadLetterId }),
        response: { 200: DeadLetter },
      },
      config,
    },
    async ({ params }) => found(await letters.get(params.id), `dead letter ${params.id}`),
  );
  app.post(
    '/api/v1/dead-letters/replay',
    {
      schema: {
        tags,
        summary: 'Send some through their edge again; what they say is stored as history and raises nothing',
        body: ReplayBody,
        response: { 200: ReplayResult },
      },
      config: { ...config, action: 'dead-letter.replay' },
    },
    async ({ body }) => unwrap(await letters.replay(body)),
  );
}
