import type { User } from '@kuzet/contracts/user.ts';
import { decoyHash, type PasswordCost, verifyPassword } from './password.ts';
import type { Session, SessionStore } from './session-store.ts';
import type { SignInLimit } from './sign-in-limit.ts';
import { toUser, type UserStore } from './user-store.ts';

export type SignInResult =
  | { ok: true; token: string; user: User; session: Session }
  | { ok: false; why: 'wrong' }
  | { ok: false; why: 'wait'; waitS: number };

/** Checks a name and a password. Unknown, disabled and passwordless users take as long and get the same answer. */
export function createSignIn(deps: {
  users: UserStore;
  sessions: SessionStore;
  limit: SignInLimit;
  cost?: PasswordCost;
}): (username: string, password: string, address: string) => Promise<SignInResult> {
  const decoy = decoyHash(deps.cost);
  return async (username, password, address) => {
    const waitS = deps.limit.attempt(address, username);
    if (waitS > 0) return { ok: false, why: 'wait', waitS };
    const found = await deps.users.credentials(username);
    const hasPassword = found?.passwordHash.startsWith('$scrypt$') ?? false;
    const fits = await verifyPassword(password, hasPassword && found ? found.passwordHash : decoy);
    if (!found || !fits || !hasPassword || found.account.disabled) return { ok: false, why: 'wrong' };
    deps.limit.succeeded(address, username);
    const user = toUser(found.account);
    return { ok: true, user, ...(await deps.sessions.create(user)) };
  };
}
