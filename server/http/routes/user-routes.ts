import type { ActionResult } from '@kuzet/contracts/actor.ts';
import { ListQuery, Page } from '@kuzet/contracts/api.ts';
import { Id, Nullable } from '@kuzet/contracts/common.ts';
import { may, Role, User } from '@kuzet/contracts/user.ts';
import { type Static, Type } from 'typebox';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import type { PageOf, PageQuery } from '../ports.ts';
import { found, ProblemError, unwrap } from '../problems.ts';

export const Account = Type.Object({ ...User.properties, disabled: Type.Boolean(), createdAt: Type.String() });
type Account = Static<typeof Account>;

const Password = Type.String({ minLength: 8, maxLength: 200 });
const NewUserBody = Type.Object(
  {
    username: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' }),
    displayName: Type.String({ minLength: 1, maxLength: 100 }),
    role: Role,
    /** For a dispatcher: whose desk it is. */
    agencyId: Type.Optional(Nullable(Id)),
    password: Password,
  },
  { additionalProperties: false },
);
const UserPatch = Type.Object(
  { disabled: Type.Optional(Type.Boolean()), password: Type.Optional(Password) },
  { additionalProperties: false },
);

export interface UserRoutesDeps {
  list(query: PageQuery): Promise<PageOf<Account>>;
  get(id: string): Promise<Account | null>;
  create(user: {
    username: string;
    displayName: string;
    role: Role;
    agencyId: string | null;
    password: string;
  }): Promise<ActionResult<Account>>;
  setPassword(id: string, password: string): Promise<boolean>;
  setDisabled(id: string, disabled: boolean): Promise<boolean>;
  endSessions(userId: string, exceptTokenHash?: string): Promise<void>;
  agencyExists(id: string): Promise<boolean>;
}

const tags = ['users'];
const ById = Type.Object({ id: Type.String({ format: 'uuid' }) });

/** People and screens that may sign in. */
export function userRoutes(app: HttpApp, users: UserRoutesDeps): void {
  const access = 'manage-users' as const;

  app.get(
    '/api/v1/users',
    {
      schema: { tags, summary: 'All users', querystring: ListQuery, response: { 200: Page(Account) } },
      config: { access },
    },
    async ({ query }) => users.list(query),
  );
  app.post(
    '/api/v1/users',
    {
      schema: { tags, summary: 'Add a user', body: NewUserBody, response: { 201: Account } },
      config: { access, action: 'user.create' },
    },
    async (request, reply) => {
      const { agencyId = null, ...body } = request.body;
      request.auditSubject = body.username;
      if (may(body.role, 'desk') !== (agencyId !== null))
        throw new ProblemError('invalid-request', 'A dispatcher or an agency has an agencyId, and nobody else.');
      if (agencyId !== null && !(await users.agencyExists(agencyId)))
        throw new ProblemError('invalid-request', `There is no agency ${agencyId}.`);
      return reply.code(201).send(unwrap(await users.create({ ...body, agencyId })));
    },
  );
  app.patch(
    '/api/v1/users/:id',
    {
      schema: {
        tags,
        summary: 'Disable, enable, or set a password; open sessions end',
        params: ById,
        body: UserPatch,
        response: { 200: Account },
      },
      config: { access, action: 'user.change' },
    },
    async (request) => {
      const { id } = request.params;
      const { disabled, password } = request.body;
      const account = found(await users.get(id), `user ${id}`);
      request.auditSubject = account.username;
      if (disabled && id === userOf(request).id)
        throw new ProblemError('conflict', 'Nobody disables the account they are signed in with.');
      if (disabled !== undefined) await users.setDisabled(id, disabled);
      if (password !== undefined) await users.setPassword(id, password);
      if (disabled || password !== undefined) await users.endSessions(id, request.session?.tokenHash);
      return found(await users.get(id), `user ${id}`);
    },
  );
}
