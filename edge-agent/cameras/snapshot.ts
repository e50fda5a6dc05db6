import { type Credentials, createAuthenticator } from '../video/digest-auth.ts';
import { IntakeError } from '../video/intake-error.ts';
import { headerText, httpExchange } from './onvif/http-exchange.ts';

export interface SnapshotRequest {
  /** The camera's snapshot address. */
  url: string;
  /** Credentials are sent to this host only, whatever host the camera names in its answer. */
  host: string;
  credentials: Credentials | null;
  timeoutMs?: number;
}

const maxBytes = 16 * 1024 * 1024;

/**
 * Fetches one JPEG, signing in with Digest or Basic when asked.
 * @throws IntakeError whose message may be shown.
 */
export async function fetchSnapshot({ url, host, credentials, timeoutMs = 5_000 }: SnapshotRequest): Promise<Buffer> {
  const target = new URL(url);
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new IntakeError('refused', 'the snapshot address is not http');
  }
  target.hostname = host;
  target.username = '';
  target.password = '';
  const authenticator = createAuthenticator(credentials);
  const untilMs = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    const authorization = authenticator.header('GET', target.pathname + target.search);
    const answer = await httpExchange({
      method: 'GET',
      url: target,
      headers: authorization ? { authorization: headerText(authorization) } : {},
      timeoutMs: Math.max(1, untilMs - Date.now()),
      maxBytes,
      what: 'snapshot',
    });
    if (answer.status === 401) {
      const asked = authenticator.challenge(answer.challenges);
      if (asked.kind === 'retry' && (attempt === 0 || (attempt === 1 && asked.stale))) continue;
      throw new IntakeError('credentials', 'camera refused the sign-in (401)');
    }
    if (answer.status < 200 || answer.status > 299) {
      throw new IntakeError('refused', `camera answered the snapshot with ${answer.status}`);
    }
    const { body } = answer;
    if (body.length < 4 || body.readUInt16BE(0) !== 0xffd8)
      throw new IntakeError('refused', 'the snapshot is not a JPEG');
    return body;
  }
}
