import { BucketReading, Page, RawReading, ReadingsQuery } from '@kuzet/contracts/api.ts';
import { type Static, Type } from 'typebox';
import type { HttpApp } from '../http-app.ts';
import type { PageOf } from '../ports.ts';
import { found, ProblemError } from '../problems.ts';

export interface ReadingRoutesDeps {
  read(
    query: Static<typeof ReadingsQuery>,
  ): Promise<PageOf<Static<typeof RawReading>> | PageOf<Static<typeof BucketReading>>>;
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
        querystring: ReadingsQuery,
        response: { 200: Type.Union([Page(RawReading), Page(BucketReading)]) },
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
