import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { IntakeError, toIntakeFailure } from '../../video/intake-error.ts';

export interface HttpExchange {
  method: 'GET' | 'POST';
  url: URL;
  headers?: Record<string, string>;
  body?: string;
  /** From the first byte sent to the last one received. */
  timeoutMs: number;
  maxBytes: number;
  /** What the answer is called when it is late, such as "ONVIF answer". */
  what: string;
  signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Every WWW-Authenticate header by itself. */
  challenges: string[];
  body: Buffer;
}

/** UTF-8 for a header: Node takes a character a byte. */
export const headerText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/**
 * One request to a camera, http or https, on a connection of its own. Cameras sign their certificates themselves, so
 * none is checked: https keeps out who listens, not who stands between.
 * @throws IntakeError whose message may be shown.
 */
export function httpExchange(exchange: HttpExchange): Promise<HttpAnswer> {
  const { method, url, headers = {}, body, timeoutMs, maxBytes, what, signal } = exchange;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return Promise.reject(new IntakeError('refused', `the address for its ${what} is not http`));
  }
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options = { method, headers: { ...headers, connection: 'close' }, agent: false as const, signal };
    const sent = secure ? requestHttps(url, { ...options, rejectUnauthorized: false }) : requestHttp(url, options);
    const timer = setTimeout(() => {
      fail(new IntakeError('timeout', `no ${what} within ${timeoutMs} ms`));
    }, timeoutMs);
    const fail = (error: unknown) => {
      clearTimeout(timer);
      sent.destroy();
      const { kind, detail } = toIntakeFailure(error);
      reject(error instanceof IntakeError ? error : new IntakeError(kind, detail));
    };
    sent.on('error', fail);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) fail(new IntakeError('refused', `its ${what} is larger than ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('aborted', () => fail(new IntakeError('unreachable', 'the camera closed the connection')));
      response.on('end', () => {
        clearTimeout(timer);
        const challenges = response.rawHeaders.filter(
          (_, i) => i % 2 === 1 && response.rawHeaders[i - 1]?.toLowerCase() === 'www-authenticate',
        );
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          challenges,
          body: Buffer.concat(chunks),
        });
      });
    });
    sent.end(body);
  });
}
