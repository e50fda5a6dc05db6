import type { ProblemCode } from './errors.ts';
import type { Role } from './user.ts';

/** Who does something: a signed-in person or agency, or the hub itself. */
export interface Actor {
  userId: string | null;
  name: string;
  role: Role | 'system';
  agencyId: string | null;
}

export const systemActor: Actor = { userId: null, name: 'system', role: 'system', agencyId: null };

/** What an action came to. A refusal is an answer and not an exception; `detail` is for people. */
export type ActionResult<T> = { ok: true; value: T } | { ok: false; code: ProblemCode; detail: string };

/** What a committed transaction changed, so that screens and workers can be told. Ids may repeat. */
export interface Effects {
  incidents?: Iterable<string>;
  devices?: Iterable<string>;
  cameras?: Iterable<string>;
  agencies?: Iterable<string>;
  inventory?: boolean;
  edges?: Iterable<string>;
  deadLetters?: number;
  /** Alarms without an incident came, went or were acknowledged. */
  faults?: boolean;
  dispatchQueued?: boolean;
}
