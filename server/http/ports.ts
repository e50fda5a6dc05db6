import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import type { User } from '@kuzet/contracts/user.ts';

/** What http needs of the rest of the hub; app.ts passes the real thing. */
export interface Session {
  tokenHash: string;
  user: User;
  expiresAtMs: number | null;
}

export interface PageQuery {
  limit?: number;
  cursor?: string;
}
export interface PageOf<T> {
  items: T[];
  nextCursor: string | null;
}
export type Listing<T> = Promise<ActionResult<PageOf<T>>>;

export const actorOf = (user: User): Actor => ({
  userId: user.id,
  name: user.displayName,
  role: user.role,
  agencyId: user.agencyId,
});
