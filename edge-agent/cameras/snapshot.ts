import { type Credentials, createAuthenticator } from '../video/digest-auth.ts';
import { IntakeError, toIntakeFailure } from '../video/intake-error.ts';

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
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    for (let attempt = 0; ; attempt++) {
      const authorization = authenticator.header('GET', target.pathname + target.search);
      const headers: Record<string, string> = authorization ? { authorization } : {};
      const response = await fetch(target, { headers, signal, redirect: 'manual' });
      if (response.status === 401) {
        await response.body?.cancel();
        const answer = authenticator.challenge([response.headers.get('www-authenticate') ?? '']);
        if (answer.kind === 'retry' && (attempt === 0 || (attempt === 1 && answer.stale))) continue;
        throw new IntakeError('credentials', 'camera refused the sign-in (401)');
      }
      if (!response.ok) {
        await response.body?.cancel();
        throw new IntakeError('refused', `camera answered the snapshot with ${response.status}`);
      }
      return await readJpeg(response);
    }
  } catch (error) {
    if (error instanceof IntakeError) throw error;
    if (signal.aborted) throw new IntakeError('timeout', `no snapshot within ${timeoutMs} ms`);
    const { kind, detail } = toIntakeFailure(error instanceof TypeError && error.cause ? error.cause : error);
    throw new IntakeError(kind, detail);
  }
}

async function readJpeg(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new IntakeError('refused', 'the snapshot is larger than 16 MiB');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (body.length < 4 || body.readUInt16BE(0) !== 0xffd8)
    throw new IntakeError('refused', 'the snapshot is not a JPEG');
  return body;
}
