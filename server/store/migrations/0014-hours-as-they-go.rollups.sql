-- A look at the whole city used to compute the hour that is under way from its minutes, up to 600,000 rows for 10,000
-- devices, whatever hour was asked for. Now the hub's job adds each minute to its hour (server/store/aggregates.ts), and
-- what is left to compute are the readings of the last minute or two.
insert into kuzet.rollup_1h (bucket, device_id, metric, n, sum, min, max, last)
select date_trunc('hour', bucket, 'UTC'), device_id, metric, sum(n)::bigint, sum(sum), min(min), max(max),
  (array_agg(last order by bucket desc))[1]
from kuzet.rollup_1m
where bucket >= date_trunc('hour', kuzet.aggregated_to(), 'UTC') and bucket < kuzet.aggregated_to()
group by 1, 2, 3;

-- <= 'infinity' is true of every time. It is there for the planner, which takes a range for narrow and a single bound it
-- does not know for a third of the table; calling kuzet.aggregated_to() for every row, as these views did, showed it the
-- bound, and was called half a million times when pages came by a BRIN index.
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
  and observed_at <= 'infinity'
group by 1, 2, 3;

create or replace view kuzet.readings_1h as
select bucket, device_id, metric, n, sum / n as avg, min, max, last, sum
from kuzet.rollup_1h
where bucket < (select date_trunc('hour', kuzet.aggregated_to(), 'UTC'))
union all
select
  bucket,
  device_id,
  metric,
  sum(n)::bigint as n,
  sum(sum) / sum(n)::bigint as avg,
  min(min) as min,
  max(max) as max,
  (array_agg(last order by until desc))[1] as last,
  sum(sum) as sum
from (
  select bucket, device_id, metric, n, sum, min, max, last, bucket as until
  from kuzet.rollup_1h
  where bucket >= (select date_trunc('hour', kuzet.aggregated_to(), 'UTC'))
    and bucket < (select kuzet.aggregated_to())
  union all
  select
    date_trunc('hour', observed_at, 'UTC') as bucket,
    device_id,
    metric,
    count(*) as n,
    sum(value) as sum,
    min(value) as min,
    max(value) as max,
    (array_agg(value order by observed_at desc, received_at desc, value desc))[1] as last,
    max(observed_at) as until
  from kuzet.readings
  where value between -1e100 and 1e100
    and observed_at >= (select kuzet.aggregated_to())
    and observed_at <= 'infinity'
  group by 1, 2, 3
) hour_under_way
group by 1, 2, 3;

-- While a vacuum holds a table its BRIN index learns of no new page, and by default PostgreSQL waits for a fifth of the
-- table: on a month of readings a vacuum of hours, in which every look at the newest readings reads all that came since.
-- After so many rows instead it is short: it passes over the pages that it has seen.
alter table kuzet.readings set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000);
alter table kuzet.rollup_1m set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000);
