-- presence_since: the hub's clock when `online` last changed. lag_s, lag_at: how far behind the hub's clock what the edge
-- sends was, and when that was last still shrinking: while a backlog drains, nobody knows yet who is silent now.
alter table kuzet.edges add column presence_since timestamptz;
alter table kuzet.edges add column lag_s double precision;
alter table kuzet.edges add column lag_at timestamptz;

-- known_since: when an inventory first named the device, for one that was never heard.
-- clock_faults: readings whose own time cannot be true (P9); late_readings: believed, and held back for more than a minute.
alter table kuzet.devices add column known_since timestamptz;
alter table kuzet.devices add column clock_faults bigint not null default 0;
alter table kuzet.devices add column late_readings bigint not null default 0;

-- edge_id is set where the alarm is of the edge itself; device_id then holds the same id.
alter table kuzet.alarms add column edge_id text;
alter table kuzet.alarms add column acknowledged_at timestamptz;
alter table kuzet.alarms add column acknowledged_by text;
create index alarms_open on kuzet.alarms (condition, device_id) where active;
