import { type Static, Type } from 'typebox';
import { Id, LocalizedText, literals, Nullable, Timestamp } from './common.ts';

/** One panel of a wall. `tiles` are camera ids in the quiet view, in reading order. */
export const Screen = Type.Object({ id: Id, tiles: Type.Array(Id, { maxItems: 16 }) }, { additionalProperties: false });
export type Screen = Static<typeof Screen>;

/** What an officer put on the wall by hand: an incident in focus, or a camera in a tile, until it is taken back. */
export const WallShow = Type.Object(
  {
    incidentId: Type.Optional(Nullable(Type.String())),
    cameraId: Type.Optional(Nullable(Id)),
    screen: Type.Optional(Id),
  },
  { additionalProperties: false },
);
export type WallShow = Static<typeof WallShow>;

export const Wall = Type.Object({
  id: Id,
  name: LocalizedText,
  /** First language in large type, second below it. */
  languages: Type.Array(literals(['kk', 'ru', 'en']), { minItems: 1, maxItems: 2 }),
  screens: Type.Array(Screen, { minItems: 1 }),
  show: WallShow,
  updatedAt: Timestamp,
});
export type Wall = Static<typeof Wall>;

/** A named arrangement that can be called back. */
export const Scene = Type.Object({
  id: Id,
  name: LocalizedText,
  wallId: Id,
  screens: Type.Array(Screen, { minItems: 1 }),
});
export type Scene = Static<typeof Scene>;
