-- What reports and Grafana read (docs/ref): whole minutes and hours of the numeric readings. Plain views; TimescaleDB's
-- continuous aggregates take their names once history is long enough to need them.
create view kuzet.readings_1m as
select
  date_trunc('minute', observed_at, 'UTC') as bucket,
  device_id,
  metric,
  count(*) as n,
  avg(value) as avg,
  min(value) as min,
  max(value) as max,
  (array_agg(value order by observed_at desc, received_at desc))[1] as last
from kuzet.readings
where value is not null
group by 1, 2, 3;

create view kuzet.readings_1h as
select
  date_trunc('hour', observed_at, 'UTC') as bucket,
  device_id,
  metric,
  count(*) as n,
  avg(value) as avg,
  min(value) as min,
  max(value) as max,
  (array_agg(value order by observed_at desc, received_at desc))[1] as last
from kuzet.readings
where value is not null
group by 1, 2, 3;
