import { randomUUID } from 'node:crypto';
import type { ActionResult } from '@kuzet/contracts/actor.ts';
import type { Role, User } from '@kuzet/contracts/user.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Database, Row } from '../store/database.ts';
import { hashPassword, type PasswordCost } from './password.ts';

/** A user as an admin sees it. */
export interface Account extends User {
  disabled: boolean;
  createdAt: string;
}
export interface NewUser {
  username: string;
  displayName: string;
  role: Role;
  agencyId: string | null;
  /** Null: cannot sign in with a password. */
  password: string | null;
}

export interface UserStore {
  /** By user name, from the one after `cursor`. */
  list(query: { limit?: number; cursor?: string }): Promise<{ items: Account[]; nextCursor: string | null }>;
  get(id: string): Promise<Account | null>;
  create(user: NewUser): Promise<ActionResult<Account>>;
  setPassword(id: string, password: string): Promise<boolean>;
  setDisabled(id: string, disabled: boolean): Promise<boolean>;
  /** For sign-in: the account with its hash; null for an unknown name. */
  credentials(username: string): Promise<{ account: Account; passwordHash: string } | null>;
  /** Creates or changes an account of the configuration; a null hash leaves a stored one as it is. */
  put(user: Omit<NewUser, 'password'>, passwordHash: string | null): Promise<Account>;
}

export const toAccount = (row: Row): Account => ({
  id: row.id as string,
  username: row.username as string,
  displayName: row.display_name as string,
  role: row.role as Role,
  agencyId: row.agency_id as string | null,
  disabled: row.disabled as boolean,
  createdAt: timestamp((row.created_at as Date).getTime()),
});

export const toUser = ({ id, username, displayName, role, agencyId }: User): User => ({
  id,
  username,
  displayName,
  role,
  agencyId,
});

/** Hash of those who have no password. */
export const noPassword = '!';

export function createUserStore(deps: { database: Database; clock: Clock; cost?: PasswordCost }): UserStore {
  const { database, clock, cost } = deps;
  const insert = (user: Omit<NewUser, 'password'>, hash: string, onConflict: string, leave: boolean) =>
    database.query(
      `insert into kuzet.users as u (id, username, display_name, role, agency_id, password_hash, created_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict (username) ${onConflict} returning *`.replace(
        '$hash',
        leave ? 'u.password_hash' : 'excluded.password_hash',
      ),
      [randomUUID(), user.username, user.displayName, user.role, user.agencyId, hash, new Date(clock.now())],
    );

  return {
    async list({ limit = 100, cursor = '' }) {
      const rows = await database.query(
        'select * from kuzet.users where username > $1 collate "C" order by username collate "C" limit $2',
        [cursor, limit + 1],
      );
      const items = rows.slice(0, limit).map(toAccount);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.username ?? null) : null };
    },
    async get(id) {
      const [row] = await database.query('select * from kuzet.users where id = $1', [id]);
      return row ? toAccount(row) : null;
    },
    async create({ password, ...user }) {
      const hash = password === null ? noPassword : await hashPassword(password, cost);
      const [row] = await insert(user, hash, 'do nothing', false);
      if (!row) return { ok: false, code: 'conflict', detail: `There is a user ${user.username} already.` };
      return { ok: true, value: toAccount(row) };
    },
    async setPassword(id, password) {
      const hash = await hashPassword(password, cost);
      const rows = await database.query('update kuzet.users set password_hash = $2 where id = $1 returning id', [
        id,
        hash,
      ]);
      return rows.length > 0;
    },
    async setDisabled(id, disabled) {
      const rows = await database.query('update kuzet.users set disabled = $2 where id = $1 returning id', [
        id,
        disabled,
      ]);
      return rows.length > 0;
    },
    async credentials(username) {
      const [row] = await database.query('select * from kuzet.users where username = $1', [username]);
      return row ? { account: toAccount(row), passwordHash: row.password_hash as string } : null;
    },
    async put(user, passwordHash) {
      const [row] = await insert(
        user,
        passwordHash ?? noPassword,
        `do update set display_name = excluded.display_name, role = excluded.role, agency_id = excluded.agency_id,
           password_hash = $hash`,
        passwordHash === null,
      );
      return toAccount(row as Row);
    },
  };
}
