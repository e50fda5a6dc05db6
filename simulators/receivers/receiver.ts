import type { Clock } from '@kuzet/lib/clock.ts';
import type { AgencyPerson } from './agency-person.ts';
import type { Behaviour, BehaviourPatch, ReceiverConfig } from './behaviour.ts';
import { verifyWebhook } from './verify-webhook.ts';

/** `drill`: where the agency takes exercises. A drill that comes in at `webhook` has gone astray. */
export type Endpoint = 'webhook' | 'drill';

/** One request as it came in. */
export interface ReceivedRequest {
  endpoint: Endpoint;
  receivedAt: string;
  headers: Record<string, string>;
  /** The raw body as text, byte for byte: what the signature covers. */
  body: string;
  verified: boolean;
  /** Why the signature was refused. */
  reason: string | null;
  /** A `webhook-id` that had been taken in before; not acted on again. */
  duplicate: boolean;
  /** Overtaken by a later `sequence` of the same dispatch; not acted on. */
  stale: boolean;
  /** What was answered; null: nothing, the request hangs. */
  status: number | null;
}

export interface Receiver {
  name: string;
  handle(
    endpoint: Endpoint,
    headers: Record<string, string>,
    rawBody: Buffer,
  ): { status: number | null; delayMs: number };
  /** Newest last. */
  requests(): ReceivedRequest[];
  behaviour(): Behaviour;
  change(patch: BehaviourPatch): Behaviour;
  stop(): void;
}

export interface ReceiverDeps {
  config: ReceiverConfig;
  /** How many requests are kept. */
  keep: number;
  person: AgencyPerson;
  clock: Clock;
}

const maxRemembered = 10_000;

/** A simulated agency's webhook endpoint: verifies, removes duplicates, puts in order, and hands on to its person. */
export function createReceiver({ config, keep, person, clock }: ReceiverDeps): Receiver {
  let behaviour = config.behaviour;
  const requests: ReceivedRequest[] = [];
  const seenIds = new Set<string>();
  const lastSequence = new Map<string, number>();

  function act(body: string): { stale: boolean } {
    const notice = noticeOf(body);
    if (!notice) return { stale: false };
    const { dispatchId, sequence, type } = notice;
    if (sequence <= (lastSequence.get(dispatchId) ?? Number.NEGATIVE_INFINITY)) return { stale: true };
    lastSequence.delete(dispatchId);
    lastSequence.set(dispatchId, sequence);
    forgetOldest(lastSequence);
    if (type === 'incident.cancelled') person.callOff(dispatchId);
    else person.receive(dispatchId, behaviour.answer);
    return { stale: false };
  }

  return {
    name: config.name,
    handle(endpoint, headers, rawBody) {
      const verification = verifyWebhook(config.secrets, headers, rawBody);
      const id = headers['webhook-id'] ?? '';
      const body = rawBody.toString('utf8');
      const request: ReceivedRequest = {
        endpoint,
        receivedAt: new Date(clock.now()).toISOString(),
        headers,
        body,
        verified: verification.ok,
        reason: verification.ok ? null : verification.reason,
        duplicate: false,
        stale: false,
        status: verification.ok ? (behaviour.hang ? null : behaviour.status) : 401,
      };
      requests.push(request);
      if (requests.length > keep) requests.shift();

      if (verification.ok) {
        const taken = request.status !== null && request.status < 300;
        request.duplicate = seenIds.has(id);
        // A request that was refused or left hanging comes again, and must count then.
        if (taken && !request.duplicate) {
          seenIds.add(id);
          forgetOldest(seenIds);
          request.stale = act(body).stale;
        }
      }
      return { status: request.status, delayMs: behaviour.delayMs };
    },
    requests: () => requests,
    behaviour: () => behaviour,
    change({ reset, ...patch }) {
      behaviour = { ...(reset ? config.behaviour : behaviour), ...patch };
      return behaviour;
    },
    stop: () => person.stop(),
  };
}

interface Notice {
  type: string;
  dispatchId: string;
  sequence: number;
}

/** Reads a body of the `kuzet` format; null for another, which is kept but not answered. */
function noticeOf(body: string): Notice | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const { type, data } = (parsed ?? {}) as { type?: unknown; data?: { dispatchId?: unknown; sequence?: unknown } };
  const { dispatchId, sequence } = data ?? {};
  if (typeof type !== 'string' || typeof dispatchId !== 'string' || typeof sequence !== 'number') return null;
  return { type, dispatchId, sequence };
}

function forgetOldest(kept: Set<string> | Map<string, unknown>): void {
  if (kept.size <= maxRemembered) return;
  kept.delete(kept.keys().next().value!);
}
