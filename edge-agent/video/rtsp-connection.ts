import { connect } from 'node:net';
import { type Credentials, createAuthenticator } from './digest-auth.ts';
import { IntakeError, toIntakeFailure } from './intake-error.ts';
import { createRtspParser, type RtspHeaders, writeRtspRequest } from './rtsp-message.ts';
import type { IntakeFailure } from './video-intake.ts';

export interface RtspResponse {
  status: number;
  headers: RtspHeaders;
  body: Buffer;
}

export interface RtspConnection {
  /**
   * Sends one request after those before it are answered, signing in when asked to.
   * @throws IntakeError on time-out, end of connection, or refused credentials; any other status is returned.
   */
  request(method: string, uri: string, headers?: Record<string, string>): Promise<RtspResponse>;
  /** An interleaved frame to the camera. Dropped when the camera does not read. */
  sendInterleaved(channel: number, payload: Buffer): void;
  remoteAddress(): string;
  localAddress(): string;
  close(): void;
}

export interface RtspConnectionOptions {
  host: string;
  port: number;
  credentials: Credentials | null;
  connectTimeoutMs: number;
  responseTimeoutMs: number;
  /** The payload holds until this returns. */
  onInterleaved(channel: number, payload: Buffer): void;
  /** Once, when the connection is over and `close` was not called. */
  onEnd(failure: IntakeFailure): void;
}

/** What a camera may ask of us. What it announces (another SDP) shows in the stream itself. */
const answered = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER', 'ANNOUNCE', 'TEARDOWN'];
const maxUnsentBytes = 65_536;
const readBytes = 32_768;

/** @throws IntakeError when no connection comes about. */
export function openRtspConnection(options: RtspConnectionOptions): Promise<RtspConnection> {
  const { host, port, connectTimeoutMs, responseTimeoutMs } = options;
  const authenticator = createAuthenticator(options.credentials);
  const parser = createRtspParser();
  const socket = connect({
    host,
    port,
    noDelay: true,
    autoSelectFamily: true,
    // One buffer for all that comes: a new one a read would keep the garbage collector busier than all the rest.
    onread: {
      buffer: Buffer.allocUnsafeSlow(readBytes),
      callback(bytes, buffer) {
        onData(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
        return true;
      },
    },
  });
  let cseq = 0;
  let waiting: { cseq: number; resolve(response: RtspResponse): void; reject(error: Error): void } | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let over: IntakeError | null = null;

  function end(failure: IntakeFailure, tell: boolean): void {
    if (over) return;
    over = new IntakeError(failure.kind, failure.detail);
    socket.destroy();
    waiting?.reject(over);
    waiting = null;
    if (tell) options.onEnd(failure);
  }

  function onData(chunk: Buffer): void {
    for (const event of parser.push(chunk)) {
      if (over) return;
      if (event.kind === 'interleaved') options.onInterleaved(event.channel, event.payload);
      else if (event.kind === 'response') answer(event);
      else if (event.kind === 'request') reply(event.method, event.headers.get('cseq')?.[0]);
      else end({ kind: 'protocol', detail: `it sent ${event.why}` }, true);
    }
  }

  function answer(response: RtspResponse): void {
    const number = response.headers.get('cseq')?.[0];
    // Provisional answers, and late answers to what was given up, are nobody's.
    if (!waiting || response.status < 200 || (number !== undefined && Number(number) !== waiting.cseq)) return;
    waiting.resolve(response);
    waiting = null;
  }

  function reply(method: string, number: string | undefined): void {
    const known = answered.includes(method);
    const line = known ? '200 OK' : '501 Not Implemented';
    if (socket.writableLength < maxUnsentBytes)
      socket.write(`RTSP/1.0 ${line}\r\nCSeq: ${Number(number) || 0}\r\n\r\n`);
    if (method === 'TEARDOWN') end({ kind: 'ended', detail: 'the camera ended the session' }, true);
  }

  async function exchange(method: string, uri: string, headers: Record<string, string>): Promise<RtspResponse> {
    for (let attempt = 0; ; attempt++) {
      const authorization = authenticator.header(method, uri);
      const response = await send(method, uri, authorization ? { ...headers, Authorization: authorization } : headers);
      if (response.status !== 401) return response;
      const answer = authenticator.challenge(response.headers.get('www-authenticate') ?? []);
      // A nonce that ran out is not a wrong password, however often it happens to the first try.
      const mayRetry = answer.kind === 'retry' && (attempt === 0 || (attempt === 1 && answer.stale));
      if (!mayRetry) throw new IntakeError('credentials', 'camera refused the sign-in (401)');
    }
  }

  function send(method: string, uri: string, headers: Record<string, string>): Promise<RtspResponse> {
    if (over) return Promise.reject(over);
    const number = ++cseq;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting = null;
        reject(new IntakeError('timeout', `it did not answer ${method} within ${responseTimeoutMs} ms`));
      }, responseTimeoutMs);
      waiting = {
        cseq: number,
        resolve: (response) => {
          clearTimeout(timer);
          resolve(response);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      socket.write(writeRtspRequest(method, uri, { CSeq: String(number), 'User-Agent': 'Kuzet', ...headers }));
    });
  }

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new IntakeError('timeout', `no connection within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    const refused = (error: Error) => {
      clearTimeout(timer);
      const { kind, detail } = toIntakeFailure(error);
      reject(new IntakeError(kind, detail));
    };
    socket.once('error', refused);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', refused);
      socket.on('error', (error) => end(toIntakeFailure(error), true));
      socket.on('close', () => end({ kind: 'ended', detail: 'the camera closed the connection' }, true));
      resolve({
        request(method, uri, headers = {}) {
          const result = queue.then(() => exchange(method, uri, headers));
          queue = result.catch(() => undefined);
          return result;
        },
        sendInterleaved(channel, payload) {
          if (over || socket.writableLength > maxUnsentBytes) return;
          socket.write(
            Buffer.concat([Buffer.from([0x24, channel, payload.length >> 8, payload.length & 0xff]), payload]),
          );
        },
        remoteAddress: () => socket.remoteAddress ?? host,
        localAddress: () => socket.localAddress ?? '0.0.0.0',
        close: () => end({ kind: 'ended', detail: 'closed by us' }, false),
      });
    });
  });
}
