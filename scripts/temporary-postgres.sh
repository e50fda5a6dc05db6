# Sourced: starts a throw-away PostgreSQL on a free port and exports KUZET_TEST_DATABASE_URL; stops with the shell.
# PG_BIN names its programs, the newest of Debian's by default. With TimescaleDB installed beside them:
#   PG_OPTIONS='-c shared_preload_libraries=timescaledb -c timescaledb.telemetry_level=off'
pg_bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}
pg_dir=$(mktemp -d)
pg_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_postgres() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$1"; else bash -c "$1"; fi; }
[ "$(id -u)" = 0 ] && chown postgres "$pg_dir"
as_postgres "$pg_bin/initdb -D $pg_dir/data -U kuzet -A trust -E UTF8 --no-locale" >/dev/null
trap 'as_postgres "$pg_bin/pg_ctl -D $pg_dir/data -s -m immediate stop"; rm -rf "$pg_dir"' EXIT
as_postgres "$pg_bin/pg_ctl -D $pg_dir/data -l $pg_dir/log -w -s -o '-p $pg_port -k $pg_dir -c listen_addresses=127.0.0.1 ${PG_OPTIONS:-}' start" || {
  cat "$pg_dir/log" >&2
  return 1
}
export KUZET_TEST_DATABASE_URL="postgres://kuzet@127.0.0.1:$pg_port/postgres"
