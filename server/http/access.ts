import type { IncomingHttpHeaders } from 'node:http';
import { may, type Permission, type User } from '@kuzet/contracts/user.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Session } from './ports.ts';
import { ProblemError } from './problems.ts';

/** Who may call a route: nobody in particular, anybody signed in, or those with one of these permissions. */
export type Access = 'open' | 'signed-in' | Permission | readonly Permission[];

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** The word of a mutation in the audit log. */
    action?: string;
  }
  interface FastifyRequest {
    session: Session | null;
  }
}

export interface AccessDeps {
  useSession(token: string): Promise<Session | null>;
}

export const cookieName = 'kuzet_session';
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Token of `Authorization: Bearer`, else of the cookie, and which of the two it was. */
export function readToken(headers: IncomingHttpHeaders): { token: string; via: 'bearer' | 'cookie' } | null {
  const [, bearer] = /^Bearer +([\w.~+/=-]{1,512})$/i.exec(headers.authorization ?? '') ?? [];
  if (bearer) return { token: bearer, via: 'bearer' };
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === cookieName && value) return { token: value, via: 'cookie' };
  }
  return null;
}

/**
 * Whether a browser says that one of our own pages asks. Browsers send Origin with every POST, PUT, PATCH and DELETE
 * and with every WebSocket, so a cookie without it is not from a page of ours.
 */
export function isSameOrigin(headers: IncomingHttpHeaders, host: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  if (headers.origin === undefined) return site === 'same-origin';
  try {
    return new URL(headers.origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}

export const allows = (access: Access, user: User): boolean =>
  access === 'open' ||
  access === 'signed-in' ||
  (typeof access === 'string' ? [access] : access).some((permission) => may(user.role, permission));

/**
 * Default deny: every route says who may call it or the hub does not start, and an address that no route has answers
 * 401 to strangers as any other does.
 */
export function guardRoutes(app: FastifyInstance, { useSession }: AccessDeps): void {
  app.decorateRequest('session', null);

  app.addHook('onRoute', (route) => {
    const methods = [route.method].flat();
    const config = route.config ?? {};
    if (!config.access) throw new Error(`${methods.join()} ${route.url} does not say who may call it`);
    if (route.url.startsWith('/api/') && !methods.every((method) => safeMethods.has(method)) && !config.action)
      throw new Error(`${methods.join()} ${route.url} has no word for the audit log`);
  });

  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access ?? 'signed-in';
    const found = readToken(request.headers);
    if (access === 'open') return;
    request.session = found ? await useSession(found.token) : null;
    if (!request.session)
      throw new ProblemError('sign-in-needed', 'Sign in first: POST /api/v1/session.', {
        'www-authenticate': 'Bearer',
      });
    if (found?.via === 'cookie' && !safeMethods.has(request.method) && !isSameOrigin(request.headers, request.host))
      throw new ProblemError(
        'forbidden',
        'A cookie counts for requests of our own pages only; programs send Authorization: Bearer.',
      );
    if (!allows(access, request.session.user))
      throw new ProblemError('forbidden', `This is beyond the role ${request.session.user.role}.`);
  });
}

/** The caller's user, on a route that is not open. */
export function userOf(request: FastifyRequest): User {
  if (!request.session) throw new ProblemError('sign-in-needed', 'Sign in first.');
  return request.session.user;
}
