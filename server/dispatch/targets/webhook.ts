import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Clock } from '@kuzet/lib/clock.ts';
import { Webhook } from 'standardwebhooks';
import { meaningOfStatus, parseRetryAfter } from '../../domain/retry-schedule.ts';
import { type AddressGuard, AddressRefused, type PinnedAddress, sameAddress } from './address-guard.ts';
import type { Delivery, DeliveryResult, Target } from './target.ts';

export interface WebhookTargetDeps {
  clock: Clock;
  guard: AddressGuard;
  /** For one attempt, from name lookup to the head of the answer. */
  timeoutMs: number;
}

/** The answer's body carries nothing for us: this much is let through for the connection's good manners, then it ends. */
const mostAnswerBytes = 16_384;
const answerTimeMs = 1_000;

/** Standard Webhooks 1.0 over HTTP(S). Redirects are failures; the address is resolved once, checked and pinned. */
export function createWebhookTarget({ clock, guard, timeoutMs }: WebhookTargetDeps): Target {
  return {
    channel: 'webhook',
    async deliver(delivery) {
      const checked = checkedEndpoint(delivery);
      if (checked instanceof Error) return { kind: 'refused', error: checked };
      if (delivery.signal.aborted) return { kind: 'stopped' };

      const attempt = new AbortController();
      let timedOut = false;
      const cancelTimeout = clock.after(timeoutMs, () => {
        timedOut = true;
        attempt.abort();
      });
      const stop = () => attempt.abort();
      delivery.signal.addEventListener('abort', stop, { once: true });
      let left = false;
      try {
        const pinned = await untilAborted(guard.pin(checked.hostname), attempt.signal);
        const headers = signedHeaders(delivery, clock.now());
        const answer = await post(checked, pinned, headers, delivery.body, attempt.signal, clock, () => {
          left = true;
        });
        return judge(answer.status, answer.retryAfter, clock.now());
      } catch (cause) {
        if (delivery.signal.aborted && !timedOut) return { kind: 'stopped' };
        if (cause instanceof AddressRefused) return { kind: 'refused', error: cause };
        const error = timedOut
          ? new Error(`no answer within ${timeoutMs} ms`)
          : new Error(`request failed: ${(cause as Error).message}`, { cause });
        return { kind: 'failed', left, error, retryAfterMs: null };
      } finally {
        cancelTimeout();
        delivery.signal.removeEventListener('abort', stop);
      }
    },
  };
}

/** The one place where an address is chosen, and the last where a drill can be kept from a real receiver. */
function checkedEndpoint({ agency, drill, body, secrets }: Delivery): URL | Error {
  const { drill: inBody } = (JSON.parse(body) as { data: { incident: { drill: boolean } } }).data.incident;
  if (inBody !== drill) return new Error('the message and its dispatch disagree on whether this is a drill');
  const endpoint = drill ? agency.drillEndpoint : agency.endpoint;
  if (!endpoint) return new Error(drill ? 'no address for drills' : 'no webhook address');
  if (drill && agency.endpoint && sameAddress(endpoint, agency.endpoint))
    return new Error('the address for drills is the one for real incidents');
  if (agency.format !== 'kuzet') return new Error(`format ${agency.format} is not available yet`);
  if (secrets.length === 0) return new Error('no secret to sign with');
  if (!URL.canParse(endpoint)) return new Error('the webhook address is no URL');
  const url = new URL(endpoint);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : new Error('the webhook address is not http(s)');
}

function signedHeaders({ messageId, body, secrets }: Delivery, nowMs: number): Record<string, string> {
  const at = new Date(nowMs);
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Kuzet',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(nowMs / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(messageId, at, body)).join(' '),
  };
}

function judge(status: number, retryAfter: string | undefined, nowMs: number): DeliveryResult {
  switch (meaningOfStatus(status)) {
    case 'delivered':
      return { kind: 'delivered' };
    case 'gone':
      return { kind: 'refused', error: new Error('the endpoint is gone (HTTP 410)') };
    case 'failed':
      return {
        kind: 'failed',
        left: true,
        error: new Error(`answered HTTP ${status}`),
        retryAfterMs: parseRetryAfter(retryAfter, nowMs),
      };
  }
}

/** Resolves with the head of the answer; a connection of its own each time, so that the pinned address is the one used. */
function post(
  url: URL,
  pinned: PinnedAddress,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
  clock: Clock,
  onLeft: () => void,
): Promise<{ status: number; retryAfter: string | undefined }> {
  const lookup: LookupFunction = (_hostname, options, done) =>
    options.all ? done(null, [pinned]) : done(null, pinned.address, pinned.family);
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request: ClientRequest = open(url, { method: 'POST', headers, lookup, agent: false, signal });
    request.on('error', reject);
    request.on('finish', onLeft);
    request.on('response', (response: IncomingMessage) => {
      drain(response, clock);
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
    });
    request.end(body);
  });
}

function drain(response: IncomingMessage, clock: Clock): void {
  let bytes = 0;
  // The status is all that counts: a connection that breaks after it breaks nothing.
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostAnswerBytes) response.destroy();
  });
  const cancel = clock.after(answerTimeMs, () => response.destroy());
  response.on('close', cancel);
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('stopped while looking the address up'));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
