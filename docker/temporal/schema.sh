#!/bin/sh
# Brings Temporal's two databases to the schema of this image's version; safe to run again. An
# empty database has no version yet, so the first update fails and the version table is made.
set -eu
versioned=/etc/temporal/schema/postgresql/v12

migrate() {
  if temporal-sql-tool --db "$1" update-schema -d "$versioned/$2/versioned"; then
    return
  fi
  temporal-sql-tool --db "$1" setup-schema -v 0.0
  temporal-sql-tool --db "$1" update-schema -d "$versioned/$2/versioned"
}

migrate temporal temporal
migrate temporal_visibility visibility
