-- Aggregates that do not read every reading anew: tables that a job of the hub keeps up (server/store/aggregation.ts),
-- under the names of the views they replace. Why tables: docs/ref/databases.md has the measurement.

-- What comes in order of time is found by its time: a few kB an hour, where a b-tree would be a fifth of the table.
-- multi: a few readings with a wrong clock do not make every range of pages look wide.
create index readings_time on kuzet.readings
  using brin (observed_at timestamptz_minmax_multi_ops) with (pages_per_range = 32, autosummarize = on);

-- One row. late_before: who stores a reading older than this writes its hour to late_readings. aggregated_to: up to here
-- the tables are made, from here on the views compute. raw_from: raw readings before this may be deleted, so that what
-- is aggregated before it is never made anew. held_by: the hub that does the work at present.
create table kuzet.aggregation (
  one boolean primary key default true check (one),
  late_before timestamptz,
  aggregated_to timestamptz,
  raw_from timestamptz,
  held_by text,
  held_until timestamptz
);
insert into kuzet.aggregation default values;

-- Hours whose aggregates are to be made anew; device_id null: of all devices. Rows are added and never changed, so that
-- who stores readings waits for nobody.
create table kuzet.late_readings (
  id bigint generated always as identity primary key,
  hour timestamptz not null,
  device_id text,
  noted_at timestamptz not null
);

create table kuzet.rollup_1m (
  bucket timestamptz not null,
  device_id text not null,
  metric text not null,
  n bigint not null,
  sum double precision not null,
  min double precision not null,
  max double precision not null,
  last double precision not null,
  primary key (device_id, metric, bucket)
);
create index rollup_1m_time on kuzet.rollup_1m
  using brin (bucket timestamptz_minmax_multi_ops) with (pages_per_range = 32, autosummarize = on);

create table kuzet.rollup_1h (
  bucket timestamptz not null,
  device_id text not null,
  metric text not null,
  n bigint not null,
  sum double precision not null,
  min double precision not null,
  max double precision not null,
  last double precision not null,
  primary key (device_id, metric, bucket)
);
create index rollup_1h_time on kuzet.rollup_1h (bucket);

-- The planner looks at what a stable function gives, so it knows how little lies beyond and does not read all readings
-- to find it. Calling it for every row would cost more than the row: in the views a subquery, computed once, stands
-- before it. With the rights of its owner, for who may read the views alone.
create function kuzet.aggregated_to() returns timestamptz
language plpgsql stable parallel safe security definer cost 10000 set search_path = ''
as 'begin return (select coalesce(aggregated_to, ''-infinity'') from kuzet.aggregation); end';

-- Replaced, not dropped: rights and the views of others on them stay. Beyond 1e100 nothing was measured, and the sum of
-- two such values could be none: one broken sensor would break every report.
create or replace view kuzet.readings_1m as
select bucket, device_id, metric, n, sum / n as avg, min, max, last, sum
from kuzet.rollup_1m
where bucket < (select kuzet.aggregated_to())
union all
select
  date_trunc('minute', observed_at, 'UTC') as bucket,
  device_id,
  metric,
  count(*) as n,
  sum(value) / count(*) as avg,
  min(value) as min,
  max(value) as max,
  (array_agg(value order by observed_at desc, received_at desc, value desc))[1] as last,
  sum(value) as sum
from kuzet.readings
where value between -1e100 and 1e100
  and observed_at >= (select kuzet.aggregated_to())
  and observed_at >= kuzet.aggregated_to()
group by 1, 2, 3;

create or replace view kuzet.readings_1h as
select bucket, device_id, metric, n, sum / n as avg, min, max, last, sum
from kuzet.rollup_1h
where bucket < (select date_trunc('hour', kuzet.aggregated_to(), 'UTC'))
union all
select
  date_trunc('hour', bucket, 'UTC') as bucket,
  device_id,
  metric,
  sum(n)::bigint as n,
  sum(sum) / sum(n)::bigint as avg,
  min(min) as min,
  max(max) as max,
  (array_agg(last order by bucket desc))[1] as last,
  sum(sum) as sum
from kuzet.readings_1m
where bucket >= (select date_trunc('hour', kuzet.aggregated_to(), 'UTC'))
  and bucket >= date_trunc('hour', kuzet.aggregated_to(), 'UTC')
group by 1, 2, 3;
