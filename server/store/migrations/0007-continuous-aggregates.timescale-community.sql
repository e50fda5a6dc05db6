-- TimescaleDB's own aggregates take the place of the tables of 0006. Hierarchical: the hour is made of its minutes, and
-- sum and n make its average exact. What is newer than they are is computed on reading (materialized_only = false).
-- They are refreshed by the hub and not by policies of TimescaleDB: its invalidation log keeps one range a transaction,
-- so one reading that comes five hours late makes a policy compute five hours of the whole city anew, at every run.
create materialized view kuzet.cagg_1m
with (
  timescaledb.continuous,
  timescaledb.materialized_only = false,
  timescaledb.create_group_indexes = false,
  timescaledb.chunk_interval = '1 day'
) as
select
  time_bucket(interval '1 minute', observed_at) as bucket,
  device_id,
  metric,
  count(*) as n,
  sum(value) as sum,
  min(value) as min,
  max(value) as max,
  (array_agg(value order by observed_at desc, received_at desc, value desc))[1] as last
from kuzet.readings
where value between -1e100 and 1e100
group by 1, 2, 3
with no data;
create index cagg_1m_device on kuzet.cagg_1m (device_id, metric, bucket);

create materialized view kuzet.cagg_1h
with (
  timescaledb.continuous,
  timescaledb.materialized_only = false,
  timescaledb.create_group_indexes = false,
  timescaledb.chunk_interval = '30 days'
) as
select
  time_bucket(interval '1 hour', bucket) as bucket,
  device_id,
  metric,
  sum(n)::bigint as n,
  sum(sum) as sum,
  min(min) as min,
  max(max) as max,
  last(last, bucket) as last
from kuzet.cagg_1m
group by 1, 2, 3
with no data;
create index cagg_1h_device on kuzet.cagg_1h (device_id, metric, bucket);

-- A trend asks for one device and metric: its values lie together, in order. When, is a setting (store.compressAfterHours).
alter table kuzet.readings set (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'device_id, metric',
  timescaledb.compress_orderby = 'observed_at'
);
alter materialized view kuzet.cagg_1m set (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'device_id, metric',
  timescaledb.compress_orderby = 'bucket'
);

-- A database that had no TimescaleDB until now: what was aggregated of readings that are deleted exists in the tables of
-- 0006 only and stays there; all else is aggregated again.
delete from kuzet.rollup_1m where bucket >= (select coalesce(raw_from, '-infinity') from kuzet.aggregation);
delete from kuzet.rollup_1h where bucket >= (select coalesce(raw_from, '-infinity') from kuzet.aggregation);
delete from kuzet.late_readings;
update kuzet.aggregation set late_before = null, aggregated_to = null;

create or replace view kuzet.readings_1m as
select bucket, device_id, metric, n, sum / n as avg, min, max, last, sum from kuzet.cagg_1m
union all
select bucket, device_id, metric, n, sum / n as avg, min, max, last, sum from kuzet.rollup_1m;

create or replace view kuzet.readings_1h as
select bucket, device_id, metric, n, sum / n as avg, min, max, last, sum from kuzet.cagg_1h
union all
select bucket, device_id, metric, n, sum / n as avg, min, max, last, sum from kuzet.rollup_1h;
