-- What an incident keeps of its cameras. A row is written in the transaction that opens the incident, and worked off like the
-- outbox. part: 0 a still; 1, 2, … clips that follow one another while the incident is open. from_at, to_at: null until
-- the worker has first looked at it. files: contracts/evidence.ts EvidenceFile[].
create table kuzet.evidence (
  id bigint generated always as identity primary key,
  incident_id text not null references kuzet.incidents (id),
  camera_id text not null,
  part integer not null,
  state text not null default 'waiting',
  opened_at timestamptz not null,
  from_at timestamptz,
  to_at timestamptz,
  reason text,
  files jsonb not null default '[]',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  claimed_until timestamptz,
  -- Finished, and not in a signed manifest yet.
  unsigned boolean not null default false,
  removed_at timestamptz,
  unique (incident_id, camera_id, part)
);
create index evidence_due on kuzet.evidence (next_attempt_at) where state in ('waiting', 'recording');
create index evidence_unsigned on kuzet.evidence (incident_id) where unsigned;
create index evidence_kept on kuzet.evidence (opened_at) where removed_at is null;

-- The chain of signed manifests, over all incidents.
create table kuzet.evidence_manifests (
  sequence bigint primary key,
  incident_id text not null references kuzet.incidents (id),
  sha256 text not null,
  signed_at timestamptz not null
);
create index evidence_manifests_incident on kuzet.evidence_manifests (incident_id, sequence desc);
