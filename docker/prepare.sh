#!/bin/sh
# Makes what docker-compose.yml needs and no two desks share: .env with passwords, the master
# secret, and docker/desk.env for further settings. Leaves alone whatever is already there.
set -eu
cd "$(dirname "$0")/.."
umask 077

random() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

if [ ! -e .env ]; then
  cat > .env <<EOF
# Read by docker compose. The first two are yours to fill in.
PUBLIC_ORIGIN=
SMS_URL=
POSTGRES_PASSWORD=$(random 24)
DESK_DB_PASSWORD=$(random 24)
TEMPORAL_DB_PASSWORD=$(random 24)
EOF
  echo 'Made .env: fill in PUBLIC_ORIGIN and SMS_URL.'
fi

mkdir -p docker/secrets
if [ ! -e docker/secrets/secret-key ]; then
  random 32 > docker/secrets/secret-key
  # Mounted as it is: the desk's user must read it. The folder keeps others on this host out.
  chmod 444 docker/secrets/secret-key
  echo 'Made docker/secrets/secret-key: keep a copy apart from the backups.'
fi

[ -e docker/secrets/secret-key-old ] || install -m 444 /dev/null docker/secrets/secret-key-old

# Read by the desk's user, and by whoever opens a page: no secret belongs there.
mkdir -p docker/own
chmod 755 docker/own

if [ ! -e docker/desk.env ]; then
  cp .env.example docker/desk.env
  chmod 600 docker/desk.env
  echo 'Made docker/desk.env: further settings, all at their defaults.'
fi
