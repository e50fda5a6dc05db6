import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvidenceManifest } from '@kuzet/contracts/evidence.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { canonicalJson } from '../canonical-json.ts';
import { manifestName, signatureName } from './manifest-names.ts';
import { createPieceHasher } from './piece-hashes.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';
import { verifyEvidence } from './verify-evidence.ts';

const root = mkdtempSync(join(tmpdir(), 'kuzet-evidence-'));
afterAll(() => rmSync(root, { recursive: true }));
const pieceBytes = 64;
const key = openSigningKey(join(root, 'key.pem'));
const at = '2026-12-01T09:00:00.000Z';
const pristine = join(root, 'pristine');
const evidence = join(root, 'evidence');
/** Nine whole pieces and a short one, all different. */
const clip = Buffer.from(Array.from({ length: 9 * pieceBytes + 17 }, (_, i) => (i * 7 + Math.floor(i / 64)) & 0xff));
const still = Buffer.from('a still of less than one piece');
let previous: string | null = null;

function put(folder: string, sequence: number, files: Record<string, Buffer>, signer: SigningKey = key): void {
  mkdirSync(join(pristine, folder), { recursive: true });
  const manifest: EvidenceManifest = {
    format: 'kuzet-evidence-1',
    sequence,
    previous,
    incident: { id: folder, drill: false, openedAt: at },
    cameras: ['K-1'],
    pieceBytes,
    files: Object.entries(files).map(([name, bytes]) => {
      writeFileSync(join(pristine, folder, name), bytes);
      const hasher = createPieceHasher(pieceBytes);
      hasher.push(bytes);
      return { name, camera: 'K-1', kind: 'clip', from: at, to: at, gaps: [], ...hasher.end() };
    }),
    missing: [],
    removed: null,
    signedAt: at,
    hubVersion: '0',
    key: { pem: signer.publicPem, fingerprint: signer.fingerprint },
  };
  const bytes = Buffer.from(canonicalJson(manifest));
  writeFileSync(join(pristine, folder, manifestName(sequence)), bytes);
  writeFileSync(join(pristine, folder, signatureName(sequence)), signer.sign(bytes));
  previous = createHash('sha256').update(bytes).digest('hex');
}

beforeAll(() => {
  put('INC-1', 1, { 'clip.mp4': clip });
  put('INC-1', 2, { 'clip.mp4': clip, 'still.jpg': still });
  put('INC-2', 3, { 'clip.mp4': clip });
  put('INC-3', 4, { 'still.jpg': still });
});
beforeEach(() => {
  rmSync(evidence, { recursive: true, force: true });
  cpSync(pristine, evidence, { recursive: true });
});

const trusted = createPublicKey(key.publicPem);
const path = join(evidence, 'INC-1', 'clip.mp4');
const faultsOf = async (bytes: Buffer) => {
  writeFileSync(path, bytes);
  return (await verifyEvidence(join(evidence, 'INC-1'), trusted)).faults;
};
const pieces = Array.from({ length: 10 }, (_, i) => clip.subarray(i * pieceBytes, (i + 1) * pieceBytes));
const without = (i: number) => Buffer.concat(pieces.filter((_, n) => n !== i));

test('[X7] what nobody touched is as signed: all of it, an incident, a file, a manifest', async () => {
  for (const what of ['.', 'INC-1', 'INC-2', 'INC-1/clip.mp4', 'INC-1/still.jpg', `INC-1/${manifestName(2)}`]) {
    const verdict = await verifyEvidence(join(evidence, what), trusted);
    expect([what, verdict.faults]).toEqual([what, []]);
    expect(verdict.ok).toBe(true);
    expect(verdict.checkedFiles).toBeGreaterThan(0);
  }
});

test('[X7] every piece in which a byte is changed is found and named', async () => {
  for (let i = 0; i < clip.length; i += 5) {
    const bytes = Buffer.from(clip);
    bytes[i]! ^= 1 << (i % 8);
    expect(await faultsOf(bytes)).toEqual([`INC-1/clip.mp4: piece ${Math.floor(i / pieceBytes) + 1} was changed`]);
  }
});

test('[X7] each piece that is dropped is named as missing, and no other', async () => {
  for (let i = 0; i < pieces.length; i++) {
    const told = await faultsOf(without(i));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/it was cut/);
    expect(told[1]).toBe(`INC-1/clip.mp4: piece ${i + 1} is missing`);
  }
});

test('[X7] each two neighbours that are swapped are named', async () => {
  for (let i = 0; i + 1 < pieces.length - 1; i++) {
    const swapped = [...pieces];
    [swapped[i], swapped[i + 1]] = [pieces[i + 1]!, pieces[i]!];
    const told = await faultsOf(Buffer.concat(swapped));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      new RegExp(`piece (${i + 1} was moved.*piece ${i + 2}|${i + 2} was moved.*piece ${i + 1})$`),
    );
  }
});

test('[X7] the short last piece before its neighbour: both are named', async () => {
  const told = await faultsOf(Buffer.concat([...pieces.slice(0, 8), pieces[9]!, pieces[8]!]));
  expect(told.join()).toMatch(/piece 9.*piece 10/);
});

test('[X7] cut off anywhere, it is found: what is missing whole, and what was cut short', async () => {
  for (let length = 0; length < clip.length; length += 3) {
    const told = await faultsOf(clip.subarray(0, length));
    const whole = Math.floor(length / pieceBytes);
    expect(told[0]).toBe(`INC-1/clip.mp4: it was cut: ${length} bytes of ${clip.length} are here`);
    for (let i = whole; i < 10; i++)
      expect(told.join('\n')).toMatch(new RegExp(`piece ${i + 1} (is missing|was cut short)`));
    for (let i = 0; i < whole; i++) expect(told.join('\n')).not.toMatch(new RegExp(`piece ${i + 1} `));
  }
});

test('[X7] added bytes and added pieces are found', async () => {
  expect((await faultsOf(Buffer.concat([clip, Buffer.from('x')]))).join()).toMatch(
    /it has grown.*piece 10 was changed/,
  );
  const twice = Buffer.concat([...pieces.slice(0, 4), pieces[3]!, ...pieces.slice(4)]);
  expect((await faultsOf(twice)).join()).toMatch(/piece \d+ of the file is none of the signed ones/);
});

test('[X7] a changed byte anywhere in a manifest or its signature is found', async () => {
  for (const name of [manifestName(2), signatureName(2)]) {
    const file = join(evidence, 'INC-1', name);
    const bytes = readFileSync(file);
    for (let i = 0; i < bytes.length; i += 5) {
      const changed = Buffer.from(bytes);
      changed[i]! ^= 1;
      writeFileSync(file, changed);
      const { ok, faults } = await verifyEvidence(join(evidence, 'INC-1'), trusted);
      expect([i, ok]).toEqual([i, false]);
      expect(faults.join()).toMatch(/manifest|signature|key/);
    }
    writeFileSync(file, bytes);
  }
});

test('[X7] a wrong key, and a manifest signed anew with another, are told', async () => {
  const other = generateKeyPairSync('ed25519').publicKey;
  expect((await verifyEvidence(join(evidence, 'INC-1'), other)).faults.join()).toMatch(/wrong key/);
  const forger = openSigningKey(join(root, 'forger.pem'));
  const file = join(evidence, 'INC-1', manifestName(2));
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as EvidenceManifest;
  const forged = Buffer.from(
    canonicalJson({ ...manifest, files: [], key: { pem: forger.publicPem, fingerprint: forger.fingerprint } }),
  );
  writeFileSync(file, forged);
  writeFileSync(join(evidence, 'INC-1', signatureName(2)), forger.sign(forged));
  expect((await verifyEvidence(join(evidence, 'INC-1'), trusted)).faults.join()).toMatch(/wrong key/);
});

test('[X7] missing and extra files, a renamed manifest and a missing signature are told', async () => {
  rmSync(path);
  writeFileSync(join(evidence, 'INC-1', 'more.mp4'), 'x');
  const { faults } = await verifyEvidence(join(evidence, 'INC-1'), trusted);
  expect(faults).toEqual(['INC-1/clip.mp4: the file is missing', expect.stringMatching(/more\.mp4: an extra file/)]);
  rmSync(join(evidence, 'INC-2', signatureName(3)));
  expect((await verifyEvidence(join(evidence, 'INC-2'), trusted)).faults.join()).toMatch(/signature .* is missing/);
  renameSync(join(evidence, 'INC-3', manifestName(4)), join(evidence, 'INC-3', manifestName(5)));
  expect((await verifyEvidence(join(evidence, 'INC-3'), trusted)).faults.join()).toMatch(/number 4 by its own word/);
});

test('[X6] an incident that was removed breaks the chain', async () => {
  rmSync(join(evidence, 'INC-2'), { recursive: true });
  const { faults } = await verifyEvidence(evidence, trusted);
  expect(faults).toEqual(['manifest 3 is missing: evidence of an incident was removed']);
});

test('[X5] the key is made once, for its owner only', () => {
  expect(statSync(join(root, 'key.pem')).mode & 0o777).toBe(0o600);
  expect(openSigningKey(join(root, 'key.pem')).fingerprint).toBe(key.fingerprint);
});
