import { SignedIn, SignIn } from '@kuzet/contracts/api.ts';
import { User } from '@kuzet/contracts/user.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { cookieName, isSameOrigin, userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import type { Session } from '../ports.ts';
import { ProblemError } from '../problems.ts';

export interface SessionRoutesDeps {
  signIn(
    username: string,
    password: string,
    address: string,
  ): Promise<
    | { ok: true; token: string; user: User; session: Session }
    | { ok: false; why: 'wrong' }
    | { ok: false; why: 'wait'; waitS: number }
  >;
  endSession(tokenHash: string): Promise<void>;
  screenSessionS: number;
  sessionS: number;
}

function setCookie(request: FastifyRequest, reply: FastifyReply, value: string, maxAgeS: number): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  reply.header('set-cookie', `${cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAgeS}${secure}`);
}

export function sessionRoutes(app: HttpApp, deps: SessionRoutesDeps): void {
  const tags = ['session'];

  app.post(
    '/api/v1/session',
    {
      schema: { tags, summary: 'Sign in', body: SignIn, response: { 200: SignedIn } },
      config: { access: 'open', action: 'session.create' },
    },
    async (request, reply) => {
      const { username, password } = request.body;
      request.auditSubject = username;
      // Nobody is signed in from another site's page, not even as somebody else.
      if (request.headers.origin !== undefined && !isSameOrigin(request.headers, request.host))
        throw new ProblemError('forbidden', 'Sign in from the hub’s own page.');
      const result = await deps.signIn(username, password, request.ip);
      if (!result.ok && result.why === 'wait')
        throw new ProblemError('too-many-requests', `Too many attempts. Try again in ${result.waitS} s.`, {
          'retry-after': String(result.waitS),
        });
      if (!result.ok) throw new ProblemError('sign-in-failed', 'User name or password is wrong.');
      const { token, user } = result;
      setCookie(request, reply, token, user.role === 'screen' ? deps.screenSessionS : deps.sessionS);
      return { token, user };
    },
  );

  app.get(
    '/api/v1/session',
    {
      schema: { tags, summary: 'Who is signed in', response: { 200: Type.Object({ user: User }) } },
      config: { access: 'signed-in' },
    },
    async (request) => ({ user: userOf(request) }),
  );

  app.delete(
    '/api/v1/session',
    {
      schema: { tags, summary: 'Sign out', response: { 204: Type.Null() } },
      config: { access: 'signed-in', action: 'session.delete' },
    },
    async (request, reply) => {
      if (request.session) await deps.endSession(request.session.tokenHash);
      setCookie(request, reply, '', 0);
      return reply.code(204).send(null);
    },
  );
}
