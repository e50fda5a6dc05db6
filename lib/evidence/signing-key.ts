import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '../lifecycle.ts';

export interface SigningKey {
  /** SubjectPublicKeyInfo in PEM (RFC 8410). */
  publicPem: string;
  fingerprint: string;
  /** Ed25519 (RFC 8032), 64 bytes. */
  sign(bytes: Buffer): Buffer;
}

/** SHA-256 of the key's SubjectPublicKeyInfo in DER, hex: `openssl pkey -pubin -outform DER | sha256sum`. */
export const fingerprintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');

/**
 * Reads the Ed25519 key at `path` (PKCS #8 in PEM), and makes it, readable by its owner only, where there is none.
 * @throws StartError when what is there is no such key, or others may read it.
 */
export function openSigningKey(path: string): SigningKey {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
      throw new StartError(`${path}: others may read the key that signs evidence. chmod 600 ${path}`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    pem = makeKey(path);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new StartError(
      `${path}: not a private key in PEM. Put the right one back; a new one breaks no old signature.`,
      {
        cause,
      },
    );
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new StartError(`${path}: not an Ed25519 key`);
  const publicKey = createPublicKey(key);
  return {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    fingerprint: fingerprintOf(publicKey),
    sign: (bytes) => sign(null, bytes, key),
  };
}

function makeKey(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, pem);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return pem;
}
