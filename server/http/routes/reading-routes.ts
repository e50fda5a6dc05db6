import { Readings, ReadingsQuery } from '@kuzet/contracts/api.ts';
import type { Static } from 'typebox';
import type { HttpApp } from '../http-app.ts';
import { found, ProblemError } from '../problems.ts';

export interface ReadingRoutesDeps {
  read(query: Static<typeof ReadingsQuery>): Promise<Readings>;
  getDevice(id: string): Promise<unknown>;
}

/** What a device measured, raw or in buckets. */
export function readingRoutes(app: HttpApp, deps: ReadingRoutesDeps): void {
  app.get(
    '/api/v1/readings',
    {
      schema: {
        tags: ['readings'],
        summary: 'Readings of one device and metric, oldest first',
        description:
          'With `bucket`, a list in pages. Without, the finest level that fits into `maxPoints`: the readings themselves, ' +
          'or minutes, hours or days, neighbours merged; `bucket` and `stepS` of the answer say which. Minimum and ' +
          'maximum of every bucket are exact, so no peak is lost. Buckets are whole and in UTC, and hold numbers and yes/no ' +
          '(1 and 0); words are given as they are. A bucket belongs to the answer when any of it lies within.',
        querystring: ReadingsQuery,
        response: { 200: Readings },
      },
      config: { access: 'view' },
    },
    async ({ query }) => {
      found(await deps.getDevice(query.deviceId), `device ${query.deviceId}`);
      try {
        return await deps.read(query);
      } catch (error) {
        if (error instanceof RangeError) throw new ProblemError('invalid-request', error.message);
        throw error;
      }
    },
  );
}
