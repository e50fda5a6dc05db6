import { Health, Readiness } from '@kuzet/contracts/api.ts';
import type { HttpApp } from '../http-app.ts';

export interface HealthRoutesDeps {
  version: string;
  /** True while something that the hub can work without does not work. */
  degraded(): boolean;
  /** Checks that decide readiness, and others for information. */
  readiness(): Promise<Readiness>;
}

/** For parents, orchestrators and people: does it live, can it work. */
export function healthRoutes(app: HttpApp, deps: HealthRoutesDeps): void {
  app.get(
    '/healthz',
    {
      schema: { tags: ['health'], summary: 'The process lives', response: { 200: Health } },
      config: { access: 'open' },
    },
    async () => ({
      status: deps.degraded() ? ('degraded' as const) : ('ok' as const),
      process: 'hub',
      pid: process.pid,
      version: deps.version,
    }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'The hub can do its work',
        response: { 200: Readiness, 503: Readiness },
      },
      config: { access: 'open' },
    },
    async (_request, reply) => {
      const readiness = await deps.readiness();
      return reply.code(readiness.ready ? 200 : 503).send(readiness);
    },
  );
}
