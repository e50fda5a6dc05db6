import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Credentials } from '../rtsp/digest-auth.ts';
import { child, textOf, type XmlNode } from './soap.ts';

/** How far a token's time of creation may be from the camera's clock. */
const toleranceMs = 5 * 60_000;

export type TokenResult = 'ok' | 'missing' | 'wrong';

/** WS-Security UsernameToken profile 1.0 with password digest; each nonce is good once. */
export interface UsernameTokens {
  /** `nowMs`: the camera's own time. */
  check(header: XmlNode, credentials: Credentials, nowMs?: number): TokenResult;
}

export function createUsernameTokens({ clock }: { clock: Clock }): UsernameTokens {
  const seen = new Map<string, number>();

  return {
    check(header, { username, password }, now = clock.now()) {
      const token = child(header, 'Security', 'UsernameToken');
      if (token === undefined) return 'missing';
      for (const [nonce, untilMs] of seen) {
        if (untilMs >= now) break;
        seen.delete(nonce);
      }
      const nonce = textOf(token, 'Nonce');
      const created = textOf(token, 'Created');
      const createdMs = Date.parse(created);
      if (textOf(token, 'Username') !== username || nonce === '') return 'wrong';
      if (!(Math.abs(createdMs - now) <= toleranceMs)) return 'wrong';
      if (!textOf(token, 'Password', '@Type').endsWith('#PasswordDigest')) return 'wrong';
      const expected = createHash('sha1')
        .update(Buffer.concat([Buffer.from(nonce, 'base64'), Buffer.from(created), Buffer.from(password)]))
        .digest();
      const given = Buffer.from(textOf(token, 'Password'), 'base64');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'wrong';
      const use = `${nonce} ${created}`;
      if (seen.has(use)) return 'wrong';
      seen.set(use, now + 2 * toleranceMs);
      return 'ok';
    },
  };
}
