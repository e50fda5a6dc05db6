import { join } from 'node:path';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import { sealSecret, secretKeyFileName } from './cameras/camera-secrets.ts';
import type { EdgeConfig } from './config.ts';

const maxBytes = 4_096;

/**
 * `--seal`: reads one password from `input` and returns what to write into the site file for it. The line's end is not part
 * of the password.
 * @throws StartError when there is none.
 */
export async function seal(
  { dataDir }: Pick<EdgeConfig, 'dataDir'>,
  input: AsyncIterable<Buffer | string>,
): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += chunk.toString();
    if (text.length > maxBytes) throw new StartError('--seal: a password has at most 4096 characters');
    // From a terminal: the first line is all.
    if (text.includes('\n')) break;
  }
  const [password = ''] = text.split(/\r?\n/);
  if (password === '') throw new StartError('--seal reads the password from its standard input: one line');
  return sealSecret(password, join(dataDir, secretKeyFileName));
}
