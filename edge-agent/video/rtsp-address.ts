import type { Credentials } from './digest-auth.ts';
import { IntakeError } from './intake-error.ts';
import type { IntakeSource } from './video-intake.ts';

export interface RtspAddress {
  /** Without user and password: what goes over the wire and may be told. */
  url: string;
  host: string;
  port: number;
  credentials: Credentials | null;
}

/**
 * Takes user and password out of a stream's address; those of the site file go before those in the address.
 * @throws IntakeError when it is no rtsp address.
 */
export function parseRtspAddress({ address, username, password }: IntakeSource): RtspAddress {
  // Query strings of cameras hold characters that URL would encode, so only the authority is parsed.
  const match = /^rtsp:\/\/(?:([^/?#]*)@)?(\[[0-9a-f:.]+\]|[^/?#:@\s]+)(?::(\d{1,5}))?([/?#][^\s]*)?$/i.exec(
    address.trim(),
  );
  if (!match) {
    const secure = /^rtsps:/i.test(address.trim());
    throw new IntakeError(
      'refused',
      secure ? 'rtsps addresses are not supported yet' : 'its address is not rtsp://host/path',
    );
  }
  const [, userInfo, host = '', port, path = '/'] = match;
  const [user = '', ...rest] = (userInfo ?? '').split(':');
  const found = userInfo ? { username: decode(user), password: decode(rest.join(':')) } : null;
  return {
    url: `rtsp://${host}${port ? `:${port}` : ''}${path}`,
    host: host.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : 554,
    credentials: username !== undefined ? { username, password: password ?? '' } : found,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare "%" in a password that nobody encoded.
    return text;
  }
}
