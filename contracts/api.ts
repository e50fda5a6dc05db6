import { type Static, type TSchema, Type } from 'typebox';
import { Id, LocalizedText, literals, Nullable, Position, Timestamp } from './common.ts';
import { Agency } from './dispatch.ts';
import { Disposition, IncidentType, Priority } from './incident.ts';
import { User } from './user.ts';

const strict = { additionalProperties: false };

/** Bodies and queries of /api/v1. Answers are the schemas of their own files. */
export const SignIn = Type.Object(
  { username: Type.String({ minLength: 1, maxLength: 100 }), password: Type.String({ minLength: 1, maxLength: 200 }) },
  strict,
);
export const SignedIn = Type.Object({ token: Type.String(), user: User });
export type SignedIn = Static<typeof SignedIn>;

export const Page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), nextCursor: Nullable(Type.String()) });

const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  cursor: Type.Optional(Type.String()),
};
export const ListQuery = Type.Object(paging, strict);

export const ReadingsQuery = Type.Object(
  {
    deviceId: Id,
    metric: Type.String({ minLength: 1 }),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
    bucket: Type.Optional(literals(['raw', '1m', '1h', '1d'])),
    /** Answer with no more buckets than this, merging neighbours; 2,000 when the hub chooses the level. */
    maxPoints: Type.Optional(Type.Integer({ minimum: 2, maximum: 10_000 })),
    ...paging,
  },
  strict,
);
export const RawReading = Type.Object({
  observedAt: Timestamp,
  value: Type.Union([Type.Number(), Type.Boolean(), Type.String()]),
  quality: Type.String(),
});
export const BucketReading = Type.Object({
  bucket: Timestamp,
  n: Type.Integer(),
  avg: Type.Number(),
  min: Type.Number(),
  max: Type.Number(),
  last: Type.Number(),
});
/** `bucket` says what the items are, `stepS` how many seconds one of them spans: a multiple of the bucket where merged. */
export const Readings = Type.Union([
  Type.Object({
    bucket: literals(['raw']),
    stepS: Type.Null(),
    items: Type.Array(RawReading),
    nextCursor: Nullable(Type.String()),
  }),
  Type.Object({
    bucket: literals(['1m', '1h', '1d']),
    stepS: Type.Integer(),
    items: Type.Array(BucketReading),
    nextCursor: Nullable(Type.String()),
  }),
]);
export type Readings = Static<typeof Readings>;

export const IncidentsQuery = Type.Object(
  {
    state: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
    drill: Type.Optional(Type.Boolean()),
    ...paging,
  },
  strict,
);
export const NewIncident = Type.Object(
  {
    type: IncidentType,
    priority: Type.Optional(Priority),
    description: Type.Optional(Type.String({ maxLength: 4000 })),
    siteId: Type.Optional(Id),
    zoneId: Type.Optional(Id),
    address: Type.Optional(LocalizedText),
    position: Type.Optional(Position),
    drill: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NewIncident = Static<typeof NewIncident>;

const note = Type.Optional(Type.String({ maxLength: 4000 }));
export const AcknowledgeBody = Type.Object({ note }, strict);
export const AssignBody = Type.Object(
  { assignee: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }), note },
  strict,
);
export const DispatchBody = Type.Object({ agencyIds: Type.Array(Id, { minItems: 1, maxItems: 20 }), note }, strict);
export const ResolveBody = Type.Object({ note }, strict);
export const CloseBody = Type.Object({ disposition: Disposition, note }, strict);
export const NoteBody = Type.Object({ text: Type.String({ minLength: 1, maxLength: 4000, pattern: '\\S' }) }, strict);
export const MergeBody = Type.Object({ into: Type.String(), note }, strict);
export const SplitBody = Type.Object({ alarmIds: Type.Array(Type.String(), { minItems: 1 }), note }, strict);
export const PriorityBody = Type.Object(
  { priority: Priority, reason: Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S' }) },
  strict,
);
export const StepBody = Type.Object({ done: Type.Boolean() }, strict);

/** What an agency answers. `unit` is a crew's call sign, `etaAt` when it means to be there. */
export const AcceptBody = Type.Object(
  {
    by: Type.Optional(Type.String({ maxLength: 100 })),
    unit: Type.Optional(Type.String({ maxLength: 50 })),
    etaAt: Type.Optional(Timestamp),
    note,
  },
  strict,
);
export const RejectBody = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S' }),
    by: Type.Optional(Type.String({ maxLength: 100 })),
  },
  strict,
);
export const UpdateBody = Type.Object(
  {
    progress: Type.Optional(literals(['en-route', 'on-scene'])),
    unit: Type.Optional(Type.String({ maxLength: 50 })),
    etaAt: Type.Optional(Timestamp),
    note,
  },
  strict,
);
export const CompleteBody = Type.Object({ note }, strict);

export const NewAgency = Type.Object(
  {
    ...Agency.properties,
    /** `whsec_…`; never given back. */
    secret: Type.Optional(Type.String({ pattern: '^whsec_[A-Za-z0-9+/=]{32,88}$' })),
  },
  strict,
);
export type NewAgency = Static<typeof NewAgency>;
export const AgencyPatch = Type.Partial(NewAgency);

const counts = Type.Record(Type.String(), Type.Integer());

/** `GET /api/v1/statistics`: a span of time in figures. Drills are left out. */
export const Statistics = Type.Object({
  from: Timestamp,
  to: Timestamp,
  opened: Type.Integer(),
  openNow: Type.Integer(),
  byType: counts,
  byState: counts,
  byPriority: counts,
  byDistrict: Type.Array(Type.Object({ district: Nullable(LocalizedText), count: Type.Integer() })),
  byDisposition: counts,
  /** Medians over the span, seconds; null when nothing was. */
  medianAcknowledgeS: Nullable(Type.Number()),
  medianAcceptS: Nullable(Type.Number()),
  dispatchesOverdue: Type.Integer(),
});
export type Statistics = Static<typeof Statistics>;

/** `/healthz` of every process. */
export const Health = Type.Object({
  status: literals(['ok', 'degraded']),
  process: Type.String(),
  pid: Type.Integer(),
  version: Type.String(),
});
/** `/readyz`: 200 when everything it needs answers, else 503 with what does not. */
export const Readiness = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Record(Type.String(), Type.Object({ ok: Type.Boolean(), detail: Type.Optional(Type.String()) })),
});
export type Readiness = Static<typeof Readiness>;

/** Body of a webhook in the `kuzet` format. */
export const webhookTypes = ['incident.raised', 'incident.updated', 'incident.cancelled'] as const;
