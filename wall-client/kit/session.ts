import type { SignedIn } from '@kuzet/contracts/api.ts';
import type { User } from '@kuzet/contracts/user.ts';
import { call } from './api-client.ts';

export type SignInAnswer = 'signed-in' | 'wrong' | 'too-many' | 'no-hub';

/** Signs in; the session lives in an HttpOnly cookie. */
export async function signIn(username: string, password: string): Promise<SignInAnswer> {
  const answer = await call<SignedIn>('POST', '/session', { username, password });
  if (answer.ok) return 'signed-in';
  if (answer.status === 0) return 'no-hub';
  return answer.status === 429 ? 'too-many' : 'wrong';
}

/** Who is signed in, or null. */
export async function whoAmI(): Promise<User | null | 'no-hub'> {
  const answer = await call<{ user: User }>('GET', '/session');
  if (answer.ok) return answer.value.user;
  return answer.status === 0 ? 'no-hub' : null;
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/session');
  location.href = '/';
}

/**
 * A wall has no keyboard: `#user=screen&password=…` in its address signs it in. The fragment never travels to a server
 * or into its log, and is taken out of the address at once.
 */
export async function signInFromFragment(): Promise<SignInAnswer | null> {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const username = fragment.get('user');
  const password = fragment.get('password');
  if (!username || !password) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return signIn(username, password);
}
