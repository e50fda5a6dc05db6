import type { KeyObject } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { EvidenceFile, EvidenceManifest } from '@kuzet/contracts/evidence.ts';
import { comparePieces } from './compare-pieces.ts';
import { manifestPattern, signatureName, signaturePattern, unfinishedSuffix } from './manifest-names.ts';
import { hashFile } from './piece-hashes.ts';
import { type CheckedManifest, verifyManifest } from './verify-manifest.ts';

export interface EvidenceVerdict {
  ok: boolean;
  /** What is wrong, one line each. */
  faults: string[];
  /** What a reader should know though nothing is wrong. */
  notes: string[];
  checkedFiles: number;
  /** Fingerprints of the keys that signed. */
  keys: string[];
}

/**
 * Checks evidence without database and network.
 * @param path a clip, a still or a manifest; the folder of an incident; or the folder of all of them, where the chain of
 *   manifests is checked too.
 * @param trusted the hub's public key, got another way than with the evidence; null: the one in the manifest is believed.
 * @throws the file system's error when `path` cannot be read.
 */
export async function verifyEvidence(path: string, trusted: KeyObject | null): Promise<EvidenceVerdict> {
  const verdict: EvidenceVerdict = { ok: false, faults: [], notes: [], checkedFiles: 0, keys: [] };
  const keys = new Set<string>();
  if (!(await stat(path)).isDirectory()) {
    const only = manifestPattern.test(basename(path)) || signaturePattern.test(basename(path)) ? null : basename(path);
    const of = manifestPattern.test(basename(path)) ? basename(path) : null;
    await verifyFolder(dirname(path), trusted, verdict, keys, only, of);
  } else {
    const names = await readdir(path);
    if (names.some((name) => manifestPattern.test(name))) await verifyFolder(path, trusted, verdict, keys, null, null);
    else await verifyAll(path, trusted, verdict, keys);
  }
  verdict.keys = [...keys];
  verdict.ok = verdict.faults.length === 0;
  return verdict;
}

async function verifyAll(
  folder: string,
  trusted: KeyObject | null,
  verdict: EvidenceVerdict,
  keys: Set<string>,
): Promise<void> {
  const manifests: CheckedManifest[] = [];
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory())
      manifests.push(...(await verifyFolder(join(folder, entry.name), trusted, verdict, keys, null, null)));
    else verdict.faults.push(`${entry.name}: a file that belongs to no incident`);
  }
  if (manifests.length === 0) {
    verdict.faults.push(`${folder}: no manifest here`);
    return;
  }
  const bySequence = new Map(manifests.flatMap((one) => (one.manifest ? [[one.manifest.sequence, one] as const] : [])));
  const last = Math.max(0, ...bySequence.keys());
  for (let sequence = 1; sequence <= last; sequence++) {
    const here = bySequence.get(sequence);
    if (!here) verdict.faults.push(`manifest ${sequence} is missing: evidence of an incident was removed`);
    const before = bySequence.get(sequence - 1);
    const previous = sequence === 1 ? null : before?.sha256;
    if (here?.manifest && previous !== undefined && here.manifest.previous !== previous)
      verdict.faults.push(`manifest ${sequence} does not follow the manifest ${sequence - 1} that is here`);
  }
  verdict.notes.push(
    `the newest manifest is number ${last}; that nothing newer was removed only the hub's database and a copy elsewhere can tell`,
  );
}

async function verifyFolder(
  folder: string,
  trusted: KeyObject | null,
  verdict: EvidenceVerdict,
  keys: Set<string>,
  onlyFile: string | null,
  onlyManifest: string | null,
): Promise<CheckedManifest[]> {
  const label = basename(folder);
  const say = (text: string) => verdict.faults.push(`${label}/${text}`);
  const names = (await readdir(folder)).sort();
  const found: CheckedManifest[] = [];
  for (const name of names) {
    if (!manifestPattern.test(name) || (onlyManifest !== null && name !== onlyManifest)) continue;
    const checked = await verifyManifest(join(folder, name), trusted);
    found.push(checked);
    for (const fault of checked.faults) say(fault);
    if (checked.manifest) keys.add(checked.manifest.key.fingerprint);
  }
  const newest = found.map(({ manifest }) => manifest).filter((one) => one !== null);
  newest.sort((a, b) => b.sequence - a.sequence);
  const [manifest] = newest;
  if (!manifest) {
    if (found.length === 0) say('no manifest here: nothing says what this should be');
    return found;
  }
  for (const other of newest)
    if (other.incident.id !== manifest.incident.id)
      say(`a manifest of another incident, ${other.incident.id}, lies here`);

  const expected = manifest.files.filter(({ name }) => onlyFile === null || name === onlyFile);
  if (onlyFile !== null && expected.length === 0) say(`${onlyFile}: the manifest does not know this file`);
  for (const file of expected) await verifyFile(folder, file, manifest, names, say, verdict);
  if (onlyFile === null && onlyManifest === null) {
    const known = new Set(manifest.files.map(({ name }) => name));
    const signatures = new Set(newest.map(({ sequence }) => signatureName(sequence)));
    for (const name of names) {
      if (name.endsWith(unfinishedSuffix)) verdict.notes.push(`${label}/${name}: a download that was not finished`);
      else if (!known.has(name) && !manifestPattern.test(name) && !signatures.has(name))
        say(`${name}: an extra file that the manifest does not know`);
    }
  }
  return found;
}

async function verifyFile(
  folder: string,
  file: EvidenceFile,
  manifest: EvidenceManifest,
  names: readonly string[],
  say: (text: string) => void,
  verdict: EvidenceVerdict,
): Promise<void> {
  if (!names.includes(file.name)) {
    if (manifest.removed === null) say(`${file.name}: the file is missing`);
    else verdict.notes.push(`${file.name} was removed on ${manifest.removed.at}: ${manifest.removed.reason}`);
    return;
  }
  const actual = await hashFile(join(folder, file.name), manifest.pieceBytes);
  verdict.checkedFiles++;
  if (actual.sizeBytes < file.sizeBytes)
    say(`${file.name}: it was cut: ${actual.sizeBytes} bytes of ${file.sizeBytes} are here`);
  if (actual.sizeBytes > file.sizeBytes)
    say(`${file.name}: it has grown: ${actual.sizeBytes} bytes instead of ${file.sizeBytes}`);
  if (actual.sha256 === file.sha256) return;
  const lastIsShort = actual.sizeBytes % manifest.pieceBytes !== 0 && actual.sizeBytes < file.sizeBytes;
  const told = comparePieces(file.pieces, actual.pieces, lastIsShort);
  for (const text of told) say(`${file.name}: ${text}`);
  if (told.length === 0) say(`${file.name}: it is not what was signed`);
}
