import { createHash, randomBytes } from 'node:crypto';

export interface Credentials {
  username: string;
  password: string;
}

interface Challenge {
  scheme: string;
  parameters: Map<string, string>;
}

export interface Authenticator {
  /**
   * Takes the WWW-Authenticate headers of a 401. `retry`: ask again with `header`. `stale` says that the server found
   * only the nonce too old. `refused`: no scheme of ours, or no credentials.
   */
  challenge(headers: readonly string[]): { kind: 'retry'; stale: boolean } | { kind: 'refused' };
  /** The Authorization header for a request; null before the first challenge. */
  header(method: string, uri: string): string | null;
}

const hashes: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };
/** Best first. */
const preference = ['SHA-512-256', 'SHA-256', 'MD5'];

/**
 * Digest (RFC 2617, RFC 7616: MD5, SHA-256, -sess, qop auth) and Basic, for RTSP and HTTP alike. Basic says the password
 * to whoever listens: it is for servers that know nothing else. Where Digest is offered, even one that is not known here,
 * and where it was used before, the password is not said.
 */
export function createAuthenticator(
  credentials: Credentials | null,
  makeCnonce: () => string = () => randomBytes(16).toString('hex'),
): Authenticator {
  let chosen: Challenge | null = null;
  let count = 0;

  return {
    challenge(headers) {
      if (!credentials) return { kind: 'refused' };
      const offered = headers.flatMap(parseChallenges);
      const digests = offered.filter(({ scheme }) => scheme === 'digest');
      const others = chosen?.scheme === 'digest' ? [] : offered;
      const [best] = (digests.length > 0 ? digests : others).filter(isUsable).sort((a, b) => rank(a) - rank(b));
      if (!best) return { kind: 'refused' };
      if (best.parameters.get('nonce') !== chosen?.parameters.get('nonce')) count = 0;
      chosen = best;
      return { kind: 'retry', stale: best.parameters.get('stale')?.toLowerCase() === 'true' };
    },

    header(method, uri) {
      if (!chosen || !credentials) return null;
      const { username, password } = credentials;
      if (chosen.scheme === 'basic') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      count++;
      return digest(chosen.parameters, { username, password }, method, uri, count, makeCnonce());
    },
  };
}

function digest(
  challenge: Map<string, string>,
  { username, password }: Credentials,
  method: string,
  uri: string,
  count: number,
  cnonce: string,
): string {
  const named = challenge.get('algorithm');
  const [algorithm, session] = algorithmOf(challenge);
  const hash = (text: string) => createHash(hashes[algorithm]!).update(text, 'utf8').digest('hex');
  const realm = challenge.get('realm') ?? '';
  const nonce = challenge.get('nonce') ?? '';
  const withQop = challenge.has('qop');
  const nc = count.toString(16).padStart(8, '0');
  const secret = hash(`${username}:${realm}:${password}`);
  const a1 = session ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(`${method}:${uri}`);
  const response = hash(withQop ? `${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}` : `${a1}:${nonce}:${a2}`);

  const quoted = (text: string) => `"${text.replace(/(["\\])/g, '\\$1')}"`;
  const parts = [
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
  ];
  if (named) parts.push(`algorithm=${named}`);
  const opaque = challenge.get('opaque');
  if (opaque !== undefined) parts.push(`opaque=${quoted(opaque)}`);
  if (withQop) parts.push('qop=auth', `nc=${nc}`);
  if (withQop || session) parts.push(`cnonce="${cnonce}"`);
  return `Digest ${parts.join(', ')}`;
}

function algorithmOf(parameters: Map<string, string>): [name: string, session: boolean] {
  const name = (parameters.get('algorithm') ?? 'MD5').toUpperCase();
  return name.endsWith('-SESS') ? [name.slice(0, -5), true] : [name, false];
}

function isUsable({ scheme, parameters }: Challenge): boolean {
  if (scheme === 'basic') return true;
  if (scheme !== 'digest' || !parameters.has('nonce') || !(algorithmOf(parameters)[0] in hashes)) return false;
  const qop = parameters.get('qop');
  return qop === undefined || qop.split(',').some((word) => word.trim().toLowerCase() === 'auth');
}

function rank({ scheme, parameters }: Challenge): number {
  return scheme === 'basic' ? preference.length : preference.indexOf(algorithmOf(parameters)[0]);
}

/** One header may hold several challenges: `Digest realm="x", nonce="y", Basic realm="x"`. */
function parseChallenges(text: string): Challenge[] {
  // What is said back in a header must hold no line break.
  const header = text.replace(/[\r\n]+/g, ' ');
  const challenges: Challenge[] = [];
  const token = /[\s,]*([A-Za-z0-9_-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/y;
  for (let match = token.exec(header); match; match = token.exec(header)) {
    const [, name = '', quotedValue, bareValue] = match;
    const value = quotedValue?.replace(/\\(.)/g, '$1') ?? bareValue;
    if (value !== undefined) challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    // A word before a comma is the rest of a list without quotes (qop=auth,auth-int), or a scheme that says nothing.
    else if (/^(?:basic|digest)$/i.test(name) || header[token.lastIndex] !== ',') {
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    }
  }
  return challenges;
}
