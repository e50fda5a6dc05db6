-- Schema kuzet. Times are timestamptz in UTC; ids are the words people use in config and topics.
create schema if not exists kuzet;

-- Where each edge's lanes stand. One row is locked a batch, so one edge's lane is applied in order by one hub at a time.
create table kuzet.edge_cursors (
  edge_id text not null,
  lane text not null,
  epoch text not null,
  seq bigint not null,
  -- Epochs this lane has left behind, newest last: what a broker still delivers of them is not news.
  retired_epochs text[] not null default '{}',
  updated_at timestamptz not null,
  primary key (edge_id, lane)
);

create table kuzet.edges (
  id text primary key,
  online boolean not null,
  last_seen_at timestamptz,
  version text,
  http_url text
);

create table kuzet.sites (
  id text primary key,
  edge_id text not null,
  doc jsonb not null,
  -- Set when the edge's inventory no longer names it: out of every list, its history stays. So in the three below.
  removed_at timestamptz
);

create table kuzet.zones (
  id text primary key,
  edge_id text not null,
  site_id text not null,
  doc jsonb not null,
  removed_at timestamptz
);

-- doc: the inventory's word on the device (contracts/uplink.ts Inventory). The columns beside it are the hub's own.
create table kuzet.devices (
  id text primary key,
  edge_id text not null,
  site_id text not null,
  zone_id text,
  kind text not null,
  expected_interval_s double precision not null,
  doc jsonb not null,
  state text not null default 'unknown',
  -- The device's own words, last heard: in test mode; reporting a fault of its own.
  test boolean not null default false,
  fault boolean not null default false,
  last_seen_at timestamptz,
  removed_at timestamptz
);

-- The latest value a device and metric; never goes back in observed time.
create table kuzet.latest_values (
  device_id text not null,
  metric text not null,
  observed_at timestamptz not null,
  value jsonb not null,
  primary key (device_id, metric)
);

create table kuzet.cameras (
  id text primary key,
  edge_id text not null,
  site_id text not null,
  zone_id text,
  lon double precision not null,
  lat double precision not null,
  doc jsonb not null,
  state text not null default 'lost',
  state_at timestamptz,
  last_frame_at timestamptz,
  last_error text,
  removed_at timestamptz
);

-- No unique index: the edge cursor makes a replay a no-op, and two real readings may be equal in all columns.
-- value: numbers as they are, yes/no as 1/0; words go to text_value.
create table kuzet.readings (
  observed_at timestamptz not null,
  received_at timestamptz not null,
  stored_at timestamptz not null default now(),
  device_id text not null,
  metric text not null,
  value double precision,
  text_value text,
  quality text not null default 'good'
);
create index readings_device_metric_time on kuzet.readings (device_id, metric, observed_at desc);

create table kuzet.alarms (
  id text primary key,
  device_id text not null,
  condition text not null,
  priority text not null,
  active boolean not null,
  acknowledged boolean not null default false,
  metric text not null,
  value jsonb not null,
  peak_value jsonb not null,
  raised_at timestamptz not null,
  cleared_at timestamptz,
  -- The metrics that say so at present; the alarm clears when the last of them does.
  sources text[] not null default '{}',
  incident_id text
);
create unique index alarms_one_active on kuzet.alarms (device_id, condition) where active;
create index alarms_incident on kuzet.alarms (incident_id);
create index alarms_raised on kuzet.alarms (raised_at);

-- One counter a year; taken inside the transaction that opens the incident, so numbers have no holes.
create table kuzet.incident_numbers (
  year integer primary key,
  last integer not null
);

create table kuzet.incidents (
  id text primary key,
  type text not null,
  priority text not null,
  severity text not null,
  state text not null,
  drill boolean not null,
  site_id text,
  zone_id text,
  address jsonb,
  lon double precision,
  lat double precision,
  floor integer,
  description text,
  source text not null,
  opened_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  assignee text,
  dispatched_at timestamptz,
  on_scene_at timestamptz,
  resolved_at timestamptz,
  closed_at timestamptz,
  disposition text,
  merged_into text,
  updated_at timestamptz not null,
  version integer not null default 1,
  -- [{id, distanceM, bearingDeg}], nearest first
  cameras jsonb not null default '[]',
  -- [{id, text, doneAt, doneBy}]
  steps jsonb not null default '[]'
);
create index incidents_open on kuzet.incidents (type, site_id, zone_id) where state <> 'closed';
create index incidents_opened on kuzet.incidents (opened_at desc);

create table kuzet.incident_timeline (
  id bigint generated always as identity primary key,
  incident_id text not null references kuzet.incidents (id),
  at timestamptz not null,
  kind text not null,
  actor text not null,
  data jsonb not null default '{}'
);
create index incident_timeline_incident on kuzet.incident_timeline (incident_id, id);

-- secrets: [{secret, notAfter|null}], newest first; two are valid while one is being rotated.
create table kuzet.agencies (
  id text primary key,
  doc jsonb not null,
  secrets jsonb not null default '[]'
);

create table kuzet.dispatches (
  id text primary key,
  incident_id text not null references kuzet.incidents (id),
  agency_id text not null references kuzet.agencies (id),
  state text not null,
  drill boolean not null,
  queued_at timestamptz not null,
  sent_at timestamptz,
  delivered_at timestamptz,
  accepted_at timestamptz,
  accepted_by text,
  rejected_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  reason text,
  progress text,
  unit text,
  eta_at timestamptz,
  on_scene_at timestamptz,
  accept_by timestamptz not null,
  overdue boolean not null default false,
  unique (incident_id, agency_id)
);
create index dispatches_agency on kuzet.dispatches (agency_id, state);
create index dispatches_waiting on kuzet.dispatches (accept_by) where accepted_at is null and rejected_at is null and not overdue;

-- What has yet to leave the hub. Written in the transaction that decided it. One row one message; id is the webhook-id.
create table kuzet.outbox (
  id text primary key,
  dispatch_id text not null references kuzet.dispatches (id),
  sequence integer not null,
  type text not null,
  body text not null,
  created_at timestamptz not null,
  next_attempt_at timestamptz not null,
  attempts integer not null default 0,
  last_error text,
  done_at timestamptz,
  given_up_at timestamptz,
  unique (dispatch_id, sequence)
);
create index outbox_due on kuzet.outbox (next_attempt_at) where done_at is null and given_up_at is null;

create table kuzet.users (
  id text primary key,
  username text not null unique,
  display_name text not null,
  role text not null,
  agency_id text,
  password_hash text not null,
  disabled boolean not null default false,
  created_at timestamptz not null
);

-- The token itself is never stored: token_hash is its SHA-256.
create table kuzet.sessions (
  token_hash text primary key,
  user_id text not null references kuzet.users (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz not null
);

create table kuzet.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  role text,
  action text not null,
  subject text,
  address text,
  outcome text not null,
  data jsonb not null default '{}'
);

create table kuzet.walls (
  id text primary key,
  doc jsonb not null,
  updated_at timestamptz not null
);

create table kuzet.scenes (
  id text not null,
  wall_id text not null references kuzet.walls (id) on delete cascade,
  doc jsonb not null,
  primary key (wall_id, id)
);

create table kuzet.dead_letters (
  id bigint generated always as identity primary key,
  edge_id text not null,
  at timestamptz not null,
  topic text not null,
  reason text not null,
  payload bytea not null,
  payload_bytes integer not null
);
create index dead_letters_at on kuzet.dead_letters (at desc);
