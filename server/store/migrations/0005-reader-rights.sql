-- Dead letters a minute and edge, for figures: topic, reason and payload may tell what a sensor said, and stay inside.
create view kuzet.dead_letter_counts as
select date_trunc('minute', at, 'UTC') as bucket, edge_id, count(*) as n
from kuzet.dead_letters
group by 1, 2;

-- Reports and Grafana read these names and nothing else: the schema holds password hashes and webhook secrets. A role
-- that is made later is given the same by hand (docs/ref/databases.md). The revokes are for a role that once had more.
do '
begin
  if exists (select from pg_roles where rolname = ''kuzet_reader'') then
    alter default privileges revoke all on schemas from kuzet_reader;
    alter default privileges revoke all on tables from kuzet_reader;
    revoke all on all tables in schema kuzet from kuzet_reader;
    grant usage on schema kuzet to kuzet_reader;
    grant select on kuzet.readings, kuzet.readings_1m, kuzet.readings_1h, kuzet.incidents, kuzet.dispatches,
      kuzet.audit_log, kuzet.dead_letter_counts to kuzet_reader;
  end if;
end';
