/** `npm run verify -- FILE|FOLDER [--key PUBLIC.pem]`: checks evidence offline. Exit code 0: as signed; 1: not; 2: not checked. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { verifyEvidence } from '@kuzet/lib/evidence/verify-evidence.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const stop = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(2);
};

const { values, positionals } = (() => {
  try {
    return parseArgs({ allowPositionals: true, options: { key: { type: 'string' } } });
  } catch (error) {
    return stop((error as Error).message);
  }
})();
const [path] = positionals;
if (path === undefined || positionals.length > 1) stop('npm run verify -- FILE|FOLDER [--key PUBLIC.pem]');

let trusted: KeyObject | null = null;
if (values.key !== undefined) {
  try {
    trusted = createPublicKey(readFileSync(values.key));
  } catch (error) {
    stop(`${values.key}: not a public key in PEM (${(error as Error).message})`);
  }
}

try {
  const { ok, faults, notes, checkedFiles, keys } = await verifyEvidence(path as string, trusted);
  for (const fault of faults) say(`WRONG  ${fault}`);
  for (const note of notes) say(`note   ${note}`);
  for (const key of keys) say(`key    ${key}`);
  if (trusted === null)
    say('note   the key was taken from the evidence itself: compare its fingerprint, or give the hub’s key with --key');
  say(ok ? `OK     ${checkedFiles} files are as they were signed` : `NOT AS SIGNED: ${faults.length} faults`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  stop(`cannot be checked: ${(error as Error).message}`);
}
