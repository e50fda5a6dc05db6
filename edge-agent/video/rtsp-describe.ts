import { IntakeError } from './intake-error.ts';
import { parseRtspAddress, type RtspAddress } from './rtsp-address.ts';
import type { RtspConnection, RtspResponse } from './rtsp-connection.ts';
import { baseUrl, parseSdp, type Sdp } from './sdp.ts';

export interface Described {
  connection: RtspConnection;
  sdp: Sdp;
  /** What the controls of the SDP are appended to. */
  base: string;
  /** Of the Public header, in upper case; empty when the camera names none. */
  methods: string;
}

const redirects = new Set([301, 302, 305]);
/** OPTIONS is a courtesy: a camera that does not know it may still play. */
const optionsRefused = [400, 404, 405, 454, 501, 551];

/**
 * Asks what the stream holds. A redirect is followed once, and only to the host it came from: elsewhere the password of
 * this camera has no business.
 * @param open connects; a former connection is then done with.
 * @throws IntakeError
 */
export async function describe(
  address: RtspAddress,
  open: (address: RtspAddress) => Promise<RtspConnection>,
): Promise<Described> {
  let target = address;
  for (let attempt = 0; ; attempt++) {
    const connection = await open(target);
    const { url } = target;
    const offered = await connection.request('OPTIONS', url);
    const described = redirects.has(offered.status) ? offered : await afterOptions(connection, url, offered);
    if (!redirects.has(described.status)) {
      const { headers, body } = expectOk('DESCRIBE', described);
      const given = headers.get('content-base')?.[0] || headers.get('content-location')?.[0];
      const methods = (offered.headers.get('public') ?? []).join(',').toUpperCase();
      return { connection, sdp: parseSdp(body.toString('utf8')), base: baseUrl(url, given), methods };
    }
    if (attempt > 0) throw new IntakeError('refused', 'camera redirects again and again');
    target = redirectTarget(target, described, connection.remoteAddress());
  }
}

function afterOptions(connection: RtspConnection, url: string, offered: RtspResponse): Promise<RtspResponse> {
  expectOk('OPTIONS', offered, optionsRefused);
  return connection.request('DESCRIBE', url, { Accept: 'application/sdp' });
}

function redirectTarget(from: RtspAddress, { headers }: RtspResponse, remoteAddress: string): RtspAddress {
  const location = baseUrl(from.url, headers.get('location')?.[0]);
  const { url, host, port } = parseRtspAddress({ address: location, transport: 'tcp' });
  const same = host.toLowerCase() === from.host.toLowerCase() || host === remoteAddress.replace(/^::ffff:/, '');
  if (!same) throw new IntakeError('refused', 'camera redirects to another host');
  if (url === from.url) throw new IntakeError('refused', 'camera redirects to where it is');
  return { ...from, url, port };
}

/** @throws IntakeError for any status that is no success and not in `alsoFine`. */
export function expectOk(method: string, response: RtspResponse, alsoFine: readonly number[] = []): RtspResponse {
  const { status } = response;
  if ((status >= 200 && status < 300) || alsoFine.includes(status)) return response;
  if (status === 403) throw new IntakeError('credentials', 'camera refused the sign-in (403)');
  if (status === 404) throw new IntakeError('not-found', 'camera knows no stream at this address (404)');
  if (status === 461) throw new IntakeError('unsupported-transport', 'camera refused this transport (461)');
  throw new IntakeError('refused', `camera answered ${method} with ${status}`);
}
