import { randomBytes } from 'node:crypto';
import type { Role } from '@kuzet/contracts/user.ts';
import { hashPassword, type PasswordCost, verifyPassword } from './password.ts';
import { hashToken, type SessionStore } from './session-store.ts';
import type { UserStore } from './user-store.ts';

export interface FirstUsersDeps {
  users: UserStore;
  sessions: SessionStore;
  cost?: PasswordCost;
}

/**
 * The user `admin`. Without a configured password one is made at the first start; `print` is given it, once, ever.
 * A configured password that differs from the stored one takes effect and ends admin's sessions.
 */
export async function ensureAdmin(
  { users, sessions, cost }: FirstUsersDeps,
  configured: string | null,
  print: (password: string) => void,
): Promise<void> {
  const stored = await users.credentials('admin');
  if (stored && (configured === null || (await verifyPassword(configured, stored.passwordHash)))) return;
  const password = configured ?? randomBytes(12).toString('base64url');
  const account = await users.put(
    { username: 'admin', displayName: 'Admin', role: 'admin', agencyId: null },
    await hashPassword(password, cost),
  );
  if (stored) await sessions.endOfUser(account.id);
  if (configured === null) print(password);
}

export const demoUsers: { username: string; displayName: string; role: Role; agencyId: string | null }[] = [
  { username: 'officer', displayName: 'Айгүл Сейтқали', role: 'duty-officer', agencyId: null },
  { username: 'supervisor', displayName: 'Ерлан Әбдіров', role: 'supervisor', agencyId: null },
  { username: 'police', displayName: 'Данияр Оспанов', role: 'dispatcher', agencyId: '102' },
  { username: 'engineer', displayName: 'Марина Ким', role: 'engineer', agencyId: null },
  { username: 'screen', displayName: 'Screen', role: 'screen', agencyId: null },
];

/** The demo's people, all with one password. One hash serves all of them, so that a start pays for one. */
export async function ensureDemoUsers({ users, sessions, cost }: FirstUsersDeps, password: string): Promise<void> {
  const stored = await Promise.all(demoUsers.map(({ username }) => users.credentials(username)));
  const first = stored[0]?.passwordHash;
  const same = first !== undefined && stored.every((user) => user?.passwordHash === first);
  const unchanged = same && (await verifyPassword(password, first));
  const hash = unchanged ? null : await hashPassword(password, cost);
  for (const user of demoUsers) {
    const account = await users.put(user, hash);
    if (hash !== null) await sessions.endOfUser(account.id);
  }
}

/** Lets an agency's own system sign in with the token of this hash; the user `agency-101` stands for it in the audit. */
export async function ensureAgencyToken(
  { users, sessions }: FirstUsersDeps,
  agency: { id: string; name: { en: string } },
  tokenHash: string,
): Promise<void> {
  const account = await users.put(agencyUser(agency), null);
  await sessions.grant(account, tokenHash);
}

export const agencyUser = (agency: { id: string; name: { en: string } }) => ({
  username: `agency-${agency.id}`,
  displayName: agency.name.en,
  role: 'agency' as const,
  agencyId: agency.id,
});

/** The demo's token of one agency: `<base>.<agency id>`. */
export const demoAgencyTokenHash = (base: string, agencyId: string): string => hashToken(`${base}.${agencyId}`);
