import { type Static, Type } from 'typebox';
import { Id, literals, Nullable, Timestamp } from './common.ts';
import { gapReasons, Lane } from './uplink.ts';

/** Items that an edge took in and that exist nowhere any more: what is missing, said rather than left out. */
export const Gap = Type.Object({
  id: Type.String(),
  edgeId: Id,
  lane: Lane,
  epoch: Type.String(),
  fromSeq: Type.Integer(),
  toSeq: Type.Integer(),
  /** Items: readings, states and dead letters together. */
  count: Type.Integer(),
  /** When the first and the last of them came in at the edge; null where nobody knows. */
  fromAt: Nullable(Timestamp),
  toAt: Nullable(Timestamp),
  /**
   * `full`: the spool had no room. `damaged`: its disk did not give them back. `unknown`: the edge does not say, as when
   * this database is older than the one that acknowledged them.
   */
  reason: literals([...gapReasons, 'unknown'] as const),
  notedAt: Timestamp,
});
export type Gap = Static<typeof Gap>;
