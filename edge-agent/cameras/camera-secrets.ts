import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SiteCamera } from '@kuzet/contracts/site-file.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';

/** In the edge agent's data folder. */
export const secretKeyFileName = 'camera-secrets.key';

const prefix = 'secret:';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/**
 * A password as it may stand in the site file: `secret:` and base64 of nonce, tag and text, AES-256-GCM. The key is made at
 * the first use and stays on this machine.
 * @throws StartError when the key file cannot be used.
 */
export function sealSecret(password: string, keyFile: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', openKey(keyFile, true), iv);
  const text = Buffer.concat([cipher.update(password, 'utf8'), cipher.final()]);
  return prefix + Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
}

/**
 * What was sealed. A text that is not sealed is returned as it is.
 * @throws Error without a word of the secret when the key is another, or the text was changed.
 */
export function unsealSecret(text: string, keyFile: string): string {
  if (!text.startsWith(prefix)) return text;
  const sealed = Buffer.from(text.slice(prefix.length), 'base64');
  if (sealed.length < ivBytes + tagBytes) throw new Error('it is cut short');
  const key = openKey(keyFile, false);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes));
    decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    throw new Error('it was sealed with another key, or changed since');
  }
}

/** The cameras with their passwords as the cameras want them. @throws StartError one line a camera whose cannot be had. */
export function unsealCameras(cameras: readonly SiteCamera[], keyFile: string): SiteCamera[] {
  const faults: string[] = [];
  const open = cameras.map((camera) => {
    if (camera.password === undefined) return camera;
    try {
      return { ...camera, password: unsealSecret(camera.password, keyFile) };
    } catch (error) {
      if (error instanceof StartError) throw error;
      faults.push(
        `camera ${camera.id}: its sealed password cannot be opened, ${(error as Error).message}. Seal it anew: npm run edge -- --seal (key: ${keyFile})`,
      );
      return camera;
    }
  });
  if (faults.length > 0) throw new StartError(faults.join('\n'));
  return open;
}

function openKey(file: string, make: boolean): Buffer {
  if (!existsSync(file)) {
    if (!make)
      throw new StartError(`${file}: there is no key for the sealed passwords. It is made by npm run edge -- --seal`);
    mkdirSync(dirname(file), { recursive: true });
    // `wx`: two that make it at once must not leave what was sealed with a key that is gone.
    writeFileSync(file, `${randomBytes(keyBytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length !== keyBytes) throw new StartError(`${file}: this is no key of 32 bytes in base64`);
  chmodSync(file, 0o600);
  return key;
}
