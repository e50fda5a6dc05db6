import { createHash, randomBytes } from 'node:crypto';
import type { Role, User } from '@kuzet/contracts/user.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Database } from '../store/database.ts';
import { toAccount, toUser } from './user-store.ts';

export interface Session {
  tokenHash: string;
  user: User;
  /** Epoch milliseconds; moves on with use. Null for an agency's own system, whose token stands until revoked. */
  expiresAtMs: number | null;
}

export interface SessionStore {
  /** A new token for the user. Given out once; only its hash is kept. */
  create(user: User): Promise<{ token: string; session: Session }>;
  /** The session of a token, with its expiry moved on; null when there is none, it ran out or its user is disabled. */
  use(token: string): Promise<Session | null>;
  /** The same by hash and without moving the expiry. */
  look(tokenHash: string): Promise<Session | null>;
  end(tokenHash: string): Promise<void>;
  /** Ends all of a user's sessions but one. */
  endOfUser(userId: string, exceptTokenHash?: string): Promise<void>;
  /** Makes the token with this hash the user's, for tokens that come from the configuration. */
  grant(user: User, tokenHash: string): Promise<void>;
  /** Deletes what ran out. */
  sweep(): Promise<void>;
}

export interface SessionLimits {
  sessionMs: number;
  screenSessionMs: number;
}

/** Hex SHA-256: the token has 256 bits of its own, so no salt and no slow hash is needed. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** An active session's row is written at most this often. */
const touchEveryMs = 60_000;
/** A page asks for video many times a second: what was read holds this long. Every change here forgets it at once. */
const cachedForMs = 2_000;
const endless = new Date('9999-12-31T00:00:00Z');

interface Cached {
  session: Session;
  readAtMs: number;
  touchedAtMs: number;
}

/** Sessions in kuzet.sessions. `onEnded` hears of every session that ended before its time. */
export function createSessionStore(deps: {
  database: Database;
  clock: Clock;
  limits: SessionLimits;
  onEnded(tokenHashes: readonly string[]): void;
}): SessionStore {
  const { database, clock, limits, onEnded } = deps;
  const cache = new Map<string, Cached>();

  const lifetimeMs = (role: Role): number | null =>
    role === 'agency' ? null : role === 'screen' ? limits.screenSessionMs : limits.sessionMs;
  const expiry = (role: Role): Date => {
    const ms = lifetimeMs(role);
    return ms === null ? endless : new Date(clock.now() + ms);
  };

  async function read(tokenHash: string): Promise<Cached | null> {
    const nowMs = clock.now();
    const known = cache.get(tokenHash);
    if (known && nowMs - known.readAtMs < cachedForMs && (known.session.expiresAtMs ?? Infinity) > nowMs) return known;
    const [row] = await database.query(
      `select s.expires_at, s.last_used_at, u.* from kuzet.sessions s join kuzet.users u on u.id = s.user_id
       where s.token_hash = $1 and s.expires_at > $2 and not u.disabled`,
      [tokenHash, new Date(nowMs)],
    );
    if (!row) {
      cache.delete(tokenHash);
      return null;
    }
    const user = toUser(toAccount(row));
    const entry: Cached = {
      session: { tokenHash, user, expiresAtMs: user.role === 'agency' ? null : (row.expires_at as Date).getTime() },
      readAtMs: nowMs,
      touchedAtMs: (row.last_used_at as Date).getTime(),
    };
    cache.set(tokenHash, entry);
    return entry;
  }

  function forget(tokenHashes: readonly string[]): void {
    for (const tokenHash of tokenHashes) cache.delete(tokenHash);
    if (tokenHashes.length > 0) onEnded(tokenHashes);
  }

  async function insert(user: User, tokenHash: string): Promise<Session> {
    const expiresAt = expiry(user.role);
    await database.query(
      `insert into kuzet.sessions (token_hash, user_id, created_at, expires_at, last_used_at)
       values ($1, $2, $3, $4, $3)
       on conflict (token_hash) do update set user_id = excluded.user_id, expires_at = excluded.expires_at`,
      [tokenHash, user.id, new Date(clock.now()), expiresAt],
    );
    return { tokenHash, user, expiresAtMs: user.role === 'agency' ? null : expiresAt.getTime() };
  }

  return {
    async create(user) {
      const token = randomBytes(32).toString('base64url');
      return { token, session: await insert(user, hashToken(token)) };
    },
    async use(token) {
      const entry = await read(hashToken(token));
      if (!entry) return null;
      const nowMs = clock.now();
      if (nowMs - entry.touchedAtMs >= touchEveryMs) {
        entry.touchedAtMs = nowMs;
        const expiresAt = expiry(entry.session.user.role);
        if (entry.session.expiresAtMs !== null) entry.session.expiresAtMs = expiresAt.getTime();
        await database.query('update kuzet.sessions set last_used_at = $2, expires_at = $3 where token_hash = $1', [
          entry.session.tokenHash,
          new Date(nowMs),
          expiresAt,
        ]);
      }
      return entry.session;
    },
    async look(tokenHash) {
      return (await read(tokenHash))?.session ?? null;
    },
    async end(tokenHash) {
      await database.query('delete from kuzet.sessions where token_hash = $1', [tokenHash]);
      forget([tokenHash]);
    },
    async endOfUser(userId, exceptTokenHash = '') {
      const rows = await database.query<{ token_hash: string }>(
        'delete from kuzet.sessions where user_id = $1 and token_hash <> $2 returning token_hash',
        [userId, exceptTokenHash],
      );
      forget(rows.map((row) => row.token_hash));
    },
    async grant(user, tokenHash) {
      await insert(user, tokenHash);
    },
    async sweep() {
      const rows = await database.query<{ token_hash: string }>(
        'delete from kuzet.sessions where expires_at <= $1 returning token_hash',
        [new Date(clock.now())],
      );
      forget(rows.map((row) => row.token_hash));
    },
  };
}
