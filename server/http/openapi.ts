import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Problem } from '@kuzet/contracts/common.ts';
import { roles } from '@kuzet/contracts/user.ts';
import type { FastifyInstance } from 'fastify';
import { allows } from './access.ts';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});

const signedIn: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }];

/** `/openapi.json`, made from the very schemas that requests are checked with, and `/docs` to browse it, offline. */
export async function registerOpenapi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Kuzet',
        version,
        description:
          'Lists answer {items, nextCursor}. Refusals are problem details of RFC 9457. Sign in with POST /api/v1/session.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'kuzet_session' },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const access = route.config?.access ?? 'signed-in';
      const isOpen = access === 'open';
      const allowed = roles.filter((role) => allows(access, { role } as never)).join(', ');
      const responses = (schema?.response ?? {}) as Record<string, unknown>;
      return {
        url,
        schema: {
          ...schema,
          description: isOpen ? 'Open.' : `For: ${allowed}.`,
          security: isOpen ? [] : signedIn,
          response: {
            ...responses,
            ...(!isOpen && { 401: problem('Not signed in'), 403: problem('Beyond the role') }),
            default: problem('Anything else that is refused'),
          },
        },
      };
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { deepLinking: true, tryItOutEnabled: false, url: '/openapi.json' },
  });
}

/** Routes of the swagger plugins carry no word of ours: they are open. */
export const isDocsRoute = (url: string): boolean => url === '/docs' || url.startsWith('/docs/');
