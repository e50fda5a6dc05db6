import { type Static, Type } from 'typebox';
import { Id, literals, Nullable, Timestamp } from './common.ts';

/** What became of one clip or still of an incident. `waiting`: its edge agent was not reached yet. */
export const evidenceStates = ['waiting', 'recording', 'ready', 'unavailable'] as const;
export const EvidenceState = literals(evidenceStates);
export type EvidenceState = Static<typeof EvidenceState>;

/** A stretch in which the camera gave no picture, with the reason in plain words. */
export const EvidenceGap = Type.Object({ from: Timestamp, to: Timestamp, reason: Type.String() });
export type EvidenceGap = Static<typeof EvidenceGap>;

export const EvidenceFile = Type.Object({
  /** Plain name in the incident's folder. */
  name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$' }),
  camera: Id,
  kind: literals(['clip', 'still']),
  /** Capture time of the first and the last picture; of a still both are when it was taken. */
  from: Timestamp,
  to: Timestamp,
  sizeBytes: Type.Integer({ minimum: 1 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** SHA-256 of each piece of `pieceBytes`, in their order; the last one is what remains. */
  pieces: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), { minItems: 1 }),
  gaps: Type.Array(EvidenceGap),
});
export type EvidenceFile = Static<typeof EvidenceFile>;

/** What could not be had, and why: a result too. */
export const MissingEvidence = Type.Object({
  camera: Id,
  kind: literals(['clip', 'still']),
  from: Timestamp,
  to: Timestamp,
  reason: Type.String(),
});

/**
 * `manifest-NNNNNNNN.json`: the exact bytes are this object in the JSON Canonicalization Scheme (RFC 8785), and the
 * Ed25519 signature of those bytes (RFC 8032, 64 bytes raw) lies beside it in `manifest-NNNNNNNN.sig`.
 */
export const EvidenceManifest = Type.Object(
  {
    format: Type.Literal('kuzet-evidence-1'),
    /** Counts the hub's manifests from 1, over all incidents; a new one of an incident replaces its former one. */
    sequence: Type.Integer({ minimum: 1 }),
    /** SHA-256 of the bytes of the manifest before this one, of whatever incident; null in the first. */
    previous: Nullable(Type.String({ pattern: '^[0-9a-f]{64}$' })),
    incident: Type.Object({ id: Type.String(), drill: Type.Boolean(), openedAt: Timestamp }),
    cameras: Type.Array(Id),
    pieceBytes: Type.Integer({ minimum: 1 }),
    files: Type.Array(EvidenceFile),
    missing: Type.Array(MissingEvidence),
    /** Set when retention took the files: what stands in `files` is then gone on purpose. */
    removed: Nullable(Type.Object({ at: Timestamp, reason: Type.String() })),
    signedAt: Timestamp,
    hubVersion: Type.String(),
    /** SubjectPublicKeyInfo (RFC 8410) in PEM, and the SHA-256 of its DER bytes. */
    key: Type.Object({ pem: Type.String(), fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
  },
  { additionalProperties: false },
);
export type EvidenceManifest = Static<typeof EvidenceManifest>;

/** One line of `GET /api/v1/incidents/{id}/evidence`. */
export const EvidenceItem = Type.Object({
  id: Type.String(),
  camera: Id,
  kind: literals(['clip', 'still']),
  state: EvidenceState,
  /** The stretch that was asked for. */
  from: Timestamp,
  to: Timestamp,
  /** Why it is not available, or what the next try waits for. */
  reason: Nullable(Type.String()),
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      from: Timestamp,
      to: Timestamp,
      sizeBytes: Type.Integer(),
      sha256: Type.String(),
      gaps: Type.Array(EvidenceGap),
    }),
  ),
});
export type EvidenceItem = Static<typeof EvidenceItem>;

export const EvidenceList = Type.Object({
  items: Type.Array(EvidenceItem),
  /** Names of the newest signed manifest and its signature; null before the first. */
  manifest: Nullable(Type.Object({ file: Type.String(), signature: Type.String(), signedAt: Timestamp })),
});
export type EvidenceList = Static<typeof EvidenceList>;

/** What the hub asks of an edge agent. The same id again changes nothing. Epoch ms. */
export const ClipRequest = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$' }),
    fromMs: Type.Integer({ minimum: 0 }),
    toMs: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type ClipRequest = Static<typeof ClipRequest>;

/** A file of a clip. A change of codec or size begins the next one, for an MP4 is decoded with what its head says. */
export const ClipPart = Type.Object({
  name: Type.String({ pattern: '^[0-9]{1,4}\\.mp4$' }),
  codec: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  fromMs: Type.Number(),
  toMs: Type.Number(),
  frames: Type.Integer(),
  sizeBytes: Type.Integer(),
});
export type ClipPart = Static<typeof ClipPart>;

export const Clip = Type.Object({
  id: Type.String(),
  camera: Id,
  fromMs: Type.Number(),
  toMs: Type.Number(),
  state: literals(['recording', 'ready', 'failed']),
  reason: Nullable(Type.String()),
  parts: Type.Array(ClipPart),
  gaps: Type.Array(Type.Object({ fromMs: Type.Number(), toMs: Type.Number(), reason: Type.String() })),
});
export type Clip = Static<typeof Clip>;
