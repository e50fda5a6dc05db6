import { randomUUID } from 'node:crypto';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { Log } from '@kuzet/lib/log.ts';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RawServerDefault } from 'fastify';
import { Type } from 'typebox';
import { type AccessDeps, guardRoutes } from './access.ts';
import { type AuditEntry, auditMutations } from './audit-hook.ts';
import { type MetricsDeps, registerMetrics } from './metrics.ts';
import { isDocsRoute, registerOpenapi } from './openapi.ts';
import { registerPages } from './pages.ts';
import { handleError, sendProblem } from './problems.ts';
import { setSecurityHeaders } from './security-headers.ts';

export type HttpApp = FastifyInstance<
  RawServerDefault,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface HttpAppDeps extends AccessDeps {
  log: Log;
  version: string;
  trustProxy: boolean;
  bodyLimitBytes: number;
  pagesDir: string;
  metrics: MetricsDeps;
  audit(entry: AuditEntry): Promise<void>;
  /** Everything under /api/v1 and the health routes. */
  routes(app: HttpApp): void;
}

const noQuery = Type.Object({}, { additionalProperties: false });

/** The hub's HTTP face, without a socket yet: `listen` is the last step of the start. */
export async function createHttpApp(deps: HttpAppDeps): Promise<HttpApp> {
  const app: HttpApp = fastify({
    loggerInstance: deps.log.child({ part: 'http' }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: deps.trustProxy,
    bodyLimit: deps.bodyLimitBytes,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    forceCloseConnections: true,
    requestTimeout: 30_000,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(TypeBoxValidatorCompiler as never);
  // Answers have their types checked when the hub is built; a second pass over each would only drop what it forgot.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('problemCode', null);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, 'not-found', 'There is nothing here.'));

  // A POST without a body says as much as one with {}.
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body as string, done);
  });
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.routeOptions.schema?.body) request.body = {};
  });

  app.addHook('onRoute', (route) => {
    if (isDocsRoute(route.url)) {
      route.config = { ...route.config, access: 'open' };
      route.schema = { ...route.schema, hide: true };
    }
    if (route.url.startsWith('/api/') && !route.schema?.querystring)
      route.schema = { ...route.schema, querystring: noQuery };
  });
  setSecurityHeaders(app);
  guardRoutes(app, deps);
  auditMutations(app, deps.audit);
  await registerOpenapi(app, deps.version);
  registerMetrics(app, deps.metrics);
  deps.routes(app);
  app.get('/openapi.json', { schema: { hide: true }, config: { access: 'open' } }, () => app.swagger());
  await registerPages(app, deps.pagesDir);
  return app;
}
