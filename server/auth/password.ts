import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost of scrypt (RFC 7914); OWASP's Password Storage Cheat Sheet names these three as one of its equal choices. */
export interface PasswordCost {
  /** log2 of N. */
  ln: number;
  r: number;
  p: number;
}
export const defaultCost: PasswordCost = { ln: 15, r: 8, p: 3 };
const keyBytes = 32;

const derive = (password: string, salt: Buffer, { ln, r, p }: PasswordCost): Promise<Buffer> => {
  const N = 2 ** ln;
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    // NFC: the same password typed on two keyboards is the same password.
    scrypt(password.normalize('NFC'), salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
};

/** `$scrypt$ln=15,r=8,p=3$salt$key` (PHC string format, base64url): the cost travels with the hash. */
export async function hashPassword(password: string, cost: PasswordCost = defaultCost): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** False for a wrong password and for anything that is not such a hash (`!`: nobody signs in with a password). */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(hash);
  if (!match) return false;
  const [, ln, r, p, salt, expected] = match as unknown as [string, string, string, string, string, string];
  const key = await derive(password, Buffer.from(salt, 'base64url'), { ln: Number(ln), r: Number(r), p: Number(p) });
  const wanted = Buffer.from(expected, 'base64url');
  return wanted.length === key.length && timingSafeEqual(wanted, key);
}

/** A hash that no password fits, of the same cost: an unknown user takes as long as a known one. */
export const decoyHash = ({ ln, r, p }: PasswordCost = defaultCost): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${randomBytes(16).toString('base64url')}$${randomBytes(keyBytes).toString('base64url')}`;
