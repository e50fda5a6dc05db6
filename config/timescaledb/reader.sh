#!/bin/sh
# A role that may sign in and write nothing: reports and Grafana use it. What it may read the hub says when it makes the
# schema (server/store/migrations/0005-reader-rights.sql).
set -e
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v password="$KUZET_READER_PASSWORD" <<'SQL'
create role kuzet_reader login password :'password';
alter role kuzet_reader set default_transaction_read_only = on;
alter role kuzet_reader set jit = off;
SQL
