import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from '../../video/digest-auth.ts';
import { escapeXml } from './xml.ts';

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';

/**
 * WS-Security UsernameToken with password digest (OASIS UsernameToken profile 1.0; ONVIF Core, 5.9.2), in UTF-8 as it
 * says there: both libraries hash other than ASCII wrongly or not at all.
 * @param cameraNowMs the camera's own time: it refuses tokens that are off by more than minutes.
 */
export function usernameToken({ username, password }: Credentials, cameraNowMs: number): string {
  const nonce = randomBytes(16);
  const created = new Date(cameraNowMs).toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password, 'utf8').digest('base64');
  return (
    `<Security s:mustUnderstand="1" xmlns="${wss}-wssecurity-secext-1.0.xsd"><UsernameToken>` +
    `<Username>${escapeXml(username)}</Username>` +
    `<Password Type="${wss}-username-token-profile-1.0#PasswordDigest">${digest}</Password>` +
    `<Nonce EncodingType="${wss}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</Nonce>` +
    `<Created xmlns="${wss}-wssecurity-utility-1.0.xsd">${created}</Created></UsernameToken></Security>`
  );
}
