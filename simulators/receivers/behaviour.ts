import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false };
const seconds = Type.Number({ minimum: 0, maximum: 86_400 });

/** What the agency's person does with a dispatch. Seconds count from the webhook's arrival, later ones from acceptance. */
export const Answer = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('accept'),
      afterS: seconds,
      by: Type.String({ minLength: 1, maxLength: 100 }),
      unit: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
      /** When the crew means to be there, seconds after acceptance. */
      etaS: Type.Optional(seconds),
      enRouteAfterS: Type.Optional(seconds),
      onSceneAfterS: Type.Optional(seconds),
      completeAfterS: Type.Optional(seconds),
    },
    strict,
  ),
  Type.Object(
    { kind: Type.Literal('reject'), afterS: seconds, reason: Type.String({ minLength: 1, maxLength: 1000 }) },
    strict,
  ),
  Type.Object({ kind: Type.Literal('silent') }, strict),
]);
export type Answer = Static<typeof Answer>;

/** How a simulated agency's system behaves: the HTTP side, and the person behind it. */
export const Behaviour = Type.Object(
  {
    /** Answered to a webhook whose signature is right. Outside 200–299 the webhook counts as not received. */
    status: Type.Integer({ minimum: 200, maximum: 599, default: 204 }),
    /** Waits this long with the answer. */
    delayMs: Type.Integer({ minimum: 0, maximum: 120_000, default: 0 }),
    /** Takes the request and never answers. */
    hang: Type.Boolean({ default: false }),
    answer: Type.Unsafe<Answer>({ ...Answer, default: { kind: 'silent' } }),
  },
  strict,
);
export type Behaviour = Static<typeof Behaviour>;

/** `reset` goes back to the configured behaviour before the rest is applied. */
export const BehaviourPatch = Type.Object(
  {
    reset: Type.Optional(Type.Boolean()),
    status: Type.Optional(Behaviour.properties.status),
    delayMs: Type.Optional(Behaviour.properties.delayMs),
    hang: Type.Optional(Behaviour.properties.hang),
    answer: Type.Optional(Answer),
  },
  strict,
);
export type BehaviourPatch = Static<typeof BehaviourPatch>;

export const ReceiverConfig = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
    /** `whsec_…`, the current one first; an older one stays valid while the hub rotates. */
    secrets: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 2 }),
    /** What this agency's own system signs in with at the hub; empty: `hub.agencyToken` and its name. */
    token: Type.String({ default: '' }),
    behaviour: Behaviour,
  },
  strict,
);
export type ReceiverConfig = Static<typeof ReceiverConfig>;
