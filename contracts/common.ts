import { type Static, type TSchema, Type } from 'typebox';

/** A text in the three languages of the city. Kazakh leads; street names stay Kazakh in Russian. */
export const LocalizedText = Type.Object(
  { kk: Type.String(), ru: Type.String(), en: Type.String() },
  { additionalProperties: false },
);
export type LocalizedText = Static<typeof LocalizedText>;

export const languages = ['kk', 'ru', 'en'] as const;
export type Language = (typeof languages)[number];

/** WGS 84, degrees. `floor` counts as people of the building do (ground floor = 1). */
export const Position = Type.Object(
  {
    lon: Type.Number({ minimum: -180, maximum: 180 }),
    lat: Type.Number({ minimum: -90, maximum: 90 }),
    floor: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
);
export type Position = Static<typeof Position>;

/** RFC 3339 date-time in UTC as JavaScript writes it. */
export const Timestamp = Type.String({ format: 'date-time' });

export const idPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';
/** Ids stand in topics and addresses: letters, digits, dot, hyphen, underscore. */
export const Id = Type.String({ pattern: idPattern });

export const literals = <const T extends readonly string[]>(values: T, options: object = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** RFC 9457 problem details. `code` is one of the words of contracts/errors.ts. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
});
export type Problem = Static<typeof Problem>;
