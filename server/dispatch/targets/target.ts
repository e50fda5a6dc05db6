import type { Agency } from '@kuzet/contracts/dispatch.ts';

export interface Delivery {
  /** The webhook-id; the same at every attempt. */
  messageId: string;
  body: string;
  drill: boolean;
  agency: Agency;
  /** `whsec_…` that are valid now, newest first. */
  secrets: readonly string[];
  /** Fires when the hub stops. */
  signal: AbortSignal;
}

/**
 * What one attempt came to. `sent`: published, and nobody's machine has answered. `delivered`: a machine there took it.
 * `failed`: to be tried again; `left` says whether the request had left the hub. `refused`: no attempt can succeed.
 * `stopped`: the hub stopped in the middle.
 */
export type DeliveryResult =
  | { kind: 'sent' }
  | { kind: 'delivered' }
  | { kind: 'failed'; left: boolean; error: Error; retryAfterMs: number | null }
  | { kind: 'refused'; error: Error }
  | { kind: 'stopped' };

/** One way to reach an agency. Never throws: what goes wrong is an answer. */
export interface Target {
  channel: Agency['channel'];
  deliver(delivery: Delivery): Promise<DeliveryResult>;
}
