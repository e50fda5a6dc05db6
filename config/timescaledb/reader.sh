#!/bin/sh
# A role that may look and not touch: reports and Grafana sign in with it. The hub makes the schema later, so the rights
# are given in advance.
set -e
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v password="$KUZET_READER_PASSWORD" <<'SQL'
create role kuzet_reader login password :'password';
alter role kuzet_reader set default_transaction_read_only = on;
alter default privileges for role kuzet grant usage on schemas to kuzet_reader;
alter default privileges for role kuzet grant select on tables to kuzet_reader;
SQL
