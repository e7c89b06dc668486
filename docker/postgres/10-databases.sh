#!/bin/bash
# Run once, when the volume is empty: the desk and Temporal each get a role that owns only its own
# databases.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username=postgres \
  --set=desk_password="$DESK_DB_PASSWORD" --set=temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
create role pishkhan login password :'desk_password';
create role temporal login password :'temporal_password';
create database pishkhan owner pishkhan;
create database temporal owner temporal;
create database temporal_visibility owner temporal;
revoke connect on database pishkhan, temporal, temporal_visibility from public;
SQL
