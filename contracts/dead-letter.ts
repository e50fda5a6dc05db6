import { type Static, Type } from 'typebox';
import { Id, literals, Nullable, Timestamp } from './common.ts';

/**
 * Why a message could not be used, as a class that can be counted. `not-understood`: its profile, or the database, refused
 * what it says. `uplink`: a batch, or an item of one, that the hub cannot use. `gap`: items that no longer exist anywhere.
 */
export const deadLetterClasses = [
  'unknown-device',
  'unknown-topic',
  'wrong-topic',
  'not-json',
  'too-large',
  'not-understood',
  'uplink',
  'gap',
] as const;
export const DeadLetterClass = literals(deadLetterClasses);
export type DeadLetterClass = Static<typeof DeadLetterClass>;

/** What came of sending a dead letter through its edge again. */
export const replayOutcomes = ['taken', 'refused'] as const;

/** Why a dead letter cannot be sent through its edge again; null where it can. */
export const replayObstacles = ['cut', 'not-of-a-sensor'] as const;

export const DeadLetter = Type.Object({
  id: Type.String(),
  edgeId: Type.String(),
  /** When the edge received it. */
  at: Timestamp,
  topic: Type.String(),
  class: DeadLetterClass,
  /** In words, as the profile said it. */
  reason: Type.String(),
  payloadBase64: Type.String(),
  /** Bytes as it came; more than are kept when it was cut. */
  payloadBytes: Type.Integer(),
  replayObstacle: Nullable(literals(replayObstacles)),
  replayedAt: Nullable(Timestamp),
  replay: Nullable(literals(replayOutcomes)),
  replayReason: Nullable(Type.String()),
});
export type DeadLetter = Static<typeof DeadLetter>;

const filter = {
  reason: Type.Optional(DeadLetterClass),
  edgeId: Type.Optional(Id),
  /** The topic, or how it begins. */
  topic: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
};
export const DeadLetterFilter = Type.Object(filter, { additionalProperties: false });
export type DeadLetterFilter = Static<typeof DeadLetterFilter>;

const Count = Type.Object({ name: Type.String(), n: Type.Integer(), replayed: Type.Integer() });
/** Largest first. `byTopic`: the first two levels, the largest 50. */
export const DeadLetterCounts = Type.Object({
  total: Type.Integer(),
  byReason: Type.Array(Count),
  byEdge: Type.Array(Count),
  byTopic: Type.Array(Count),
});
export type DeadLetterCounts = Static<typeof DeadLetterCounts>;

/** At most so many letters a call; a filter takes the oldest that were not replayed yet. */
export const maxReplayed = 500;
export const DeadLetterId = Type.String({ pattern: '^[0-9]{1,18}$' });
export const ReplayBody = Type.Union([
  Type.Object(
    {
      ids: Type.Array(DeadLetterId, { minItems: 1, maxItems: maxReplayed }),
      /** Also those that were replayed and taken before: what they say is stored a second time. */
      force: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  Type.Object({ filter: DeadLetterFilter }, { additionalProperties: false }),
]);
export type ReplayBody = Static<typeof ReplayBody>;

/** `left`: not sent, and why. `more`: letters that the filter fits and that this call did not reach. */
export const ReplayResult = Type.Object({
  taken: Type.Array(Type.String()),
  refused: Type.Array(Type.Object({ id: Type.String(), reason: Type.String() })),
  left: Type.Array(Type.Object({ id: Type.String(), reason: Type.String() })),
  more: Type.Integer(),
});
export type ReplayResult = Static<typeof ReplayResult>;

/** Body of `POST /replay` at an edge agent, and its answer: one outcome a letter, in their order. */
export const EdgeReplay = Type.Object(
  {
    letters: Type.Array(Type.Object({ topic: Type.String(), payloadBase64: Type.String(), receivedAt: Timestamp }), {
      minItems: 1,
      maxItems: 100,
    }),
  },
  { additionalProperties: false },
);
export type EdgeReplay = Static<typeof EdgeReplay>;
export const EdgeReplayAnswer = Type.Object({
  outcomes: Type.Array(Type.Object({ taken: Type.Boolean(), reason: Nullable(Type.String()) })),
});
export type EdgeReplayAnswer = Static<typeof EdgeReplayAnswer>;
