import { type Static, Type } from 'typebox';
import { Id, LocalizedText, literals, Nullable, Timestamp } from './common.ts';

/**
 * `queued`: written down here. `sent`: left here. `delivered`: a machine there has it (webhook 2xx, or the desk showed
 * it). `accepted`: a person there has it. Only an agency's own answer makes `accepted`, `rejected` or `completed`.
 */
export const dispatchStates = ['queued', 'sent', 'delivered', 'accepted', 'rejected', 'completed', 'failed'] as const;
export const DispatchState = literals(dispatchStates);
export type DispatchState = Static<typeof DispatchState>;

export const Dispatch = Type.Object({
  id: Type.String(),
  incidentId: Type.String(),
  agencyId: Id,
  /** The number people call it by: 101, 102, 103, 104. */
  service: Type.String(),
  agencyName: LocalizedText,
  state: DispatchState,
  drill: Type.Boolean(),
  queuedAt: Timestamp,
  sentAt: Nullable(Timestamp),
  deliveredAt: Nullable(Timestamp),
  acceptedAt: Nullable(Timestamp),
  acceptedBy: Nullable(Type.String()),
  rejectedAt: Nullable(Timestamp),
  completedAt: Nullable(Timestamp),
  failedAt: Nullable(Timestamp),
  /** Why it was rejected, or why it failed. */
  reason: Nullable(Type.String()),
  /** After acceptance: on the way, or there. */
  progress: Nullable(literals(['en-route', 'on-scene'])),
  unit: Nullable(Type.String()),
  etaAt: Nullable(Timestamp),
  onSceneAt: Nullable(Timestamp),
  /** By when a person there must have accepted; past it the dispatch is overdue. */
  acceptBy: Timestamp,
  overdue: Type.Boolean(),
  attempts: Type.Integer({ minimum: 0 }),
  lastError: Nullable(Type.String()),
  nextAttemptAt: Nullable(Timestamp),
});
export type Dispatch = Static<typeof Dispatch>;

export const agencyChannels = ['desk', 'webhook'] as const;
export const webhookFormats = ['kuzet', 'cap', 'eido'] as const;

export const Agency = Type.Object({
  id: Id,
  service: Type.String(),
  name: LocalizedText,
  channel: literals(agencyChannels),
  /** Webhook address for real incidents; null for a desk. */
  endpoint: Nullable(Type.String()),
  /** Where drills go. A drill is never sent to `endpoint`; without this address it is not sent at all. */
  drillEndpoint: Nullable(Type.String()),
  format: literals(webhookFormats),
  /** Incident types it is called to without a person's word, when their priority is critical. */
  autoDispatch: Type.Array(Type.String()),
  acceptWithinS: Type.Integer({ minimum: 1 }),
  enabled: Type.Boolean(),
});
export type Agency = Static<typeof Agency>;
