import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EvidenceManifest } from '@kuzet/contracts/evidence.ts';
import { Value } from 'typebox/value';
import { canonicalJson } from '../canonical-json.ts';
import { manifestName, manifestPattern, signatureName } from './manifest-names.ts';
import { fingerprintOf } from './signing-key.ts';

export interface CheckedManifest {
  path: string;
  /** Null when it cannot be read as one. */
  manifest: EvidenceManifest | null;
  sha256: string;
  faults: string[];
}

/** Checks one manifest by itself: its form, its signature, its key. `trusted` null: by the key that it names itself. */
export async function verifyManifest(path: string, trusted: KeyObject | null): Promise<CheckedManifest> {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const name = basename(path);
  const faults: string[] = [];
  const fail = (text: string): CheckedManifest => ({ path, manifest: null, sha256, faults: [`${name}: ${text}`] });

  let manifest: unknown;
  try {
    manifest = JSON.parse(bytes.toString('utf8'));
  } catch {
    return fail('the manifest was changed: it is not JSON any more');
  }
  if (!Value.Check(EvidenceManifest, manifest)) return fail('the manifest was changed: it has not the form of one');
  let own: KeyObject;
  try {
    own = createPublicKey(manifest.key.pem);
  } catch {
    return fail('the manifest was changed: its key cannot be read');
  }
  const key = trusted ?? own;
  if (fingerprintOf(own) !== manifest.key.fingerprint)
    faults.push(`${name}: the manifest was changed: its key and the fingerprint beside it differ`);
  if (fingerprintOf(own) !== fingerprintOf(key))
    faults.push(`${name}: wrong key: it names ${fingerprintOf(own)}, not the key it is checked with`);
  if (key.asymmetricKeyType !== 'ed25519') return fail('wrong key: not an Ed25519 key');
  if (canonicalJson(manifest) !== bytes.toString('utf8'))
    faults.push(`${name}: the manifest was changed: it is not written as RFC 8785 says`);
  if (manifestPattern.exec(name) && name !== manifestName(manifest.sequence))
    faults.push(`${name}: it is number ${manifest.sequence} by its own word: renamed, or another was put in its place`);

  const signature = await readFile(join(dirname(path), signatureName(manifest.sequence))).catch(() => null);
  if (signature === null) faults.push(`${name}: its signature ${signatureName(manifest.sequence)} is missing`);
  else if (!verify(null, bytes, key, signature))
    faults.push(`${name}: the signature does not fit: the manifest or its signature was changed, or the key is wrong`);
  return { path, manifest, sha256, faults };
}
