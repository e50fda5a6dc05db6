import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@kuzet/lib/clock.ts';

export interface Credentials {
  username: string;
  password: string;
}

export type AuthResult = 'ok' | 'missing' | 'stale' | 'wrong';

/** Digest (RFC 2617, MD5, with or without qop) and Basic, for RTSP and HTTP alike. */
export interface DigestAuth {
  /** Values for WWW-Authenticate headers, the preferred first. */
  challenges(result: AuthResult): string[];
  check(authorization: string | undefined, method: string, credentials: Credentials): AuthResult;
}

const nonceLifeMs = 5 * 60_000;

export function createDigestAuth({ clock, realm }: { clock: Clock; realm: string }): DigestAuth {
  const key = randomBytes(16);
  const signed = (time: string) => `${time}${createHmac('sha256', key).update(time).digest('hex').slice(0, 32)}`;
  const nonceTime = (nonce: string): number | null => {
    const time = nonce.slice(0, 11);
    return equal(signed(time), nonce) ? Number.parseInt(time, 16) : null;
  };

  return {
    challenges: (result) => [
      `Digest realm="${realm}", nonce="${signed(clock.now().toString(16).padStart(11, '0'))}", algorithm=MD5${result === 'stale' ? ', stale=TRUE' : ''}`,
      `Basic realm="${realm}"`,
    ],
    check(authorization, method, { username, password }) {
      if (!authorization) return 'missing';
      const [, scheme = '', rest = ''] = /^(\w+)\s+(.*)$/s.exec(authorization) ?? [];
      if (scheme.toLowerCase() === 'basic') {
        const given = Buffer.from(rest, 'base64').toString('utf8');
        return equal(given, `${username}:${password}`) ? 'ok' : 'wrong';
      }
      if (scheme.toLowerCase() !== 'digest') return 'wrong';
      const field = parseFields(rest);
      const { nonce = '', uri = '', response = '', qop, nc = '', cnonce = '' } = field;
      const issuedMs = nonceTime(nonce);
      if (field.username !== username || field.realm !== realm || issuedMs === null) return 'wrong';
      const ha1 = md5(`${username}:${realm}:${password}`);
      const ha2 = md5(`${method}:${uri}`);
      const expected = qop ? md5(`${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`) : md5(`${ha1}:${nonce}:${ha2}`);
      if (!equal(expected, response.toLowerCase())) return 'wrong';
      return clock.now() - issuedMs > nonceLifeMs ? 'stale' : 'ok';
    },
  };
}

function parseFields(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name, quoted, plain] of text.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)) {
    fields[name!.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
  }
  return fields;
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
